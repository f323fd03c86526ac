"""Backups of Juju controllers and clients, through libjujubackup's C interface. Needs nothing but Python and the shared library.

    import jujubackup
    with jujubackup.Store("file:/srv/backups") as store:
        for record in store.list():
            print(record["id"], store.verify(record["id"]).verdict)

    options = jujubackup.ConnectOptions.from_client_dir(model="controller")
    with jujubackup.Controller(options) as controller:
        backup = controller.create("before the upgrade")
        controller.download(backup, "backup.tar.gz")

    identity, recipient = jujubackup.keygen()
    jujubackup.encrypt("backup.tar.gz", "backup.tar.gz.age", jujubackup.Recipients(recipient))
    jujubackup.backup_client("/srv/backups", recipients=jujubackup.Recipients(recipient))

    machine = dict(root="/", kind="full-machine")  # on the controller machine
    with jujubackup.Archive("backup.tar.gz") as archive, jujubackup.RestoreTools(**machine) as tools:
        plan = jujubackup.RestorePlan(archive, tools, **machine)
        print(plan, plan.run(archive, tools, confirm=lambda plan: input("Restore? ") == "yes"), sep="\n")

The library is found through the loader, or by its path in JUJUBACKUP_LIBRARY. Results are plain dictionaries, the same as the JSON that
the command line prints. Every failure is an Error.
"""

import ctypes
import json
import os
from ctypes import POINTER, byref, c_char_p, c_int32, c_int64, c_size_t, c_uint16, c_uint32, c_uint64, c_void_p

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
for _name in ("error", "job", "archive", "extract_report", "verify_report", "listing", "record", "store", "create_options", "string",
              "connect_options", "controller", "remote_create_options", "remote_backup", "metadata_list", "remove_results",
              "server_options", "server", "recipients", "identities", "add_options", "client_backup_options", "client_record",
              "client_restore_options", "client_plan", "client_restore_result", "client_unfinished"):
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
_LogCallback = ctypes.CFUNCTYPE(None, c_void_p, c_char_p)
for _name in ("connect_options_new", "remote_create_options_new", "server_options_new"):
    _declare(c_void_p, f"jjb_{_name}")
_declare(c_int32, "jjb_connect_options_read_client_dir", c_char_p, c_char_p, c_char_p, c_int32, c_void_p, _out, _out)
for _name in ("controller_name", "model_name", "model_uuid", "user"):
    _declare(c_char_p, f"jjb_connect_options_get_{_name}", c_void_p)
_declare(c_size_t, "jjb_connect_options_get_endpoint_count", c_void_p)
_declare(c_char_p, "jjb_connect_options_get_endpoint", c_void_p, c_size_t)
_declare(c_int32, "jjb_controller_connect", c_void_p, c_void_p, _out, _out)
for _name in ("version", "controller_uuid", "model_uuid", "user", "access", "endpoint"):
    _declare(c_char_p, f"jjb_controller_get_{_name}", c_void_p)
_declare(c_uint32, "jjb_controller_get_offers", c_void_p)
_declare(c_int32, "jjb_controller_create", c_void_p, c_void_p, c_void_p, _out, _out)
_declare(c_int32, "jjb_controller_list", c_void_p, c_void_p, _out, _out)
_declare(c_int32, "jjb_controller_show", c_void_p, c_char_p, c_void_p, _out, _out)
_declare(c_int32, "jjb_controller_remove", c_void_p, POINTER(c_char_p), c_size_t, c_void_p, _out, _out)
_declare(c_int32, "jjb_controller_download_file", c_void_p, c_char_p, c_void_p, c_char_p, c_int32, c_void_p, POINTER(c_uint64), _out)
_declare(c_int32, "jjb_controller_download_into", c_void_p, c_char_p, c_void_p, c_void_p, c_int32, c_void_p, _out, _out)
_declare(c_int32, "jjb_controller_upload_file", c_void_p, c_char_p, c_void_p, c_void_p, _out, _out)
_declare(c_int32, "jjb_store_open_controller", c_void_p, c_void_p, _out, _out)
_declare(c_int32, "jjb_remote_create_options_set_notes", c_void_p, c_char_p)
_declare(c_int32, "jjb_remote_create_options_set_download", c_void_p, c_int32)
_declare(c_int32, "jjb_remote_create_options_set_keep_copy", c_void_p, c_int32)
_declare(c_int32, "jjb_remote_backup_dup_metadata", c_void_p, _out, _out)
_declare(c_char_p, "jjb_remote_backup_get_download_id", c_void_p)
_declare(c_char_p, "jjb_remote_backup_get_remote_path", c_void_p)
_declare(c_int32, "jjb_remote_backup_get_one_shot", c_void_p)
_declare(c_size_t, "jjb_metadata_list_get_count", c_void_p)
_declare(c_int32, "jjb_metadata_list_dup_metadata", c_void_p, c_size_t, _out, _out)
_declare(c_size_t, "jjb_remove_results_get_count", c_void_p)
_declare(c_char_p, "jjb_remove_results_get_id", c_void_p, c_size_t)
_declare(c_char_p, "jjb_remove_results_get_error", c_void_p, c_size_t)
_declare(c_int32, "jjb_server_options_add_user", c_void_p, c_char_p, c_char_p, c_int32)
_declare(c_int32, "jjb_server_options_set_create", c_void_p, c_void_p)
_declare(c_int32, "jjb_server_options_set_restore", c_void_p, c_void_p, c_char_p)
_declare(c_int32, "jjb_server_options_set_log_callback", c_void_p, _LogCallback, c_void_p, c_void_p, _out)
_declare(c_int32, "jjb_server_start", c_void_p, _out, _out)
for _name in ("address", "ca_cert", "controller_uuid", "model_uuid"):
    _declare(c_char_p, f"jjb_server_get_{_name}", c_void_p)
_declare(c_int32, "jjb_server_write_client_dir", c_void_p, c_char_p, c_char_p, c_char_p, c_char_p, _out)
_declare(c_int32, "jjb_server_stop", c_void_p, c_uint32, _out)
for _name in ("recipients_new", "identities_new", "add_options_new", "client_backup_options_new", "client_restore_options_new"):
    _declare(c_void_p, f"jjb_{_name}")
for _name in ("recipients", "identities"):
    _declare(c_int32, f"jjb_{_name}_add", c_void_p, c_char_p, _out)
    _declare(c_int32, f"jjb_{_name}_add_file", c_void_p, c_char_p, _out)
    _declare(c_int32, f"jjb_{_name}_set_passphrase", c_void_p, c_char_p, c_uint32)
