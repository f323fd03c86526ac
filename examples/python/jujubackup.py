"""Backups of Juju controllers, through libjujubackup's C interface. Needs nothing but Python and the shared library.

    import jujubackup
    with jujubackup.Store("file:/srv/backups") as store:
        for record in store.list():
            print(record["id"], store.verify(record["id"]).verdict)

The library is found through the loader, or by its path in JUJUBACKUP_LIBRARY. Results are plain dictionaries, the same as the JSON that
the command line prints. Every failure is an Error.
"""

import ctypes
import json
import os
from ctypes import POINTER, byref, c_char_p, c_int32, c_int64, c_size_t, c_uint32, c_uint64, c_void_p

_lib = ctypes.CDLL(os.environ.get("JUJUBACKUP_LIBRARY", "libjujubackup.so.0"))

QUICK, FULL = 1, 2
_PHASES = c_int32, c_void_p, c_int32, c_uint64, c_uint64
_ProgressCallback = ctypes.CFUNCTYPE(*_PHASES)
_WriteCallback = ctypes.CFUNCTYPE(c_int32, c_void_p, c_void_p, c_size_t, POINTER(c_void_p))


class Error(Exception):
    """What the library could not do. `code` is a short name such as "not-found"."""

    def __init__(self, status, text, retry):
        super().__init__(text)
        self.status = status
        self.code = _lib.jjb_status_get_name(status).decode()
        self.retry_may_help = retry


def _declare(result, name, *arguments):
    function = getattr(_lib, name)
    function.restype, function.argtypes = result, arguments


_out = POINTER(c_void_p)
for _name in ("error", "job", "archive", "extract_report", "verify_report", "listing", "record", "store", "create_options", "string"):
    _declare(None, f"jjb_{_name}_free", c_void_p)
for _name in ("version", "error_get_text", "verify_report_get_finding_code", "listing_get_problem", "status_get_name", "verdict_get_name"):
    _declare(c_char_p, f"jjb_{_name}", *{"version": (), "error_get_text": (c_void_p,), "status_get_name": (c_int32,),
                                         "verdict_get_name": (c_int32,)}.get(_name, (c_void_p, c_size_t)))
_declare(c_int32, "jjb_error_get_retry", c_void_p)
_declare(c_void_p, "jjb_job_new")
_declare(None, "jjb_job_cancel", c_void_p)
_declare(c_int32, "jjb_job_set_progress_callback", c_void_p, _ProgressCallback, c_void_p, c_void_p, _out)
_declare(c_int32, "jjb_job_set_threads", c_void_p, c_uint32)
_declare(c_int32, "jjb_archive_open", c_char_p, _out, _out)
_declare(c_int32, "jjb_archive_list", c_void_p, c_int32, c_void_p, _out, _out)
_declare(c_int32, "jjb_archive_read_entry", c_void_p, c_char_p, _WriteCallback, c_void_p, c_void_p, _out)
_declare(c_int32, "jjb_archive_extract", c_void_p, c_char_p, c_void_p, c_void_p, _out, _out)
_declare(c_int32, "jjb_archive_verify", c_void_p, c_void_p, c_void_p, _out, _out)
_declare(c_int32, "jjb_archive_read_metadata", c_void_p, c_void_p, _out, _out)
_declare(c_int32, "jjb_metadata_dup_json", c_void_p, _out, _out)
_declare(None, "jjb_metadata_free", c_void_p)
_declare(c_size_t, "jjb_entry_list_get_count", c_void_p)
_declare(c_char_p, "jjb_entry_list_get_path", c_void_p, c_size_t)
_declare(None, "jjb_entry_list_free", c_void_p)
_declare(c_uint64, "jjb_extract_report_get_files", c_void_p)
_declare(c_int32, "jjb_verify_report_get_verdict", c_void_p)
_declare(c_int32, "jjb_verify_report_dup_json", c_void_p, _out, _out)
_declare(c_int32, "jjb_verify_report_dup_text", c_void_p, _out, _out)
_declare(c_int32, "jjb_store_open", c_char_p, _out, _out)
_declare(c_int32, "jjb_store_list", c_void_p, c_void_p, _out, _out)
_declare(c_int32, "jjb_store_show", c_void_p, c_char_p, c_void_p, _out, _out)
_declare(c_int32, "jjb_store_add", c_void_p, c_char_p, c_int32, c_void_p, _out, _out)
_declare(c_int32, "jjb_store_open_archive", c_void_p, c_char_p, _out, _out)
_declare(c_int32, "jjb_store_save_archive", c_void_p, c_char_p, c_char_p, c_int32, c_void_p, POINTER(c_uint64), _out)
_declare(c_int32, "jjb_store_verify", c_void_p, c_char_p, c_int32, c_void_p, _out, _out)
_declare(c_int32, "jjb_store_remove", c_void_p, c_char_p, _out)
_declare(c_int32, "jjb_store_create_backup", c_void_p, c_void_p, c_void_p, _out, _out)
_declare(c_size_t, "jjb_listing_get_count", c_void_p)
_declare(c_size_t, "jjb_listing_get_problem_count", c_void_p)
_declare(c_int32, "jjb_listing_dup_record", c_void_p, c_size_t, _out, _out)
_declare(c_int32, "jjb_record_dup_json", c_void_p, _out, _out)
_declare(c_void_p, "jjb_create_options_new")
_TEXT_OPTIONS = ("root", "data_dir", "machine_id", "dump_dir", "notes", "hostname", "series", "base", "controller_uuid", "model_uuid",
                 "instance_id", "version", "mongodump_program", "mongodump_host", "mongodump_username", "mongodump_password",
                 "mongodump_work_dir")