_declare(c_int32, "jjb_keygen", _out, _out, _out)
_declare(c_int32, "jjb_encrypt_file", c_char_p, c_char_p, c_void_p, c_int32, c_int32, c_void_p, POINTER(c_uint64), _out)
_declare(c_int32, "jjb_decrypt_file", c_char_p, c_char_p, c_void_p, c_int32, c_void_p, POINTER(c_uint64), _out)
_declare(c_int32, "jjb_archive_open_encrypted", c_char_p, c_void_p, _out, _out)
_declare(c_int32, "jjb_verify_file", c_char_p, c_void_p, c_void_p, c_void_p, _out, _out)
_declare(c_int32, "jjb_store_set_identities", c_void_p, c_void_p)
_declare(c_int32, "jjb_store_add_with", c_void_p, c_char_p, c_void_p, c_void_p, _out, _out)
_declare(c_int32, "jjb_store_save_content", c_void_p, c_char_p, c_char_p, c_int32, c_void_p, POINTER(c_uint64), _out)
_declare(c_int32, "jjb_add_options_set_accept_bad", c_void_p, c_int32)
for _name in ("add", "create"):
    _declare(c_int32, f"jjb_{_name}_options_set_encryption", c_void_p, c_void_p, c_int32)
_declare(c_int32, "jjb_client_backup_options_set_encryption", c_void_p, c_void_p, c_int32)
_declare(c_int32, "jjb_client_backup_file", c_void_p, c_char_p, c_int32, c_void_p, _out, _out, _out)
_declare(c_int32, "jjb_client_show_file", c_char_p, c_void_p, c_void_p, _out, _out)
_declare(c_int32, "jjb_client_verify_file", c_char_p, c_void_p, c_void_p, _out, _out)
_declare(c_int32, "jjb_client_record_dup_json", c_void_p, _out, _out)
_declare(c_int32, "jjb_client_plan_restore", c_char_p, c_void_p, c_void_p, c_void_p, _out, _out)
_declare(c_int32, "jjb_client_plan_dup_json", c_void_p, _out, _out)
_declare(c_int32, "jjb_client_restore", c_char_p, c_void_p, c_void_p, c_void_p, _out, _out)
_declare(c_char_p, "jjb_client_restore_result_get_kept", c_void_p)
_declare(c_int32, "jjb_client_find_unfinished", c_char_p, _out, _out)
_declare(c_int32, "jjb_client_unfinished_get_state", c_void_p)
_declare(c_char_p, "jjb_client_unfinished_get_text", c_void_p)
_declare(c_char_p, "jjb_client_state_get_name", c_int32)
for _name in ("finish", "commit", "undo"):
    _declare(c_int32, f"jjb_client_{_name}_restore", c_char_p, c_void_p, _out)
_CLIENT_BACKUP_OPTIONS = {name: f"set_{name}" for name in ("directory", "cookie_jar", "go_on_without_lock", "strict", "utc")}
_CLIENT_RESTORE_OPTIONS = {"directory": "set_directory", "cookie_jar": "set_cookie_jar", "force": "set_force",
                           "controllers": "add_controller"}
for _of, _options in (("backup", _CLIENT_BACKUP_OPTIONS), ("restore", _CLIENT_RESTORE_OPTIONS)):
    for _name, _setter in _options.items():
        _declare(c_int32, f"jjb_client_{_of}_options_{_setter}", c_void_p, c_char_p if _name in ("directory", "controllers") else c_int32)
_CONNECT_OPTIONS = {"endpoints": "add_endpoint", "ca_cert": "set_ca_cert", "public_hostname": "set_public_hostname",
                    "model_uuid": "set_model_uuid", "model_name": "set_model_name", "controller_uuid": "set_controller_uuid",
                    "controller_name": "set_controller_name", "user": "set_user", "password": "set_password",
                    "macaroons": "add_macaroon", "connect_timeout_ms": "set_connect_timeout_ms", "idle_timeout_ms": "set_idle_timeout_ms"}
_SERVER_OPTIONS = {"address": "set_address", "advertised": "add_advertised", "state_dir": "set_state_dir", "store_url": "set_store_url",
                   "backup_dir": "set_backup_dir", "version": "set_version", "max_connections": "set_max_connections",
                   "handshake_timeout_ms": "set_handshake_timeout_ms", "idle_timeout_ms": "set_idle_timeout_ms"}
for _of, _options in (("connect", _CONNECT_OPTIONS), ("server", _SERVER_OPTIONS)):
    for _name, _setter in _options.items():
        _declare(c_int32, f"jjb_{_of}_options_{_setter}", c_void_p, c_uint32 if _name.endswith(("_ms", "connections")) else c_char_p)
for _name in ("restore_options", "restore_tools", "restore_plan", "restore_report", "remote_restore_options", "remote_restore_result"):
    _declare(None, f"jjb_{_name}_free", c_void_p)
for _name in ("restore_options", "restore_tools", "remote_restore_options"):
    _declare(c_void_p, f"jjb_{_name}_new")
_RESTORE_OPTIONS = {"overrides": "add_override"}
_RESTORE_OPTIONS.update({name: f"set_{name}" for name in (
    "root", "data_dir", "machine_id", "private_address", "public_address", "instance_id", "work_dir", "staging_dir", "mongorestore",
    "mongo_host", "kind", "allow_downgrade", "copy_controller", "include_status_history", "manual_agent_control", "update_agents")})
for _name, _setter in _RESTORE_OPTIONS.items():
    _number = _name in ("kind", "allow_downgrade", "copy_controller", "include_status_history", "manual_agent_control", "update_agents")
    _declare(c_int32, f"jjb_restore_options_{_setter}", c_void_p, c_int32 if _number else c_char_p)
_RESTORE_TOOLS = {"ssh_argument": "add_ssh_argument"}
_RESTORE_TOOLS.update({name: f"set_{name}" for name in (
    "ssh", "ssh_program", "ssh_user", "ssh_identity", "ssh_known_hosts", "ssh_strict_host_keys", "ssh_port", "ssh_connect_timeout_s",
    "systemd", "systemd_program", "systemd_root")})
for _name, _setter in _RESTORE_TOOLS.items():
    _type = {"ssh": c_int32, "systemd": c_int32, "ssh_strict_host_keys": c_int32, "ssh_port": c_uint16, "ssh_connect_timeout_s": c_uint32}
    _declare(c_int32, f"jjb_restore_tools_{_setter}", c_void_p, _type.get(_name, c_char_p))
_declare(c_int32, "jjb_restore_tools_set_machine", c_void_p, c_void_p, _out)
_declare(c_int32, "jjb_restore_tools_set_database_dir", c_void_p, c_char_p, _out)
_declare(c_int32, "jjb_restore_tools_set_services", c_void_p, c_void_p, _out)
_declare(c_int32, "jjb_restore_kind_find", c_char_p)
_declare(c_int32, "jjb_restore_dup_backup_facts", c_void_p, c_void_p, c_void_p, _out, _out)
_declare(c_int32, "jjb_restore_dup_target_facts", c_void_p, c_void_p, c_void_p, _out, _out)
_declare(c_int32, "jjb_restore_plan_make", c_void_p, c_void_p, c_void_p, c_void_p, _out, _out)
_declare(c_int32, "jjb_restore_plan_get_blocked", c_void_p)
_declare(c_int32, "jjb_restore_plan_dup_text", c_void_p, _out, _out)
_declare(c_int32, "jjb_restore_plan_dup_json", c_void_p, _out, _out)
_declare(c_int32, "jjb_restore_run", c_void_p, c_void_p, c_void_p, c_void_p, c_int32, c_void_p, _out, _out)
_declare(c_int32, "jjb_restore_find", c_char_p, c_char_p, _out, _out)
_declare(c_int32, "jjb_restore_resume", c_char_p, c_char_p, c_void_p, c_void_p, c_void_p, c_int32, c_void_p, _out, _out)
_declare(c_int32, "jjb_restore_undo", c_char_p, c_char_p, c_void_p, c_void_p, c_void_p, _out, _out)
_declare(c_int32, "jjb_restore_commit", c_char_p, c_char_p, c_void_p, _out)
_declare(c_int32, "jjb_restore_update_agents", c_char_p, c_char_p, c_void_p, c_void_p, c_void_p, _out, _out)
_declare(c_int32, "jjb_restore_report_get_state", c_void_p)
_declare(c_char_p, "jjb_restore_report_get_error", c_void_p)
_declare(c_int32, "jjb_restore_report_dup_text", c_void_p, _out, _out)
_declare(c_int32, "jjb_restore_report_dup_json", c_void_p, _out, _out)
_declare(c_size_t, "jjb_restore_report_get_command_after_count", c_void_p)
_declare(c_char_p, "jjb_restore_report_get_command_after", c_void_p, c_size_t)
for _name in ("restore_state", "step", "remote_stage"):
    _declare(c_char_p, f"jjb_{_name}_get_name", c_int32)
_declare(c_void_p, "jjb_error_new", c_int32, c_char_p, c_int32)
_RemoteRestoreCallback = ctypes.CFUNCTYPE(c_int32, c_void_p, c_int32, c_char_p, c_int32, c_uint32)
_declare(c_int32, "jjb_remote_restore_options_set_backup_id", c_void_p, c_char_p)
_declare(c_int32, "jjb_remote_restore_options_set_file", c_void_p, c_char_p, c_void_p)
_declare(c_int32, "jjb_remote_restore_options_set_dial_ms", c_void_p, c_uint32, c_uint32)
_declare(c_int32, "jjb_remote_restore_options_set_busy_ms", c_void_p, c_uint32, c_uint32)
_declare(c_int32, "jjb_remote_restore_options_set_callback", c_void_p, _RemoteRestoreCallback, c_void_p, c_void_p, _out)
_declare(c_int32, "jjb_controller_restore", c_void_p, c_void_p, c_void_p, _out, _out)
_declare(c_int32, "jjb_controller_finish_restore", c_void_p, c_void_p, POINTER(c_int32), _out)
for _name in ("uploaded", "reused", "connection_lost"):
    _declare(c_int32, f"jjb_remote_restore_result_get_{_name}", c_void_p)
for _name in ("backup_id", "version", "version_after"):
    _declare(c_char_p, f"jjb_remote_restore_result_get_{_name}", c_void_p)
for _name in ("rebootstrap_options", "rebootstrap_plan", "rebootstrapped"):
    _declare(None, f"jjb_{_name}_free", c_void_p)
_RebootstrapCallback = ctypes.CFUNCTYPE(c_int32, c_void_p, c_int32, c_char_p)
_REBOOTSTRAP_OPTIONS = {"arguments": "add_argument"}
_REBOOTSTRAP_OPTIONS.update({name: f"set_{name}" for name in (
    "controller", "client_dir", "juju", "constraints", "program", "archive", "scp", "build_agent", "dial_timeout_ms")})
for _name, _setter in _REBOOTSTRAP_OPTIONS.items():
    _type = {"build_agent": c_int32, "dial_timeout_ms": c_uint32}.get(_name, c_char_p)
    _declare(c_int32, f"jjb_rebootstrap_options_{_setter}", c_void_p, _type)
_declare(c_void_p, "jjb_rebootstrap_options_new")
_declare(c_int32, "jjb_rebootstrap_options_set_callback", c_void_p, _RebootstrapCallback, c_void_p, c_void_p, _out)
_declare(c_int32, "jjb_rebootstrap_plan_make", c_void_p, c_void_p, c_void_p, _out, _out)
_declare(c_char_p, "jjb_rebootstrap_plan_get_controller", c_void_p)
_declare(c_int32, "jjb_rebootstrap_plan_get_restores_over_api", c_void_p)
_declare(c_int32, "jjb_rebootstrap_plan_dup_text", c_void_p, _out, _out)
_declare(c_int32, "jjb_rebootstrap_run", c_void_p, c_void_p, c_void_p, c_void_p, _out, _out)
_declare(c_char_p, "jjb_rebootstrapped_get_client_dir", c_void_p)
_declare(c_int32, "jjb_rebootstrap_restore_over_ssh", c_void_p, c_void_p, c_void_p, c_void_p, c_void_p, _out)
_declare(c_int32, "jjb_rebootstrap_adopt", c_void_p, c_void_p, c_void_p, _out)
OFFERS = ("create", "keep-copy", "always-keeps", "stored", "remove", "remove-many", "upload", "one-shot", "restore")


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


class _Keys(_Handle):
    def __init__(self, *texts, files=(), passphrase=None, work_factor=0):
        super().__init__(c_void_p(self._call("new")))
        for text in texts:
            _call(getattr(_lib, f"jjb_{self._name}_add"), self._handle, text.encode())
        for path in files:
            _call(getattr(_lib, f"jjb_{self._name}_add_file"), self._handle, _bytes(path))
        if passphrase is not None and self._call("set_passphrase", self._handle, passphrase.encode(), work_factor) != 0:
            raise ValueError("passphrase")  # which is a secret

    def _call(self, function, *arguments):
        return getattr(_lib, f"jjb_{self._name}_{function}")(*arguments)

    def _free(self, handle):
        self._call("free", handle)


class Recipients(_Keys):
    """Whom to encrypt to: public keys ("age1...", "ssh-ed25519 ...", "ssh-rsa ..."), `files` with one on each line, or a passphrase
    alone."""

    _name = "recipients"


class Identities(_Keys):
    """What opens encrypted files: the text of identity files and private SSH keys, `files` with such, or a passphrase."""

    _name = "identities"


def _keys(keys):
    return keys._handle if keys is not None else None