_NUMBER_OPTIONS = {"mongodump": c_int32, "mongodump_timeout_s": c_uint32, "ha_nodes": c_int64, "ca_keys": c_int32, "check_space": c_int32,
                   "level": c_int32, "strict": c_int32}
for _name in _TEXT_OPTIONS:
    _declare(c_int32, f"jjb_create_options_set_{_name}", c_void_p, c_char_p)
for _name, _type in _NUMBER_OPTIONS.items():
    _declare(c_int32, f"jjb_create_options_set_{_name}", c_void_p, _type)


def _call(function, *arguments):
    error = c_void_p()
    status = function(*arguments, byref(error))
    if status != 0:
        text = (_lib.jjb_error_get_text(error) or b"").decode(errors="replace")
        failure = Error(status, text, bool(_lib.jjb_error_get_retry(error)))
        _lib.jjb_error_free(error)
        raise failure


def _take(function, *arguments):
    out = c_void_p()
    _call(function, *arguments, byref(out))
    return out


def _text(function, *arguments):
    out = _take(function, *arguments)
    try:
        return ctypes.cast(out, c_char_p).value.decode(errors="replace")
    finally:
        _lib.jjb_string_free(out)


def _bytes(path):
    return os.fsencode(path)


class _Handle:
    _free = None

    def __init__(self, handle):
        self._handle = handle

    def close(self):
        handle, self._handle = getattr(self, "_handle", None), None
        if handle:
            self._free(handle)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    __del__ = close


class Job(_Handle):
    """Watches and cancels one operation; `cancel` may be called from any thread. `progress(phase, done, total)` is optional and is called
    on the thread that called the operation; what it raises stops the operation and is raised there. `threads` is how many the operation
    may use; 0: one for each core."""

    _free = _lib.jjb_job_free

    def __init__(self, progress=None, threads=0):
        super().__init__(_lib.jjb_job_new())
        self.failure = None
        _lib.jjb_job_set_threads(self._handle, threads)
        if progress is None:
            return

        def callback(_, phase, done, total):
            try:
                progress(phase, done, total)
                return 0
            except BaseException as failure:  # must not cross C
                self.failure = failure
                return 1

        self._callback = _ProgressCallback(callback)
        _call(_lib.jjb_job_set_progress_callback, self._handle, self._callback, None, None)

    def cancel(self):
        _lib.jjb_job_cancel(self._handle)

    def _run(self, function, *arguments):
        try:
            return function(*arguments)
        except Error:
            if self.failure is not None:
                raise self.failure from None
            raise


def _job(job):
    return job._handle if job is not None else None


def _run(job, function, *arguments):
    return job._run(_take, function, *arguments) if job is not None else _take(function, *arguments)


class Report(_Handle):
    """What a verification found: `verdict` ("ok", "warnings", "bad"), `findings` (a list of dictionaries), and all of it in `data`."""

    _free = _lib.jjb_verify_report_free

    def __init__(self, handle):
        super().__init__(handle)
        self.verdict = _lib.jjb_verdict_get_name(_lib.jjb_verify_report_get_verdict(handle)).decode()
        self.data = json.loads(_text(_lib.jjb_verify_report_dup_json, handle))
        self.findings = self.data.get("findings", [])

    def __str__(self):
        return _text(_lib.jjb_verify_report_dup_text, self._handle)