def keygen():
    """A new key pair: (identity, a SECRET for an identity file; recipient, public)."""
    identity, recipient = c_void_p(), c_void_p()
    _call(_lib.jjb_keygen, byref(identity), byref(recipient))
    try:
        return tuple(ctypes.cast(text, c_char_p).value.decode() for text in (identity, recipient))
    finally:
        _lib.jjb_string_free(identity)
        _lib.jjb_string_free(recipient)


def _run_sized(job, function, *arguments):
    size = c_uint64()
    arguments = (function, *arguments, byref(size))
    job._run(_call, *arguments) if job is not None else _call(*arguments)
    return size.value


def encrypt(source, target, recipients, armor=False, replace=False, job=None):
    """Encrypts a file into another, which nobody else may read; returns its size."""
    return _run_sized(job, _lib.jjb_encrypt_file, _bytes(source), _bytes(target), recipients._handle, int(armor), int(replace), _job(job))


def decrypt(source, target, identities, replace=False, job=None):
    """Decrypts a file into another, which nobody else may read; returns its size."""
    return _run_sized(job, _lib.jjb_decrypt_file, _bytes(source), _bytes(target), identities._handle, int(replace), _job(job))


def verify_file(path, identities=None, job=None):
    """Verifies an archive file; of an encrypted one without an identity that fits, its outer form alone."""
    return Report(_run(job, _lib.jjb_verify_file, _bytes(path), _keys(identities), None, _job(job)))


class Archive(_Handle):
    """An archive file of any origin. One that is encrypted needs identities."""

    _free = _lib.jjb_archive_free

    def __init__(self, path, identities=None):
        if isinstance(path, c_void_p):
            super().__init__(path)
        elif identities is not None:
            super().__init__(_take(_lib.jjb_archive_open_encrypted, _bytes(path), identities._handle))
        else:
            super().__init__(_take(_lib.jjb_archive_open, _bytes(path)))

    def metadata(self):
        """The record in the archive, None if it has none."""
        metadata = _take(_lib.jjb_archive_read_metadata, self._handle, None)
        return _metadata(metadata) if metadata else None

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


def _metadata(handle):
    try:
        return json.loads(_text(_lib.jjb_metadata_dup_json, handle))
    finally:
        _lib.jjb_metadata_free(handle)


def _record(handle):
    try:
        return json.loads(_text(_lib.jjb_record_dup_json, handle))
    finally:
        _lib.jjb_record_free(handle)


def _create_options(options):
    handle = c_void_p(_lib.jjb_create_options_new())
    try:
        for name, value in options.items():
            if name not in _TEXT_OPTIONS and name not in _NUMBER_OPTIONS:
                raise TypeError(f"no such option: {name}")
            setter = getattr(_lib, f"jjb_create_options_set_{name}")
            if setter(handle, _bytes(value) if name in _TEXT_OPTIONS else int(value)) != 0:
                raise ValueError(f"{name}: {value!r}" if name != "mongodump_password" else name)
        return handle
    except BaseException:
        _lib.jjb_create_options_free(handle)
        raise


class Store(_Handle):
    """A place that holds backups, by URL or path; or what a controller keeps, by ConnectOptions. `identities` open those that are
    encrypted."""

    _free = _lib.jjb_store_free

    def __init__(self, url, identities=None):
        if isinstance(url, ConnectOptions):
            super().__init__(_take(_lib.jjb_store_open_controller, url._handle, None))
        else:
            super().__init__(_take(_lib.jjb_store_open, _bytes(url)))
        if identities is not None:
            _lib.jjb_store_set_identities(self._handle, identities._handle)
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

    def add(self, path, accept_bad=False, recipients=None, bare_record=False, job=None):
        """Adds an archive file; with recipients, encrypted to them. A bare record tells no more than has to be known."""
        options = c_void_p(_lib.jjb_add_options_new())
        try:
            _lib.jjb_add_options_set_accept_bad(options, int(accept_bad))
            if _lib.jjb_add_options_set_encryption(options, _keys(recipients), int(bare_record)) != 0:
                raise ValueError("recipients")
            return _record(_run(job, _lib.jjb_store_add_with, self._handle, _bytes(path), options, _job(job)))
        finally:
            _lib.jjb_add_options_free(options)

    def create(self, job=None, recipients=None, bare_record=False, **options):
        """Makes a backup of a controller machine; with recipients, encrypted to them. The other options are those of
        jjb_create_options_set_*: root, dump_dir, notes, ..."""
        handle = _create_options(options)
        try:
            if _lib.jjb_create_options_set_encryption(handle, _keys(recipients), int(bare_record)) != 0:
                raise ValueError("recipients")
            return _record(_run(job, _lib.jjb_store_create_backup, self._handle, handle, _job(job)))
        finally:
            _lib.jjb_create_options_free(handle)

    def open(self, backup_id):
        return Archive(_take(_lib.jjb_store_open_archive, self._handle, _bytes(backup_id)))

    def save(self, backup_id, path, replace=False, decrypt=False, job=None):
        """Copies a backup into a file, as it is stored or decrypted; returns the size."""
        save = _lib.jjb_store_save_content if decrypt else _lib.jjb_store_save_archive
        return _run_sized(job, save, self._handle, _bytes(backup_id), _bytes(path), int(replace), _job(job))

    def verify(self, backup_id, depth=FULL, job=None):
        return Report(_run(job, _lib.jjb_store_verify, self._handle, _bytes(backup_id), depth, _job(job)))

    def remove(self, backup_id):
        _call(_lib.jjb_store_remove, self._handle, _bytes(backup_id))


def _set_all(of, known, handle, options):
    for name, values in options.items():
        if name not in known:
            raise TypeError(f"no such option: {name}")
        for value in values if isinstance(values, (list, tuple)) else [values]:
            if getattr(_lib, f"jjb_{of}_options_{known[name]}")(handle, value if isinstance(value, int) else _bytes(value)) != 0:
                raise ValueError(name)  # values may be secrets


class ConnectOptions(_Handle):
    """How to reach a controller. The options are those of jjb_connect_options_set_*: ca_cert, model_uuid, user, password, ...; and two
    lists, endpoints and macaroons."""

    _free = _lib.jjb_connect_options_free

    def __init__(self, handle=None, **options):
        super().__init__(handle or c_void_p(_lib.jjb_connect_options_new()))
        self.set(**options)

    @classmethod
    def from_client_dir(cls, path=None, model=None, controller=None, environment=True):
        """What the Juju client's own directory says; `model` and `controller` are what `juju -m` and `juju -c` take."""
        texts = [None if text is None else _bytes(text) for text in (path, model, controller)]
        return cls(_take(_lib.jjb_connect_options_read_client_dir, *texts, int(environment), None))

    def set(self, **options):
        _set_all("connect", _CONNECT_OPTIONS, self._handle, options)

    @property
    def endpoints(self):
        count = _lib.jjb_connect_options_get_endpoint_count(self._handle)
        return [_lib.jjb_connect_options_get_endpoint(self._handle, i).decode() for i in range(count)]

    def __getattr__(self, name):
        if name not in ("controller_name", "model_name", "model_uuid", "user"):
            raise AttributeError(name)
        return getattr(_lib, f"jjb_connect_options_get_{name}")(self._handle).decode()


class RemoteBackup(_Handle):
    """A backup that a controller just made: its `metadata`, `download_id`, `remote_path`, and whether it is `one_shot`: to be had once."""

    _free = _lib.jjb_remote_backup_free

    def __init__(self, handle):
        super().__init__(handle)
        self.metadata = _metadata(_take(_lib.jjb_remote_backup_dup_metadata, handle))
        self.download_id = _lib.jjb_remote_backup_get_download_id(handle).decode()
        self.remote_path = _lib.jjb_remote_backup_get_remote_path(handle).decode()
        self.one_shot = bool(_lib.jjb_remote_backup_get_one_shot(handle))


class Controller(_Handle):
    """A connection to a controller. `offers` is a set of what its release can do, by the names in OFFERS."""

    _free = _lib.jjb_controller_free

    def __init__(self, options, job=None):
        super().__init__(_run(job, _lib.jjb_controller_connect, options._handle, _job(job)))
        for name in ("version", "controller_uuid", "model_uuid", "user", "access", "endpoint"):
            setattr(self, name, getattr(_lib, f"jjb_controller_get_{name}")(self._handle).decode())
        bits = _lib.jjb_controller_get_offers(self._handle)
        self.offers = {name for bit, name in enumerate(OFFERS) if bits >> bit & 1}

    def create(self, notes="", download=True, keep_copy=False, job=None):
        """Has the controller make a backup. It is downloaded by a call of its own; with `download` False that is not meant to follow."""
        options = c_void_p(_lib.jjb_remote_create_options_new())
        try:
            _lib.jjb_remote_create_options_set_notes(options, notes.encode())
            _lib.jjb_remote_create_options_set_download(options, int(download))
            _lib.jjb_remote_create_options_set_keep_copy(options, int(keep_copy))
            return RemoteBackup(_run(job, _lib.jjb_controller_create, self._handle, options, _job(job)))
        finally:
            _lib.jjb_remote_create_options_free(options)

    def list(self, job=None):
        """The metadata of the backups that the controller keeps."""
        listed = _run(job, _lib.jjb_controller_list, self._handle, _job(job))
        try:
            count = _lib.jjb_metadata_list_get_count(listed)
            return [_metadata(_take(_lib.jjb_metadata_list_dup_metadata, listed, i)) for i in range(count)]
        finally:
            _lib.jjb_metadata_list_free(listed)

    def show(self, backup_id, job=None):
        return _metadata(_run(job, _lib.jjb_controller_show, self._handle, _bytes(backup_id), _job(job)))

    def remove(self, *backup_ids, job=None):
        """Removes them all; returns a dictionary with an explanation for each that could not be."""
        ids = (c_char_p * len(backup_ids))(*map(_bytes, backup_ids))
        results = _run(job, _lib.jjb_controller_remove, self._handle, ids, len(ids), _job(job))
        try:
            errors = [_lib.jjb_remove_results_get_error(results, i).decode() for i in range(_lib.jjb_remove_results_get_count(results))]
            return {backup_id: error for backup_id, error in zip(backup_ids, errors) if error}
        finally:
            _lib.jjb_remove_results_free(results)

    def _download(self, backup, job, function, *arguments):
        # With what the controller said about size and digest, a broken archive is found out.
        if isinstance(backup, RemoteBackup):
            download_id, expected = backup.download_id, _take(_lib.jjb_remote_backup_dup_metadata, backup._handle)
        else:
            download_id, expected = backup, _run(job, _lib.jjb_controller_show, self._handle, _bytes(backup), _job(job))
        try:
            return function(self._handle, _bytes(download_id), expected, *arguments)
        finally:
            _lib.jjb_metadata_free(expected)

    def download(self, backup, path, replace=False, job=None):
        """Saves a backup, a RemoteBackup or an ID, to a file; returns its size."""
        size = c_uint64()

        def fetch(*arguments):
            arguments = (_lib.jjb_controller_download_file, *arguments, byref(size))
            return job._run(_call, *arguments) if job is not None else _call(*arguments)

        self._download(backup, job, fetch, _bytes(path), int(replace), _job(job))
        return size.value

    def download_into(self, backup, store, accept_bad=False, job=None):
        """Adds a backup, a RemoteBackup or an ID, to a Store, verifying it on the way; returns the record."""

        def fetch(*arguments):
            return _record(_run(job, _lib.jjb_controller_download_into, *arguments))

        return self._download(backup, job, fetch, store._handle, int(accept_bad), _job(job))

    def upload(self, path, job=None):
        """Sends an archive file; returns the ID that the controller gave it."""
        id_text = _run(job, _lib.jjb_controller_upload_file, self._handle, _bytes(path), None, _job(job))
        try:
            return ctypes.cast(id_text, c_char_p).value.decode()
        finally:
            _lib.jjb_string_free(id_text)


def backup_client(path, replace=False, recipients=None, armor=False, job=None, **options):
    """Backs up the Juju client's own directory into a file, or under a name that is made up into a folder; with recipients, encrypted
    to them. The other options are those of jjb_client_backup_options_set_*: directory, cookie_jar, strict, ... Returns the path and
    the record."""
    handle = c_void_p(_lib.jjb_client_backup_options_new())
    written, record = c_void_p(), c_void_p()
    try:
        _set_all("client_backup", _CLIENT_BACKUP_OPTIONS, handle, options)
        if _lib.jjb_client_backup_options_set_encryption(handle, _keys(recipients), int(armor)) != 0:
            raise ValueError("recipients")
        arguments = (_lib.jjb_client_backup_file, handle, _bytes(path), int(replace), _job(job), byref(written), byref(record))
        job._run(_call, *arguments) if job is not None else _call(*arguments)
        return os.fsdecode(ctypes.cast(written, c_char_p).value), json.loads(_text(_lib.jjb_client_record_dup_json, record))
    finally:
        _lib.jjb_string_free(written)
        _lib.jjb_client_record_free(record)
        _lib.jjb_client_backup_options_free(handle)


def show_client_backup(path, identities=None, job=None):
    """What a backup of a client directory holds, without secrets."""
    record = _run(job, _lib.jjb_client_show_file, _bytes(path), _keys(identities), _job(job))
    try:
        return json.loads(_text(_lib.jjb_client_record_dup_json, record))
    finally:
        _lib.jjb_client_record_free(record)