class Archive(_Handle):
    """An archive file of any origin."""

    _free = _lib.jjb_archive_free

    def __init__(self, path):
        super().__init__(path if isinstance(path, c_void_p) else _take(_lib.jjb_archive_open, _bytes(path)))

    def metadata(self):
        """The record in the archive, None if it has none."""
        metadata = _take(_lib.jjb_archive_read_metadata, self._handle, None)
        if not metadata:
            return None
        try:
            return json.loads(_text(_lib.jjb_metadata_dup_json, metadata))
        finally:
            _lib.jjb_metadata_free(metadata)

    def names(self, inside_root_tar=True, job=None):
        entries = _run(job, _lib.jjb_archive_list, self._handle, int(inside_root_tar), _job(job))
        try:
            return [os.fsdecode(_lib.jjb_entry_list_get_path(entries, i)) for i in range(_lib.jjb_entry_list_get_count(entries))]
        finally:
            _lib.jjb_entry_list_free(entries)

    def read(self, name):
        """The content of one file."""
        pieces = []

        def write(_, data, size, __):
            pieces.append(ctypes.string_at(data, size))
            return 0

        _call(_lib.jjb_archive_read_entry, self._handle, _bytes(name), _WriteCallback(write), None, None)
        return b"".join(pieces)

    def extract(self, target, job=None):
        """Unpacks everything below `target`; returns the number of files."""
        report = _run(job, _lib.jjb_archive_extract, self._handle, _bytes(target), None, _job(job))
        try:
            return _lib.jjb_extract_report_get_files(report)
        finally:
            _lib.jjb_extract_report_free(report)

    def verify(self, job=None):
        return Report(_run(job, _lib.jjb_archive_verify, self._handle, None, _job(job)))


def _record(handle):
    try:
        return json.loads(_text(_lib.jjb_record_dup_json, handle))
    finally:
        _lib.jjb_record_free(handle)


class Store(_Handle):
    """A place that holds backups, by URL or path."""

    _free = _lib.jjb_store_free

    def __init__(self, url):
        super().__init__(_take(_lib.jjb_store_open, _bytes(url)))
        self.problems = []

    def list(self, job=None):
        """The records of all backups; `problems` then names files that are no archives."""
        listing = _run(job, _lib.jjb_store_list, self._handle, _job(job))
        try:
            count = _lib.jjb_listing_get_problem_count(listing)
            self.problems = [_lib.jjb_listing_get_problem(listing, i).decode(errors="replace") for i in range(count)]
            return [_record(_take(_lib.jjb_listing_dup_record, listing, i)) for i in range(_lib.jjb_listing_get_count(listing))]
        finally:
            _lib.jjb_listing_free(listing)

    def show(self, backup_id):
        return _record(_take(_lib.jjb_store_show, self._handle, _bytes(backup_id), None))

    def add(self, path, accept_bad=False, job=None):
        return _record(_run(job, _lib.jjb_store_add, self._handle, _bytes(path), int(accept_bad), _job(job)))

    def create(self, job=None, **options):
        """Makes a backup of a controller machine. The options are those of jjb_create_options_set_*: root, dump_dir, notes, ..."""
        handle = _lib.jjb_create_options_new()
        try:
            for name, value in options.items():
                if name not in _TEXT_OPTIONS and name not in _NUMBER_OPTIONS:
                    raise TypeError(f"no such option: {name}")
                setter = getattr(_lib, f"jjb_create_options_set_{name}")
                if setter(handle, _bytes(value) if name in _TEXT_OPTIONS else int(value)) != 0:
                    raise ValueError(f"{name}: {value!r}" if name != "mongodump_password" else name)
            return _record(_run(job, _lib.jjb_store_create_backup, self._handle, handle, _job(job)))
        finally:
            _lib.jjb_create_options_free(handle)

    def open(self, backup_id):
        return Archive(_take(_lib.jjb_store_open_archive, self._handle, _bytes(backup_id)))

    def save(self, backup_id, path, replace=False, job=None):
        size = c_uint64()
        arguments = (_lib.jjb_store_save_archive, self._handle, _bytes(backup_id), _bytes(path), int(replace), _job(job), byref(size))
        job._run(_call, *arguments) if job is not None else _call(*arguments)
        return size.value

    def verify(self, backup_id, depth=FULL, job=None):
        return Report(_run(job, _lib.jjb_store_verify, self._handle, _bytes(backup_id), depth, _job(job)))

    def remove(self, backup_id):
        _call(_lib.jjb_store_remove, self._handle, _bytes(backup_id))


def version():
    return _lib.jjb_version().decode()