def verify_client_backup(path, identities=None, job=None):
    return Report(_run(job, _lib.jjb_client_verify_file, _bytes(path), _keys(identities), _job(job)))


def restore_client(path, identities=None, dry_run=False, job=None, **options):
    """Brings the client's directory back. The options are those of jjb_client_restore_options_set_*: directory, cookie_jar, force; and
    `controllers`, a list, to merge these alone. With `dry_run` returns the plan; else where the replaced directory is kept until
    end_client_restore, None if nothing was replaced."""
    handle = c_void_p(_lib.jjb_client_restore_options_new())
    try:
        _set_all("client_restore", _CLIENT_RESTORE_OPTIONS, handle, options)
        if dry_run:
            plan = _run(job, _lib.jjb_client_plan_restore, _bytes(path), _keys(identities), handle, _job(job))
            try:
                return json.loads(_text(_lib.jjb_client_plan_dup_json, plan))
            finally:
                _lib.jjb_client_plan_free(plan)
        result = _run(job, _lib.jjb_client_restore, _bytes(path), _keys(identities), handle, _job(job))
        try:
            return os.fsdecode(_lib.jjb_client_restore_result_get_kept(result)) or None
        finally:
            _lib.jjb_client_restore_result_free(result)
    finally:
        _lib.jjb_client_restore_options_free(handle)


def unfinished_client_restore(directory=""):
    """(state, a line for a person) if a restore to this directory is neither committed nor undone, else None."""
    found = _take(_lib.jjb_client_find_unfinished, _bytes(directory))
    if not found:
        return None
    try:
        state = _lib.jjb_client_state_get_name(_lib.jjb_client_unfinished_get_state(found)).decode()
        return state, _lib.jjb_client_unfinished_get_text(found).decode(errors="replace")
    finally:
        _lib.jjb_client_unfinished_free(found)


def end_client_restore(how, directory="", job=None):
    """`how` is "commit", "undo", or, for one that was interrupted, "finish"."""
    if how not in ("commit", "undo", "finish"):
        raise ValueError(how)
    function = getattr(_lib, f"jjb_client_{how}_restore")
    job._run(_call, function, _bytes(directory), _job(job)) if job is not None else _call(function, _bytes(directory), None)


class Server(_Handle):
    """An embedded controller, which serves until it is stopped or closed. `users` is a list of (name, password) or (name, password,
    superuser); `create` a dictionary of the options of Store.create, for what clients get when they make a backup; `log(line)` is called on
    the server's threads. The other options are those of jjb_server_options_set_*: address, state_dir, version, ...; and `advertised`,
    a list. `restore` is a pair of a dictionary of the options of RestorePlan, for what is replaced when clients restore a backup, and the
    folder that is its database."""

    _free = _lib.jjb_server_free

    def __init__(self, users, create=None, log=None, restore=None, **options):
        handle, made = c_void_p(_lib.jjb_server_options_new()), None
        try:
            _set_all("server", _SERVER_OPTIONS, handle, options)
            for name, password, *superuser in users:
                if _lib.jjb_server_options_add_user(handle, name.encode(), password.encode(), int(all(superuser))) != 0:
                    raise ValueError("users")
            if create is not None:
                made = _create_options(create)
                _lib.jjb_server_options_set_create(handle, made)
            if restore is not None:
                replaced = _restore_options(restore[0])
                status = _lib.jjb_server_options_set_restore(handle, replaced, _bytes(restore[1]))
                _lib.jjb_restore_options_free(replaced)
                if status != 0:
                    raise ValueError("restore")
            if log is not None:
                self._log = _LogCallback(lambda _, line: log(line.decode(errors="replace")))  # ctypes prints what it raises
                _call(_lib.jjb_server_options_set_log_callback, handle, self._log, None, None)
            super().__init__(_take(_lib.jjb_server_start, handle))
        finally:
            _lib.jjb_create_options_free(made)
            _lib.jjb_server_options_free(handle)
        for name in ("address", "ca_cert", "controller_uuid", "model_uuid"):
            setattr(self, name, getattr(_lib, f"jjb_server_get_{name}")(self._handle).decode())

    def write_client_dir(self, path, controller_name, user, password):
        """Writes a directory with which Juju's client, and ConnectOptions.from_client_dir, know this server."""
        _call(_lib.jjb_server_write_client_dir, self._handle, _bytes(path), controller_name.encode(), user.encode(), password.encode())

    def stop(self, grace_ms=10_000):
        """Lets running calls and transfers end within that time."""
        _call(_lib.jjb_server_stop, self._handle, grace_ms)


class _Stopper:
    """What callbacks raise must not cross C: the operation is stopped, and it is raised again when the call has returned."""

    failure = None

    def guarded(self, function, *arguments):
        try:
            return int(bool(function(*arguments)))
        except BaseException as failure:
            self.failure = failure
            return 1

    def call(self, job, function, *arguments):
        try:
            result = _run(job, function, *arguments)
        except Error:
            if self.failure is not None:
                raise self.failure from None
            raise
        return result


_Confirm = ctypes.CFUNCTYPE(c_int32, c_void_p, c_void_p)
_Event = ctypes.CFUNCTYPE(c_int32, c_void_p, c_int32, c_size_t, c_size_t, c_char_p, c_int32, c_char_p)
_OnHost = c_int32, c_void_p, c_char_p, c_char_p, c_int32, c_char_p
_ServiceCall = ctypes.CFUNCTYPE(*_OnHost, _out)
_ServiceQuestion = ctypes.CFUNCTYPE(*_OnHost, POINTER(c_int32), _out)
_KnownQuestion = ctypes.CFUNCTYPE(c_int32, c_void_p, c_char_p, POINTER(c_int32), _out)
_UnitCall = ctypes.CFUNCTYPE(c_int32, c_void_p, c_char_p, _out)


class _RestoreCallbacks(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("user", c_void_p), ("destroy", c_void_p), ("confirm", _Confirm), ("event", _Event)]


class _ServicesCallbacks(ctypes.Structure):
    _fields_ = [("size", c_size_t), ("user", c_void_p), ("destroy", c_void_p), ("start", _ServiceCall), ("stop", _ServiceCall),
                ("is_active", _ServiceQuestion), ("is_known", _KnownQuestion), ("install", _UnitCall), ("uninstall", _UnitCall)]


def _answer(error, into, function, *arguments):
    try:
        result = function(*arguments)
        if into is not None:
            into[0] = int(bool(result))
        return 0
    except Exception as failure:  # becomes the step's failure
        error[0] = _lib.jjb_error_new(12, str(failure).encode(), 0)
        return 12


def _services_table(services):
    def text(value):
        return value.decode(errors="replace")

    table = _ServicesCallbacks(size=ctypes.sizeof(_ServicesCallbacks))
    table.start = _ServiceCall(
        lambda _, machine, address, here, name, error: _answer(error, None, services.start, text(machine), text(address), text(name)))
    table.stop = _ServiceCall(
        lambda _, machine, address, here, name, error: _answer(error, None, services.stop, text(machine), text(address), text(name)))
    table.is_active = _ServiceQuestion(lambda _, machine, address, here, name, active, error: _answer(
        error, active, services.is_active, text(machine), text(address), text(name)))
    table.is_known = _KnownQuestion(lambda _, name, known, error: _answer(error, known, services.is_known, text(name)))
    table.install = _UnitCall(lambda _, unit_file, error: _answer(error, None, services.install, text(unit_file)))
    table.uninstall = _UnitCall(lambda _, name, error: _answer(error, None, services.uninstall, text(name)))
    return table


def _restore_options(options):
    options = dict(options)
    if isinstance(options.get("kind"), str):
        options["kind"] = _lib.jjb_restore_kind_find(options["kind"].encode()) or -1
    handle = c_void_p(_lib.jjb_restore_options_new())
    try:
        _set_all("restore", _RESTORE_OPTIONS, handle, options)
        return handle
    except BaseException:
        _lib.jjb_restore_options_free(handle)
        raise


class RestoreTools(_Handle):
    """What a restore acts through: with `machine`, the mongod, ssh and systemd of the machine that the other options (those of RestorePlan)
    tell of. `database_dir`, a folder in the form of a dump, takes the place of the database. `services`, in place of systemd, is an object
    with the methods start, stop and is_active, each with (machine, address, service), address "" for the machine restored on;
    is_known(service), install(unit_file) and uninstall(service). `settings` are those of jjb_restore_tools_set_*: ssh_user, ssh_port,
    systemd_program, ..."""

    _free = _lib.jjb_restore_tools_free

    def __init__(self, machine=True, database_dir=None, services=None, settings=None, **options):
        super().__init__(c_void_p(_lib.jjb_restore_tools_new()))
        handle = _restore_options(options)
        try:
            if machine:
                _call(_lib.jjb_restore_tools_set_machine, self._handle, handle)
        finally:
            _lib.jjb_restore_options_free(handle)
        if database_dir is not None:
            _call(_lib.jjb_restore_tools_set_database_dir, self._handle, _bytes(database_dir))
        if services is not None:
            self._table = _services_table(services)
            _call(_lib.jjb_restore_tools_set_services, self._handle, byref(self._table))
        for name, value in (settings or {}).items():
            setter = getattr(_lib, f"jjb_restore_tools_{_RESTORE_TOOLS[name]}")
            if setter(self._handle, value if isinstance(value, int) else _bytes(value)) != 0:
                raise ValueError(name)


def backup_facts(archive, job=None):
    """What an Archive says, for a restore."""
    out = _run(job, _lib.jjb_restore_dup_backup_facts, archive._handle, None, _job(job))
    try:
        return json.loads(ctypes.cast(out, c_char_p).value)
    finally:
        _lib.jjb_string_free(out)


def target_facts(tools=None, **options):
    """What the machine and its database say. The options are those of RestorePlan."""
    handle = _restore_options(options)
    try:
        return json.loads(_text(_lib.jjb_restore_dup_target_facts, handle, _keys(tools), None))
    finally:
        _lib.jjb_restore_options_free(handle)


class RestorePlan(_Handle):
    """What restoring an Archive would take, before anything is changed: `kind`, `blocked`, `checks` and `steps` (lists of dictionaries),
    and all of it in `data`. The options are those of jjb_restore_options_set_*: kind ("full-machine", ...), root, allow_downgrade, ...; and
    `overrides`, a list of names of checks."""

    _free = _lib.jjb_restore_plan_free

    def __init__(self, archive, tools=None, job=None, **options):
        handle = _restore_options(options)
        try:
            super().__init__(_run(job, _lib.jjb_restore_plan_make, archive._handle, handle, _keys(tools), _job(job)))
        finally:
            _lib.jjb_restore_options_free(handle)
        self.data = json.loads(_text(_lib.jjb_restore_plan_dup_json, self._handle))
        self.kind, self.checks, self.steps = (self.data[name] for name in ("kind", "checks", "steps"))
        self.blocked = bool(_lib.jjb_restore_plan_get_blocked(self._handle))

    def __str__(self):
        return _text(_lib.jjb_restore_plan_dup_text, self._handle)

    def run(self, archive, tools, confirm=None, event=None, undo_on_failure=True, job=None):
        """Carries it out; returns a RestoreReport, whose state says what became of it. `confirm(plan)` is asked once before anything is
        touched; unless it is true, Error "cancelled" is raised. `event(what, step, text)` is told what goes on."""
        stopper = _Stopper()
        table = _callbacks(stopper, event, None if confirm is None else lambda: not confirm(self))
        arguments = self._handle, archive._handle, _keys(tools), byref(table), int(undo_on_failure), _job(job)
        return _report(stopper, job, _lib.jjb_restore_run, *arguments)


_EVENTS = {1: "begins", 2: "ends", 3: "undo-begins", 4: "undo-ends", 5: "note"}


def _callbacks(stopper, event, refuses=None):
    table = _RestoreCallbacks(size=ctypes.sizeof(_RestoreCallbacks))
    if refuses is not None:
        table.confirm = _Confirm(lambda _, __: stopper.guarded(refuses))
    if event is not None:
        def tell(_, what, __, ___, step, ____, text):
            return stopper.guarded(lambda: event(_EVENTS[what], step.decode(), text.decode(errors="replace")) and None)

        table.event = _Event(tell)
    return table


def _report(stopper, job, function, *arguments):
    report = RestoreReport(stopper.call(job, function, *arguments))
    if stopper.failure is not None:
        raise stopper.failure
    return report


class RestoreReport(_Handle):
    """What became of a restore: its `state` ("restored", "undone", ...), `error`, the `commands_after` for a person, and all of it in
    `data`."""

    _free = _lib.jjb_restore_report_free

    def __init__(self, handle):
        super().__init__(handle)
        self.state = _lib.jjb_restore_state_get_name(_lib.jjb_restore_report_get_state(handle)).decode()
        self.error = _lib.jjb_restore_report_get_error(handle).decode(errors="replace")
        count = _lib.jjb_restore_report_get_command_after_count(handle)
        self.commands_after = [_lib.jjb_restore_report_get_command_after(handle, i).decode() for i in range(count)]
        self.data = json.loads(_text(_lib.jjb_restore_report_dup_json, handle))

    def __str__(self):
        return _text(_lib.jjb_restore_report_dup_text, self._handle)


def _place(root, work_dir):
    return [None if path is None else _bytes(path) for path in (root, work_dir)]


def find_restore(root=None, work_dir=None):
    """A RestoreReport of the restore that was neither committed nor undone, or None. `root` and `work_dir` are those of the plan."""
    found = _take(_lib.jjb_restore_find, *_place(root, work_dir))
    return RestoreReport(found) if found else None


def resume_restore(archive, tools, root=None, work_dir=None, event=None, undo_on_failure=True, job=None):
    """Goes on where a restore stopped."""
    stopper = _Stopper()
    table = _callbacks(stopper, event)
    arguments = *_place(root, work_dir), archive._handle, _keys(tools), byref(table), int(undo_on_failure), _job(job)
    return _report(stopper, job, _lib.jjb_restore_resume, *arguments)


def undo_restore(tools, root=None, work_dir=None, event=None, job=None):
    """Makes everything as it was before."""
    stopper = _Stopper()
    table = _callbacks(stopper, event)
    return _report(stopper, job, _lib.jjb_restore_undo, *_place(root, work_dir), _keys(tools), byref(table), _job(job))


def commit_restore(root=None, work_dir=None):
    """Removes what a restore kept."""
    _call(_lib.jjb_restore_commit, *_place(root, work_dir), None)


def update_agents(tools, root=None, work_dir=None, event=None, job=None):
    """Tells those machines again where the controller is that a restore could not tell."""
    stopper = _Stopper()
    table = _callbacks(stopper, event)
    return _report(stopper, job, _lib.jjb_restore_update_agents, *_place(root, work_dir), _keys(tools), byref(table), _job(job))


def restore_controller(options, backup_id=None, path=None, identities=None, event=None, dial_ms=None, busy_ms=None, job=None):
    """Has a controller of 2.0 - 2.9.21, to which ConnectOptions lead, restore one of its backups, or an archive file. Returns a dictionary.
    `event(stage, text, warning, waited_s)` is told what goes on. `dial_ms` and `busy_ms` are pairs: how often and how long."""
    handle, stopper, result = c_void_p(_lib.jjb_remote_restore_options_new()), _Stopper(), None
    try:
        if (backup_id is None) == (path is None):
            raise TypeError("one of backup_id and path")
        if backup_id is not None:
            status = _lib.jjb_remote_restore_options_set_backup_id(handle, backup_id.encode())
        else:
            status = _lib.jjb_remote_restore_options_set_file(handle, _bytes(path), _keys(identities))
        for name, times in (("dial_ms", dial_ms), ("busy_ms", busy_ms)):
            if times is not None:
                status = status or getattr(_lib, f"jjb_remote_restore_options_set_{name}")(handle, *times)
        if status != 0:
            raise ValueError("backup_id, path, dial_ms or busy_ms")
        if event is not None:
            callback = _RemoteRestoreCallback(lambda _, stage, text, warning, waited: stopper.guarded(lambda: event(
                _lib.jjb_remote_stage_get_name(stage).decode(), text.decode(errors="replace"), bool(warning), waited) and None))
            _call(_lib.jjb_remote_restore_options_set_callback, handle, callback, None, None)
        result = stopper.call(job, _lib.jjb_controller_restore, options._handle, handle, _job(job))
        done = {name: getattr(_lib, f"jjb_remote_restore_result_get_{name}")(result).decode()
                for name in ("backup_id", "version", "version_after")}
        done.update({name: bool(getattr(_lib, f"jjb_remote_restore_result_get_{name}")(result))
                     for name in ("uploaded", "reused", "connection_lost")})
        return done
    finally:
        _lib.jjb_remote_restore_result_free(result)
        _lib.jjb_remote_restore_options_free(handle)


def finish_controller_restore(options):
    """Ends a restore that another client began and did not end: "finished", "released" (it had not been done) or "nothing"."""
    end = c_int32()
    _call(_lib.jjb_controller_finish_restore, options._handle, None, byref(end))
    return {1: "finished", 2: "released", 3: "nothing"}[end.value]


class Rebootstrap(_Handle):
    """A new controller in the place of one that is gone, with the CA of the `backup`, an Archive; made by the user's own juju. This only
    looks; str() of it says what juju will be called with. Then `run`, then `restore_over_ssh`, or restore_controller with
    ConnectOptions.from_client_dir(client_dir) where `restores_over_api`, then `adopt`. The options are those of
    jjb_rebootstrap_options_set_*: controller, juju, constraints, program, archive (its path), ...; and `arguments`, a list.
    `event(kind, text)` is told what goes on."""

    _free = _lib.jjb_rebootstrap_plan_free
    _KINDS = {1: "stage", 2: "output", 3: "warning"}

    def __init__(self, backup, event=None, job=None, **options):
        self._backup, self._stopper, self._made, self.client_dir = backup, _Stopper(), None, None
        self._options = c_void_p(_lib.jjb_rebootstrap_options_new())
        super().__init__(None)
        _set_all("rebootstrap", _REBOOTSTRAP_OPTIONS, self._options, options)
        if event is not None:
            self._callback = _RebootstrapCallback(lambda _, kind, text: self._stopper.guarded(
                lambda: event(self._KINDS[kind], text.decode(errors="replace")) and None))
            _call(_lib.jjb_rebootstrap_options_set_callback, self._options, self._callback, None, None)
        self._handle = _run(job, _lib.jjb_rebootstrap_plan_make, backup._handle, self._options, _job(job))
        self.controller = _lib.jjb_rebootstrap_plan_get_controller(self._handle).decode()
        self.restores_over_api = bool(_lib.jjb_rebootstrap_plan_get_restores_over_api(self._handle))

    def __str__(self):
        return _text(_lib.jjb_rebootstrap_plan_dup_text, self._handle)

    def run(self, job=None):
        """Bootstraps. `client_dir` knows the new controller then."""
        self._made = self._stopper.call(job, _lib.jjb_rebootstrap_run, self._handle, self._backup._handle, self._options, _job(job))
        self.client_dir = os.fsdecode(_lib.jjb_rebootstrapped_get_client_dir(self._made))

    def restore_over_ssh(self, tools=None, job=None):
        """Copies `program` and `archive` to the new machine and runs restore-backup there, with the settings of ssh of RestoreTools."""
        _call(_lib.jjb_rebootstrap_restore_over_ssh, self._handle, self._made, self._options, _keys(tools), _job(job))

    def adopt(self):
        """Writes the new controller into the client directory."""
        _call(_lib.jjb_rebootstrap_adopt, self._handle, self._made, None)

    def close(self):
        super().close()
        for name, free in (("_made", _lib.jjb_rebootstrapped_free), ("_options", _lib.jjb_rebootstrap_options_free)):
            free(getattr(self, name, None))
            setattr(self, name, None)

    __del__ = close


def version():
    return _lib.jjb_version().decode()
