/*
 * libjujubackup: makes, reads, checks, keeps, encrypts, transfers, serves, unpacks and restores backups of Juju controllers and clients.
 * The C interface.
 *
 * Rules that hold for everything below; a comment says so where something differs.
 *
 *  - Status: functions that can fail return an int32_t, JJB_STATUS_OK (0) or another JJB_STATUS_ value. Results come through out
 *    parameters, which are set to null or 0 on failure. An out parameter must not be null unless its comment allows it.
 *  - Errors: the last parameter may be null. Else it is set to null on success and on failure to an error object, to be freed with
 *    jjb_error_free (null if there was no memory for one). What it held before is overwritten, not freed.
 *  - Handles are opaque. `_new` gives null only when memory has run out. `_free` accepts null. Handles may be freed in any
 *    order: what came out of a handle stays usable when that one is gone.
 *  - `_get_` lends: a text stays valid until its handle is freed, or a setter of that handle called. `_dup_` hands over: a text is freed
 *    with jjb_string_free, a handle with its own `_free`. Getters accept a null handle and an index beyond the end: they give null, 0
 *    or "nothing there".
 *  - Setters (`_set_`, and those `_add_` that take no error parameter) return a status and copy what they are given. They fail only for a
 *    null handle, a null or impossible value, or lack of memory, and then change nothing.
 *  - Text is UTF-8 and ends with a zero byte. File names are bytes, as the system has them. Flags are 0 or 1. Sizes and offsets are bytes.
 *    A time is a pair: seconds since 1970 UTC (negative before) and 0 to 999,999,999 nanoseconds.
 *  - Threads: any number of handles may be used at the same time, each by one thread at a time. The exception is jjb_job, made
 *    for being watched and cancelled from other threads. Functions that take a job block until the work is done; the job may be null.
 *    The library may start threads of its own for the time of such a call (jjb_job_set_threads); when it returns, they are gone. Only a
 *    jjb_server has threads in between, from its start until it is stopped or freed.
 *  - Callbacks run on the thread that called the function which needs them, whatever it is: progress, notes, sources, sinks, stores. The
 *    library's own threads never call back, but for the log of a server (jjb_log_callback).
 *  - Callbacks return 0, or a status that stops the work; the work then fails with that status. A destroy callback (may be null) runs
 *    exactly once, when the library has no more use for `user`; also when the function that was given it fails. Callbacks must
 *    not throw or jump out, and must not use the handle whose call is running, except its job.
 *  - The library leaves the process alone: locale, working directory, umask, signal handlers, standard streams, environment.
 *
 * Everything is there since 0.1 unless said otherwise.
 */
#ifndef JUJUBACKUP_JUJUBACKUP_H
#define JUJUBACKUP_JUJUBACKUP_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef JJB_API
#if defined(__GNUC__)
#define JJB_API __attribute__((visibility("default")))
#else
#define JJB_API
#endif
#endif

/* The version of this header. jjb_version tells that of the library that is running. */
#define JJB_VERSION_MAJOR 0
#define JJB_VERSION_MINOR 1
#define JJB_VERSION_PATCH 0
#define JJB_VERSION_STRING "0.1.0"
/* The number in the name of the shared library. Programs built against another number do not load it. */
#define JJB_ABI_VERSION 0

/* ------------------------------------------------------------------------------------------------ constants */

/* Why something failed. Numbers are never reused; new ones may be added. */
enum {
  JJB_STATUS_OK = 0,
  JJB_STATUS_INVALID_ARGUMENT = 1, /* the caller asked for something that makes no sense */
  JJB_STATUS_NOT_FOUND = 2,        /* a file, entry, backup or program is not there */
  JJB_STATUS_EXISTS = 3,           /* the name is taken and replacing was not asked for */
  JJB_STATUS_PERMISSION = 4,       /* refused: by the system; by a controller, for password, access or certificate; no key fits */
  JJB_STATUS_NO_SPACE = 5,         /* the disk or quota is full, or would be */
  JJB_STATUS_IO = 6,               /* any other failure of the system while reading or writing */
  JJB_STATUS_CORRUPT = 7,          /* bytes that cannot be what they claim to be */
  JJB_STATUS_UNSUPPORTED = 8,      /* well-formed, but not something this library does */
  JJB_STATUS_LIMIT = 9,            /* input beyond a safety limit */
  JJB_STATUS_CANCELLED = 10,       /* somebody cancelled the job */
  JJB_STATUS_BUSY = 11,            /* another process holds what is needed */
  JJB_STATUS_PROGRAM = 12,         /* a program that was run failed, or a controller in a way of its own */
  JJB_STATUS_NO_MEMORY = 98,       /* memory has run out */
  JJB_STATUS_INTERNAL = 99         /* a defect of this library */
};

/* What a job is doing. */
enum {
  JJB_PHASE_IDLE = 0,
  JJB_PHASE_GATHERING = 1,  /* finding the files */
  JJB_PHASE_DUMPING = 2,    /* the database tool runs; bytes are unknown */
  JJB_PHASE_WRITING = 3,    /* the archive is written; bytes of content */
  JJB_PHASE_VERIFYING = 4,  /* an archive is checked; bytes of the file */
  JJB_PHASE_PUBLISHING = 5, /* made durable and visible */
  JJB_PHASE_EXTRACTING = 6, /* bytes of the file */
  JJB_PHASE_READING = 7,    /* bytes of the file */
  JJB_PHASE_COPYING = 8     /* bytes of the file */
};

/* How bad a finding is. */
enum {
  JJB_SEVERITY_NOTE = 1,
  JJB_SEVERITY_WARNING = 2, /* a restore can go on */
  JJB_SEVERITY_ERROR = 3    /* a restore would fail, or lose something */
};

/* How much of an archive is looked at. */
enum {
  JJB_DEPTH_QUICK = 1, /* record, ends, gzip chain, tar structure and metadata */
  JJB_DEPTH_FULL = 2   /* every byte */
};

/* What a report comes to: the severest of its findings. */
enum { JJB_VERDICT_OK = 0, JJB_VERDICT_WARNINGS = 1, JJB_VERDICT_BAD = 2 };

/* What an entry of an archive is. */
enum { JJB_ENTRY_FILE = 1, JJB_ENTRY_DIRECTORY = 2, JJB_ENTRY_SYMLINK = 3, JJB_ENTRY_HARDLINK = 4 };

/* What extracting does with juju-backup/root.tar. */
enum {
  JJB_ROOT_TAR_UNPACK = 1, /* its files go to juju-backup/root/ */
  JJB_ROOT_TAR_KEEP = 2    /* it is written as one file */
};

/* How hard to compress. 1 to 9 are allowed too: slower and smaller as they grow. docs/levels.md has what each costs and gains. */
enum {
  JJB_LEVEL_COMPACT = -2, /* no larger than gzip -6, but for data that hardly gets smaller at all */
  JJB_LEVEL_FAST = -1,    /* and what was compressed is not inflated again to compare it */
  JJB_LEVEL_STANDARD = 0  /* near the size of gzip -6 */
};

/* What a custom store promises (the field `properties` of jjb_store_callbacks). */
enum {
  JJB_STORE_WRITABLE = 1,
  JJB_STORE_DURABLE_ON_RETURN = 2, /* a committed blob survives a power cut */
  JJB_STORE_ATOMIC_REPLACE = 4,    /* with `replace`, readers see the old bytes or the new ones */
  JJB_STORE_EXCLUSIVE_CREATE = 8   /* without `replace`, exactly one of several writers of a name succeeds */
};

/* What a controller can do about backups (jjb_controller_get_offers). */
enum {
  JJB_OFFER_CREATE = 1,
  JJB_OFFER_KEEP_COPY = 2,    /* a new backup stays on the controller on request (2.4 - 2.9.21) */
  JJB_OFFER_ALWAYS_KEEPS = 4, /* every backup stays on the controller (2.0 - 2.3) */
  JJB_OFFER_STORED = 8,       /* list, show and download by ID (2.0 - 2.9.21) */
  JJB_OFFER_REMOVE = 16,      /* 2.0 - 2.9.21 */
  JJB_OFFER_REMOVE_MANY = 32, /* several IDs in one call, each with its own result (2.4 - 2.9.21) */
  JJB_OFFER_UPLOAD = 64,      /* 2.0 - 2.9.21 */
  JJB_OFFER_ONE_SHOT = 128,   /* a backup that was not kept can be downloaded once; then the controller deletes it (2.4 - 3.x) */
  JJB_OFFER_RESTORE = 256     /* restoring over the API (2.0 - 2.9.21) */
};

/* What a restore of a client directory does with one path. */
enum {
  JJB_CLIENT_ACTION_CREATE = 1,
  JJB_CLIENT_ACTION_OVERWRITE = 2, /* something else is there; needs force */
  JJB_CLIENT_ACTION_SAME = 3,      /* what is there is what the backup has; at most the mode changes */
  JJB_CLIENT_ACTION_LEAVE = 4,     /* it is not in the backup, or not wanted, and stays */
  JJB_CLIENT_ACTION_MERGE = 5,     /* entries of single controllers go into the file that is there */
  JJB_CLIENT_ACTION_REFUSE = 6     /* never restored: a link that leads out of the directory */
};

/* How the backup of a client directory and the directory differ in something. */
enum {
  JJB_CLIENT_DIFFERENCE_ONLY_IN_BACKUP = 1,
  JJB_CLIENT_DIFFERENCE_ONLY_HERE = 2,
  JJB_CLIENT_DIFFERENCE_SAME = 3,
  JJB_CLIENT_DIFFERENCE_DIFFERS = 4
};

/* How far a restore of a client directory is that is neither committed nor undone. */
enum {
  JJB_CLIENT_STATE_STAGED = 1,     /* it was stopped before anything was changed: the old directory is in place */
  JJB_CLIENT_STATE_STOPPED = 2,    /* between its steps: the old directory is in place, or none, or the cookie jar is not yet replaced */
  JJB_CLIENT_STATE_RESTORED = 3,   /* the new directory is in place, the old one is kept */
  JJB_CLIENT_STATE_COMMITTING = 4, /* the new directory is in place, the old one is being removed */
  JJB_CLIENT_STATE_UNDOING = 5,    /* the old directory was being put back */
  JJB_CLIENT_STATE_CHANGED = 6     /* somebody moved the directories since; nothing is touched any more */
};

/* What is restored (docs/restore.md). */
enum {
  JJB_RESTORE_KIND_DATABASE_ONLY = 1,        /* the same controller, also with HA, run on the primary; what juju-restore does */
  JJB_RESTORE_KIND_FULL_MACHINE = 2,         /* files and database of a machine */
  JJB_RESTORE_KIND_COPY_CONTROLLER = 3,      /* users, clouds, permissions and settings, into another controller */
  JJB_RESTORE_KIND_FILES_ONLY = 4,           /* what root.tar holds; the database stays */
  JJB_RESTORE_KIND_RECOVER_SURVIVOR = 5,     /* the last node of an HA set becomes a controller of its own */
  JJB_RESTORE_KIND_SINGLE_THEN_ENABLE_HA = 6 /* as full machine; what the backup says of other controller machines is removed */
};

/* What a check of a restore comes to. */
enum {
  JJB_CHECK_OK = 0,
  JJB_CHECK_WARNING = 1,
  JJB_CHECK_BLOCKER = 2 /* nothing is restored, unless it can be and is overridden */
};

/* How far a step of a restore is. */
enum {
  JJB_STEP_PENDING = 0,
  JJB_STEP_BEGUN = 1, /* it is running, or was when the process ended */
  JJB_STEP_DONE = 2,
  JJB_STEP_FAILED = 3,
  JJB_STEP_UNDONE = 4,
  JJB_STEP_UNDO_FAILED = 5
};

/* How far a restore is. */
enum {
  JJB_RESTORE_STATE_INTERRUPTED = 1, /* the process ended in the midst: resume or undo */
  JJB_RESTORE_STATE_RESTORED = 2,    /* all steps are done, what was replaced is kept: commit or undo */
  JJB_RESTORE_STATE_FAILED = 3,      /* a step failed and nothing was undone, as asked: resume or undo */
  JJB_RESTORE_STATE_UNDONE = 4,      /* everything is as before */
  JJB_RESTORE_STATE_UNDO_FAILED = 5, /* as before, but for the steps that say so: undo tries again */
  JJB_RESTORE_STATE_COMMITTED = 6    /* nothing is kept any more */
};

/* What the event callback of a restore is told. */
enum {
  JJB_RESTORE_EVENT_STEP_BEGINS = 1,
  JJB_RESTORE_EVENT_STEP_ENDS = 2,
  JJB_RESTORE_EVENT_UNDO_BEGINS = 3,
  JJB_RESTORE_EVENT_UNDO_ENDS = 4,
  JJB_RESTORE_EVENT_NOTE = 5
};

/* How far a restore over a controller's API is. */
enum {
  JJB_REMOTE_STAGE_CHECKING = 1, /* the release, the number of controllers, the backup; of an archive every byte */
  JJB_REMOTE_STAGE_PREPARING = 2,
  JJB_REMOTE_STAGE_UPLOADING = 3, /* the job has the bytes */
  JJB_REMOTE_STAGE_RESTORING = 4, /* the controller says nothing until it is done */
  JJB_REMOTE_STAGE_WAITING = 5,   /* for the controller, which has started again */
  JJB_REMOTE_STAGE_FINISHING = 6,
  JJB_REMOTE_STAGE_CLEANING_UP = 7 /* since something failed */
};

/* What became of a restore that another client had begun over a controller's API. */
enum {
  JJB_REMOTE_END_FINISHED = 1, /* it had been done, which is now confirmed */
  JJB_REMOTE_END_RELEASED = 2, /* it had not: it counts as failed, and the controller can be used */
  JJB_REMOTE_END_NOTHING = 3   /* none was going on */
};

/* What the callback of a new bootstrap is told. */
enum {
  JJB_REBOOTSTRAP_EVENT_STAGE = 1,
  JJB_REBOOTSTRAP_EVENT_OUTPUT = 2, /* a line that a program printed */
  JJB_REBOOTSTRAP_EVENT_WARNING = 3
};

/* ------------------------------------------------------------------------------------------------ handles */

typedef struct jjb_error jjb_error;
typedef struct jjb_job jjb_job;
typedef struct jjb_metadata jjb_metadata;
typedef struct jjb_archive jjb_archive;
typedef struct jjb_archive_input jjb_archive_input;
typedef struct jjb_write_options jjb_write_options;
typedef struct jjb_write_result jjb_write_result;
typedef struct jjb_entry_list jjb_entry_list;
typedef struct jjb_extract_options jjb_extract_options;
typedef struct jjb_extract_report jjb_extract_report;
typedef struct jjb_verify_options jjb_verify_options;
typedef struct jjb_verify_report jjb_verify_report;
typedef struct jjb_store jjb_store;
typedef struct jjb_listing jjb_listing;
typedef struct jjb_record jjb_record;
typedef struct jjb_create_options jjb_create_options;
typedef struct jjb_dump_facts jjb_dump_facts;
typedef struct jjb_connect_options jjb_connect_options;
typedef struct jjb_controller jjb_controller;
typedef struct jjb_remote_create_options jjb_remote_create_options;
typedef struct jjb_remote_backup jjb_remote_backup;
typedef struct jjb_metadata_list jjb_metadata_list;
typedef struct jjb_remove_results jjb_remove_results;
typedef struct jjb_server_options jjb_server_options;
typedef struct jjb_server jjb_server;
typedef struct jjb_recipients jjb_recipients;
typedef struct jjb_identities jjb_identities;
typedef struct jjb_encrypted_facts jjb_encrypted_facts;
typedef struct jjb_add_options jjb_add_options;
typedef struct jjb_client_backup_options jjb_client_backup_options;
typedef struct jjb_client_record jjb_client_record;
typedef struct jjb_client_restore_options jjb_client_restore_options;
typedef struct jjb_client_plan jjb_client_plan;
typedef struct jjb_client_restore_result jjb_client_restore_result;
typedef struct jjb_client_unfinished jjb_client_unfinished;
typedef struct jjb_restore_options jjb_restore_options;
typedef struct jjb_restore_tools jjb_restore_tools;
typedef struct jjb_restore_plan jjb_restore_plan;
typedef struct jjb_restore_report jjb_restore_report;
typedef struct jjb_remote_restore_options jjb_remote_restore_options;
typedef struct jjb_remote_restore_result jjb_remote_restore_result;
typedef struct jjb_rebootstrap_options jjb_rebootstrap_options;
typedef struct jjb_rebootstrap_plan jjb_rebootstrap_plan;
typedef struct jjb_rebootstrapped jjb_rebootstrapped;

/* Called once when the library has no more use for `user`, on whichever thread that happens. */
typedef void (*jjb_destroy_callback)(void* user);

/* ------------------------------------------------------------------------------------------------ library */

/** The version of the library that is running, e.g. "0.1.0". Never null; never freed. */
JJB_API const char* jjb_version(void);

/** JJB_ABI_VERSION of the library that is running. */
JJB_API uint32_t jjb_abi_version(void);

/** One line for a bug report: the versions of this library and of those it uses. */
JJB_API int32_t jjb_version_dup_details(char** text, jjb_error** error);

/** Frees a text that a `_dup_` function handed over. Null is fine. */
JJB_API void jjb_string_free(char* text);

/* ------------------------------------------------------------------------------------------------ errors */

/**
 * Makes an error object, for callbacks that want to say more than a status. `status` is a JJB_STATUS_ value other than
 * JJB_STATUS_OK; others become JJB_STATUS_INTERNAL. `message` is one line, lower case, no full stop, no secrets; null counts as "".
 * `retry` is 1 if trying again may help. Null if memory has run out.
 */
JJB_API jjb_error* jjb_error_new(int32_t status, const char* message, int32_t retry);

/** The JJB_STATUS_ value that the failed function returned as well. JJB_STATUS_OK for null. */
JJB_API int32_t jjb_error_get_code(const jjb_error* error);

/** What went wrong, without where: one line, lower case, no full stop, no secrets. "" for null. */
JJB_API const char* jjb_error_get_message(const jjb_error* error);

/** Context and message in one line: "reading a.tar.gz: entry 7: gzip checksum mismatch". "" for null. */
JJB_API const char* jjb_error_get_text(const jjb_error* error);

/** How many lines of context there are. */
JJB_API size_t jjb_error_get_context_count(const jjb_error* error);

/** What was being done; index 0 is the outermost. */
JJB_API const char* jjb_error_get_context(const jjb_error* error, size_t index);

/** 1 if the same call may succeed later with nothing changed by the caller. */
JJB_API int32_t jjb_error_get_retry(const jjb_error* error);

/** The errno with which the system refused, else 0. */
JJB_API int32_t jjb_error_get_system_error(const jjb_error* error);

/** Frees an error object. Null is fine. */
JJB_API void jjb_error_free(jjb_error* error);

/** A short stable name of a status, e.g. "not-found"; "ok" for 0, "unknown" for others. Never null; never freed. */
JJB_API const char* jjb_status_get_name(int32_t status);

/* ------------------------------------------------------------------------------------------------ jobs */

/**
 * Called on the thread that called the operation, at each change of phase and at most about ten times a second in between.
 * `phase` is a JJB_PHASE_ value; `total_bytes` is 0 where it is not known. Anything but 0 stops the work as jjb_job_cancel does.
 */
typedef int32_t (*jjb_progress_callback)(void* user, int32_t phase, uint64_t done_bytes, uint64_t total_bytes);

/**
 * Something worth telling a person, e.g. "skipping socket var/lib/juju/x.sock". `text` is valid during the call only. Anything but 0 stops
 * the work as jjb_job_cancel does.
 */
typedef int32_t (*jjb_note_callback)(void* user, const char* text);

/**
 * A token for watching and cancelling one operation at a time. It may be given to one operation after another; once cancelled it
 * stays so. It may be freed while an operation still uses it.
 */
JJB_API jjb_job* jjb_job_new(void);

/**
 * Asks the operation that uses the job to stop: it fails with JJB_STATUS_CANCELLED soon after and leaves nothing behind, except that
 * files extracted so far stay. Returns at once. Any thread, also within a callback; null is fine.
 */
JJB_API void jjb_job_cancel(jjb_job* job);

/** 1 once jjb_job_cancel was called. Any thread. */
JJB_API int32_t jjb_job_get_cancelled(const jjb_job* job);

/**
 * How far the operation is. Any thread, at any time; the three values are read one after another and may be some milliseconds
 * apart. `phase` is a JJB_PHASE_ value, `total_bytes` 0 where it is not known. Each of the three may be null.
 */
JJB_API void jjb_job_get_progress(const jjb_job* job, int32_t* phase, uint64_t* done_bytes, uint64_t* total_bytes);

/**
 * Has `callback` told about progress; null ends that. Set it before the operation starts. `destroy` may be null and runs when the
 * callback is replaced or the job and the operations that use it have ended, and also if this function fails.
 */
JJB_API int32_t jjb_job_set_progress_callback(jjb_job* job, jjb_progress_callback callback, void* user, jjb_destroy_callback destroy,
                                              jjb_error** error);

/** The same for notes: things that were left out or need attention while the work goes on. */
JJB_API int32_t jjb_job_set_note_callback(jjb_job* job, jjb_note_callback callback, void* user, jjb_destroy_callback destroy,
                                          jjb_error** error);

/**
 * How many threads compress, inflate and digest, the calling one among them, which also reads and writes. 0, the default: one for each
 * core that the process may run on. 1: no thread is started. More than 20 count as 20. Set it before the operation starts. What is made
 * does not depend on it.
 */
JJB_API int32_t jjb_job_set_threads(jjb_job* job, uint32_t threads);

/** Frees the job. Null is fine. */
JJB_API void jjb_job_free(jjb_job* job);

/** A short stable name of a JJB_PHASE_ value, e.g. "verifying"; "unknown" for others. Never null; never freed. */
JJB_API const char* jjb_phase_get_name(int32_t phase);

/* ------------------------------------------------------------------------------------------------ IDs, versions, times */

/**
 * The ID of a backup of the controller model `model_uuid` that was started at that time: "YYYYMMDD-HHMMSS.<UUID>".
 * An empty `model_uuid` gives "<unknown>" in its place, as Juju does. Expect: invalid argument for years beyond 1 to 9999.
 */
JJB_API int32_t jjb_backup_id_dup_made(int64_t started_s, uint32_t started_ns, const char* model_uuid, char** id, jjb_error** error);

/** 1 if `id` has the form of a backup ID and is safe as a part of a file name. 0 for null. */
JJB_API int32_t jjb_backup_id_check(const char* id);

/** The file name that a store uses for a backup: "juju-backup-<ID>.tar.gz". Expect: invalid argument for what is no ID. */
JJB_API int32_t jjb_backup_id_dup_file_name(const char* id, char** file_name, jjb_error** error);

/**
 * Splits a Juju version: "2.9.51", "2.9-beta1.1", "3.6.22.1". `tag` is handed over, "" where there is none; with a tag, `patch` is the
 * number after it. Each out parameter may be null. Expect: corrupt `invalid version "x"`.
 */
JJB_API int32_t jjb_juju_version_parse(const char* text, uint32_t* major, uint32_t* minor, char** tag, uint32_t* patch, uint32_t* build,
                                       jjb_error** error);

/** Compares two Juju versions as Juju does: `order` is -1, 0 or 1. Tagged versions come before untagged ones. Expect: corrupt. */
JJB_API int32_t jjb_juju_version_compare(const char* left, const char* right, int32_t* order, jjb_error** error);

/** "2016-10-13T09:15:00.12Z": RFC 3339 with as many digits as are needed. Expect: invalid argument for years beyond 1 to 9999. */
JJB_API int32_t jjb_time_dup_rfc3339(int64_t seconds, uint32_t nanoseconds, char** text, jjb_error** error);

/** Reads RFC 3339 with any offset and any number of digits; those beyond nine are cut. Expect: corrupt. */
JJB_API int32_t jjb_time_parse_rfc3339(const char* text, int64_t* seconds, uint32_t* nanoseconds, jjb_error** error);

/* ------------------------------------------------------------------------------------------------ metadata */

/**
 * Reads the backup record of any Juju (metadata.json, format 0, 1 or 2). `json` need not end with a zero byte. Keys match without
 * regard to case, unknown ones are ignored. Expect: unsupported for other formats, corrupt, limit beyond 1 MiB.
 */
JJB_API int32_t jjb_metadata_parse(const char* json, size_t size_bytes, jjb_metadata** metadata, jjb_error** error);

/** A record of format 1 with nothing in it, for the setters below. */
JJB_API jjb_metadata* jjb_metadata_new(void);

/** Frees the record. Null is fine. */
JJB_API void jjb_metadata_free(jjb_metadata* metadata);

/** 0, 1 or 2; INT64_MAX in a record that was made up for an archive without one. */
JJB_API int64_t jjb_metadata_get_format_version(const jjb_metadata* metadata);

/** The backup ID, "" until a store has given one. */
JJB_API const char* jjb_metadata_get_id(const jjb_metadata* metadata);

/** Base64 of the SHA-1 of the archive file, "" if not set. */
JJB_API const char* jjb_metadata_get_checksum(const jjb_metadata* metadata);

/** "SHA-1, base64 encoded", or "". */
JJB_API const char* jjb_metadata_get_checksum_format(const jjb_metadata* metadata);

/** Of the archive file; 0 if not set. */
JJB_API int64_t jjb_metadata_get_size_bytes(const jjb_metadata* metadata);

/** When the archive was stored. Returns 1 if that is set, else 0 and two zeros. The out parameters may be null. */
JJB_API int32_t jjb_metadata_get_stored(const jjb_metadata* metadata, int64_t* seconds, uint32_t* nanoseconds);

/** When the backup was started. Returns 1 if that is set, else 0 and two zeros. The out parameters may be null. */
JJB_API int32_t jjb_metadata_get_started(const jjb_metadata* metadata, int64_t* seconds, uint32_t* nanoseconds);

/** When the backup was finished. Returns 1 if that is set, else 0 and two zeros. The out parameters may be null. */
JJB_API int32_t jjb_metadata_get_finished(const jjb_metadata* metadata, int64_t* seconds, uint32_t* nanoseconds);

/** What the person who made the backup wrote. */
JJB_API const char* jjb_metadata_get_notes(const jjb_metadata* metadata);

/** UUID of the controller model. */
JJB_API const char* jjb_metadata_get_model_uuid(const jjb_metadata* metadata);

/** ID of the machine on which the backup was made: "0". */
JJB_API const char* jjb_metadata_get_machine(const jjb_metadata* metadata);

/** Its host name. */
JJB_API const char* jjb_metadata_get_hostname(const jjb_metadata* metadata);

/** Juju's version there: "2.9.51". "9999.9999.9999" stands for unknown. */
JJB_API const char* jjb_metadata_get_version(const jjb_metadata* metadata);

/** "xenial" (Juju 2.0 - 2.9); null if the record has no such key. */
JJB_API const char* jjb_metadata_get_series(const jjb_metadata* metadata);

/** "ubuntu@22.04" (Juju 3); null if the record has no such key. */
JJB_API const char* jjb_metadata_get_base(const jjb_metadata* metadata);

/** Formats 1 and 2; else "". */
JJB_API const char* jjb_metadata_get_controller_uuid(const jjb_metadata* metadata);

/** Number of controller machines; formats 1 and 2, else 0. */
JJB_API int64_t jjb_metadata_get_ha_nodes(const jjb_metadata* metadata);

/** Formats 1 and 2; else "". */
JJB_API const char* jjb_metadata_get_controller_machine_id(const jjb_metadata* metadata);

/** Formats 1 and 2; else "". */
JJB_API const char* jjb_metadata_get_controller_machine_instance_id(const jjb_metadata* metadata);

/** The controller's CA certificate in PEM; null if the record has none. */
JJB_API const char* jjb_metadata_get_ca_cert(const jjb_metadata* metadata);

/**
 * The private key of the controller's CA: a SECRET, which nothing else gives away unasked, and which only records read from an
 * archive or by jjb_metadata_parse, or given it by its setter, hold. jjb_string_free wipes it. Expect: not found if the record has none.
 */
JJB_API int32_t jjb_metadata_dup_ca_private_key(const jjb_metadata* metadata, char** pem, jjb_error** error);

/**
 * The record as Juju writes it for its format version, byte for byte, with a newline at the end. With `with_ca_private_key` 0 an
 * empty text stands in the place of that SECRET. Expect: invalid argument for a record that was made up.
 */
JJB_API int32_t jjb_metadata_dup_file_json(const jjb_metadata* metadata, int32_t with_ca_private_key, char** text, jjb_error** error);

/** The twelve lines that `juju show-backup` prints in 2.0 - 2.7. */
JJB_API int32_t jjb_metadata_dup_text_2_0(const jjb_metadata* metadata, char** text, jjb_error** error);

/** The block that `juju show-backup` prints since 2.8; with `with_id` 0 what `juju create-backup` prints since 2.9.22. */
JJB_API int32_t jjb_metadata_dup_text_2_8(const jjb_metadata* metadata, int32_t with_id, char** text, jjb_error** error);

/** For scripts: JSON with lower-case-hyphen keys; unset and unknown values and the CA private key left out. */
JJB_API int32_t jjb_metadata_dup_json(const jjb_metadata* metadata, char** text, jjb_error** error);

/** The same as YAML. */
JJB_API int32_t jjb_metadata_dup_yaml(const jjb_metadata* metadata, char** text, jjb_error** error);

/** When the backup was started; part of its ID. Invalid argument for years beyond 1 to 9999. */
JJB_API int32_t jjb_metadata_set_started(jjb_metadata* metadata, int64_t seconds, uint32_t nanoseconds);

/** What a person wants to remember about the backup. */
JJB_API int32_t jjb_metadata_set_notes(jjb_metadata* metadata, const char* notes);

/** UUID of the controller model; part of the backup's ID. */
JJB_API int32_t jjb_metadata_set_model_uuid(jjb_metadata* metadata, const char* model_uuid);

/** ID of the machine: "0". */
JJB_API int32_t jjb_metadata_set_machine(jjb_metadata* metadata, const char* machine);

/** Its host name. */
JJB_API int32_t jjb_metadata_set_hostname(jjb_metadata* metadata, const char* hostname);

/** Juju's version: "2.9.51". Leaves the format alone. Invalid argument for what is no version. */
JJB_API int32_t jjb_metadata_set_version(jjb_metadata* metadata, const char* version);

/** "xenial" (Juju 2.0 - 2.9). Null: the record has no such key. */
JJB_API int32_t jjb_metadata_set_series(jjb_metadata* metadata, const char* series);

/** "ubuntu@22.04" (Juju 3); wins over a series. Null: the record has no such key. */
JJB_API int32_t jjb_metadata_set_base(jjb_metadata* metadata, const char* base);

/** Formats 1 and 2. */
JJB_API int32_t jjb_metadata_set_controller_uuid(jjb_metadata* metadata, const char* controller_uuid);

/** Number of controller machines, 0 or more; formats 1 and 2. */
JJB_API int32_t jjb_metadata_set_ha_nodes(jjb_metadata* metadata, int64_t ha_nodes);

/** Formats 1 and 2. */
JJB_API int32_t jjb_metadata_set_controller_machine_id(jjb_metadata* metadata, const char* controller_machine_id);

/** The machine's ID in its cloud; formats 1 and 2. */
JJB_API int32_t jjb_metadata_set_controller_machine_instance_id(jjb_metadata* metadata, const char* instance_id);

/** The controller's CA certificate in PEM (Juju 2.0 - 2.9.31). Null: the record has no such key. */
JJB_API int32_t jjb_metadata_set_ca_cert(jjb_metadata* metadata, const char* pem);

/** The private key of the controller's CA: a SECRET (Juju 2.0 - 2.9.31). Null: the record has no such key. */
JJB_API int32_t jjb_metadata_set_ca_private_key(jjb_metadata* metadata, const char* pem);

/**
 * A copy of the record as Juju of that version writes it: its format, and which of series, base and the CA keys are there. Values that it
 * has no place for are dropped, missing ones become "". `version` may be null: the one in the record. The record's version stays as
 * it is. Expect: invalid argument for what is no version.
 */
JJB_API int32_t jjb_metadata_dup_with_flavour_of(const jjb_metadata* metadata, const char* version, jjb_metadata** flavoured,
                                                 jjb_error** error);

/* ------------------------------------------------------------------------------------------------ sources and sinks */

/**
 * A caller's own way of reading bytes. Fill it with jjb_source_callbacks_init first, so that programs keep working when functions are
 * appended. The library copies the table. `error` is never null in a callback and may be left alone; an object from jjb_error_new that
 * is put there is taken over.
 */
typedef struct jjb_source_callbacks {
  size_t size;                  /* of this struct, from jjb_source_callbacks_init */
  void* user;                   /* handed to each callback */
  jjb_destroy_callback destroy; /* may be null */
  /* Up to `capacity_bytes` from the current position; `*read_bytes` 0 only at the end. Required. */
  int32_t (*read)(void* user, void* into, size_t capacity_bytes, size_t* read_bytes, jjb_error** error);
  /* The same from an offset, without moving the position. Null: no random access, which is slower. */
  int32_t (*read_at)(void* user, uint64_t offset, void* into, size_t capacity_bytes, size_t* read_bytes, jjb_error** error);
  /* The number of bytes in all. Null: not known. Not called for each read; must not change. */
  int32_t (*size_of)(void* user, uint64_t* size_bytes, jjb_error** error);
  /* Back to the first byte. Null: not possible, so that an archive can be used for one operation only. */
  int32_t (*rewind)(void* user, jjb_error** error);
} jjb_source_callbacks;

/** Sets every field to null but `size`. Null is fine. */
JJB_API void jjb_source_callbacks_init(jjb_source_callbacks* callbacks);

/** Takes `size_bytes` bytes, all of them, or returns a status. `bytes` is valid during the call only. */
typedef int32_t (*jjb_write_callback)(void* user, const void* bytes, size_t size_bytes, jjb_error** error);

/* ------------------------------------------------------------------------------------------------ encryption */

/*
 * Files in the age format (age-encryption.org/v1), which the tools age and rage open as well. A file is encrypted to recipients: public
 * keys, any number of them, or one passphrase alone. The identity of each of them opens it.
 *
 * Recipients and identities are shared with what they are given to (a store, options), which may live longer. From then on nothing can be
 * added to them: invalid argument. What they hold of secrets is wiped when the last that uses them is freed.
 */

/** Nobody yet. */
JJB_API jjb_recipients* jjb_recipients_new(void);

/** Frees the recipients, and wipes a passphrase. Null is fine. */
JJB_API void jjb_recipients_free(jjb_recipients* recipients);

/**
 * Adds one: "age1...", or a public SSH key, "ssh-ed25519 AAAA..." or "ssh-rsa AAAA...", with or without a comment. Expect: invalid argument
 * if it is none; unsupported for keys of another kind; limit beyond 1000.
 */
JJB_API int32_t jjb_recipients_add(jjb_recipients* recipients, const char* recipient, jjb_error** error);

/** Adds those in a file, one on each line; empty lines and those that begin with "#" are skipped. The error names the line. */
JJB_API int32_t jjb_recipients_add_file(jjb_recipients* recipients, const char* path, jjb_error** error);

/**
 * In place of recipients: only the passphrase, a SECRET, opens the file. `work_factor` is 1 to 22, or 0 for the usual one: about a second
 * and 256 MiB of memory; each step up doubles both. Invalid argument for an empty passphrase, and where there are recipients.
 */
JJB_API int32_t jjb_recipients_set_passphrase(jjb_recipients* recipients, const char* passphrase, uint32_t work_factor);

/** Nothing yet. */
JJB_API jjb_identities* jjb_identities_new(void);

/** Frees the identities, and wipes them. Null is fine. */
JJB_API void jjb_identities_free(jjb_identities* identities);

/**
 * Adds what an identity file holds, a SECRET: lines with AGE-SECRET-KEY-1..., others empty or beginning with "#"; or one private SSH key in
 * OpenSSH's form or PEM. Expect: invalid argument, which names the line and never its content; unsupported for keys of another kind, or
 * that are themselves protected by a passphrase.
 */
JJB_API int32_t jjb_identities_add(jjb_identities* identities, const char* text, jjb_error** error);

/** Adds those in a file or pipe. Expect besides: not found, permission, limit beyond 1 MiB. */
JJB_API int32_t jjb_identities_add_file(jjb_identities* identities, const char* path, jjb_error** error);

/**
 * For files that are encrypted to a passphrase, a SECRET. One that asks for a higher work factor than this is refused with limit; 0 stands
 * for the highest, 22: 4 GiB of memory. Invalid argument for an empty passphrase.
 */
JJB_API int32_t jjb_identities_set_passphrase(jjb_identities* identities, const char* passphrase, uint32_t highest_work_factor);

/**
 * Makes a new key pair: `identity`, a SECRET, for an identity file or jjb_identities_add, and `recipient`, which is public. Each is
 * freed with jjb_string_free, which wipes it.
 */
JJB_API int32_t jjb_keygen(char** identity, char** recipient, jjb_error** error);

/**
 * Encrypts the file `from` into the file `to`, which is 0600 and appears under its name when it is complete and on stable storage. With
 * `armor` 1 as text, a third larger. `size_bytes`, of the new file, may be null. Expect: invalid argument without recipients; not found;
 * exists, unless `replace` is 1; no space.
 */
JJB_API int32_t jjb_encrypt_file(const char* from, const char* to, const jjb_recipients* recipients, int32_t armor, int32_t replace,
                                 jjb_job* job, uint64_t* size_bytes, jjb_error** error);

/**
 * Decrypts in the same way; binary or armored is found out. Expect: permission if no identity fits, or for a wrong passphrase; corrupt for
 * damage, and for what is not encrypted; limit; unsupported for another version of the format; those of jjb_encrypt_file.
 */
JJB_API int32_t jjb_decrypt_file(const char* from, const char* to, const jjb_identities* identities, int32_t replace, jjb_job* job,
                                 uint64_t* size_bytes, jjb_error** error);

/** 1 if a file that begins with these bytes is encrypted; 64 of them are enough. 0 for null. */
JJB_API int32_t jjb_encrypted_check(const void* bytes, size_t size_bytes);

/**
 * What can be told of an encrypted file without an identity; none of it is authenticated. Reads all of it. Expect: those of
 * jjb_decrypt_file, but for the ones that need a key.
 */
JJB_API int32_t jjb_encrypted_facts_read_file(const char* path, jjb_encrypted_facts** facts, jjb_error** error);

/** 1 if it is armored. */
JJB_API int32_t jjb_encrypted_facts_get_armored(const jjb_encrypted_facts* facts);

/** How many recipients it has. */
JJB_API size_t jjb_encrypted_facts_get_recipient_count(const jjb_encrypted_facts* facts);

/** "X25519", "scrypt" (a passphrase), "ssh-ed25519", "ssh-rsa", or what a later age wrote. */
JJB_API const char* jjb_encrypted_facts_get_recipient_kind(const jjb_encrypted_facts* facts, size_t index);

/** What it holds, by the length of the file. */
JJB_API uint64_t jjb_encrypted_facts_get_content_bytes(const jjb_encrypted_facts* facts);

/** Frees the facts. Null is fine. */
JJB_API void jjb_encrypted_facts_free(jjb_encrypted_facts* facts);

/* ------------------------------------------------------------------------------------------------ archives */

/** Opens an archive file of any origin. Looks at its first bytes only. Expect: not found, permission, corrupt if that is no gzip. */
JJB_API int32_t jjb_archive_open(const char* path, jjb_archive** archive, jjb_error** error);

/** The same for bytes that come through callbacks. `name` is for messages (no secrets); null counts as "". */
JJB_API int32_t jjb_archive_open_source(const jjb_source_callbacks* source, const char* name, jjb_archive** archive, jjb_error** error);

/**
 * Opens an archive file that may be encrypted; one that is not is opened as it is. With random access (a file that is not armored) as
 * quick as jjb_archive_open. Expect besides: permission `<name> is encrypted: an identity is needed` with null or without one that
 * fits; those of jjb_decrypt_file.
 */
JJB_API int32_t jjb_archive_open_encrypted(const char* path, const jjb_identities* identities, jjb_archive** archive, jjb_error** error);

/** Frees the archive and closes its file. Null is fine. */
JJB_API void jjb_archive_free(jjb_archive* archive);

/** The path, URL or name it was opened by. */
JJB_API const char* jjb_archive_get_name(const jjb_archive* archive);

/** The size of the file. Returns 1 if that is known, else 0 and `*size_bytes` 0. */
JJB_API int32_t jjb_archive_get_size_bytes(const jjb_archive* archive, uint64_t* size_bytes);

/**
 * The record in juju-backup/metadata.json. `*metadata` is null, and the status good, if the archive has none (Juju 1.20 and older).
 * Stops reading when it was found: a few KiB for archives of this library. Expect: corrupt, unsupported.
 */
JJB_API int32_t jjb_archive_read_metadata(jjb_archive* archive, jjb_job* job, jjb_metadata** metadata, jjb_error** error);

/**
 * The same with size, times and, if `with_checksum`, SHA-1 of the file filled in; a made-up record for an archive without one.
 * With the checksum it reads the whole file.
 */
JJB_API int32_t jjb_archive_read_metadata_with_file_facts(jjb_archive* archive, int32_t with_checksum, jjb_job* job,
                                                          jjb_metadata** metadata, jjb_error** error);

/** Every entry in the order of the archive; with `inside_root_tar` also those of root.tar. Expect: corrupt, limit. */
JJB_API int32_t jjb_archive_list(jjb_archive* archive, int32_t inside_root_tar, jjb_job* job, jjb_entry_list** entries, jjb_error** error);

/**
 * Hands the content of the file at `path` to `write`, piece by piece. Names are those of jjb_archive_list; what lies in root.tar is
 * below "juju-backup/root.tar/". Expect: not found, corrupt.
 */
JJB_API int32_t jjb_archive_read_entry(jjb_archive* archive, const char* path, jjb_write_callback write, void* user, jjb_job* job,
                                       jjb_error** error);

/**
 * Unpacks below the folder `target`, which is made if missing. Never writes outside of it, follows no link that is in it, replaces no file
 * that exists. `options` may be null: everything, root.tar unpacked, owners left alone. `report` may be null. Expect: not found for a
 * wanted name that is not there (after the others were extracted), exists, corrupt. What was unpacked before a failure stays.
 */
JJB_API int32_t jjb_archive_extract(jjb_archive* archive, const char* target, const jjb_extract_options* options, jjb_job* job,
                                    jjb_extract_report** report, jjb_error** error);

/**
 * Checks the archive. A bad archive is no failure: the status is good and the report says what is wrong. `options` may be null: full
 * depth, nothing recorded. Expect: io when the file cannot be read.
 */
JJB_API int32_t jjb_archive_verify(jjb_archive* archive, const jjb_verify_options* options, jjb_job* job, jjb_verify_report** report,
                                   jjb_error** error);

/** How many entries there are. */
JJB_API size_t jjb_entry_list_get_count(const jjb_entry_list* entries);

/** "juju-backup/dump/juju/models.bson"; below "juju-backup/root.tar/" for what lies in root.tar. */
JJB_API const char* jjb_entry_list_get_path(const jjb_entry_list* entries, size_t index);

/** A JJB_ENTRY_ value. */
JJB_API int32_t jjb_entry_list_get_type(const jjb_entry_list* entries, size_t index);

/** Of the content. */
JJB_API uint64_t jjb_entry_list_get_size_bytes(const jjb_entry_list* entries, size_t index);

/** Permission bits, 07777. */
JJB_API uint32_t jjb_entry_list_get_mode(const jjb_entry_list* entries, size_t index);

/** Number of the owner. */
JJB_API int64_t jjb_entry_list_get_uid(const jjb_entry_list* entries, size_t index);

/** Number of the group. */
JJB_API int64_t jjb_entry_list_get_gid(const jjb_entry_list* entries, size_t index);

/** When the content was changed, in seconds since 1970. */
JJB_API int64_t jjb_entry_list_get_mtime_s(const jjb_entry_list* entries, size_t index);

/** Where a link points, as stored; for a hard link a path of the archive. "" for others. */
JJB_API const char* jjb_entry_list_get_link_target(const jjb_entry_list* entries, size_t index);

/** Frees the entries. Null is fine. */
JJB_API void jjb_entry_list_free(jjb_entry_list* entries);

/** Everything, root.tar unpacked, owners left alone. */
JJB_API jjb_extract_options* jjb_extract_options_new(void);

/** Frees the options. Null is fine. */
JJB_API void jjb_extract_options_free(jjb_extract_options* options);

/** Adds a path to unpack, as jjb_archive_list names it. A folder, or root.tar, stands for all below it. Without any: everything. */
JJB_API int32_t jjb_extract_options_add_name(jjb_extract_options* options, const char* name);

/** A JJB_ROOT_TAR_ value. */
JJB_API int32_t jjb_extract_options_set_root_tar(jjb_extract_options* options, int32_t root_tar);

/** With 1, owner and group are restored; needs root. */
JJB_API int32_t jjb_extract_options_set_owners(jjb_extract_options* options, int32_t owners);

/** Files written. */
JJB_API uint64_t jjb_extract_report_get_files(const jjb_extract_report* report);

/** Folders made. */
JJB_API uint64_t jjb_extract_report_get_directories(const jjb_extract_report* report);

/** Symbolic and hard links made. */
JJB_API uint64_t jjb_extract_report_get_links(const jjb_extract_report* report);

/** Bytes written into files. */
JJB_API uint64_t jjb_extract_report_get_bytes(const jjb_extract_report* report);

/** How many warnings there are. */
JJB_API size_t jjb_extract_report_get_warning_count(const jjb_extract_report* report);

/** What could not be restored exactly, e.g. an owner. */
JJB_API const char* jjb_extract_report_get_warning(const jjb_extract_report* report, size_t index);

/** Frees the report. Null is fine. */
JJB_API void jjb_extract_report_free(jjb_extract_report* report);

/* ------------------------------------------------------------------------------------------------ writing archives */

/**
 * What an archive is to hold: a copy of `metadata`, and no files yet. Null counts as jjb_metadata_new. jjb_store_create_backup finds all
 * of it by itself on a controller machine; this is for those who know better.
 */
JJB_API jjb_archive_input* jjb_archive_input_new(const jjb_metadata* metadata);

/** Frees the input. Null is fine. */
JJB_API void jjb_archive_input_free(jjb_archive_input* input);

/**
 * Adds a path on disk to root.tar. `name` is relative to / and has "/" between its parts: "var/lib/juju/server.pem". What is in a folder is
 * not added with it; add it afterwards. With `required` 1 its absence is a failure of the writing. Invalid argument for a name that is
 * absolute or has a part that is "", "." or "..".
 */
JJB_API int32_t jjb_archive_input_add_root_file(jjb_archive_input* input, const char* disk_path, const char* name, int32_t required);

/** Adds a path on disk to the dump: "juju/models.bson". Otherwise the same. */
JJB_API int32_t jjb_archive_input_add_dump_file(jjb_archive_input* input, const char* disk_path, const char* name);

/**
 * Adds all below a dump folder but the databases that a restore must not see ("admin", "backups"). Expect: not found, permission, invalid
 * argument `too few files in dump dir (1)`.
 */
JJB_API int32_t jjb_archive_input_add_dump_dir(jjb_archive_input* input, const char* dump_dir, jjb_job* job, jjb_error** error);

/**
 * Adds what Juju of the metadata's version puts into root.tar. `options` say where the controller machine is (root, data_dir, machine_id);
 * the others do not matter here. Null: the machine this runs on. What is missing becomes a warning, or a failure of the writing where it is
 * required. Expect: not found, permission, invalid argument if there are several machines.
 */
JJB_API int32_t jjb_archive_input_add_controller_files(jjb_archive_input* input, const jjb_create_options* options, jjb_job* job,
                                                       jjb_error** error);

/** Adds a line about something that was left out, for the archive's manifest and the result. */
JJB_API int32_t jjb_archive_input_add_warning(jjb_archive_input* input, const char* warning);

/** The standard level, not strict. */
JJB_API jjb_write_options* jjb_write_options_new(void);

/** Frees the options. Null is fine. */
JJB_API void jjb_write_options_free(jjb_write_options* options);

/** A JJB_LEVEL_ value or 1 to 9. Default: JJB_LEVEL_STANDARD. */
JJB_API int32_t jjb_write_options_set_level(jjb_write_options* options, int32_t level);

/** With 1, whatever would be left out or padded with a warning is a failure. Default: 0. */
JJB_API int32_t jjb_write_options_set_strict(jjb_write_options* options, int32_t strict);

/**
 * Encrypts what is written to these recipients. Null, the default: not. `bare_record` as for jjb_add_options_set_encryption. Sizes and
 * digests of a jjb_write_result stay those of the archive inside; those of a jjb_record are of the encrypted file.
 */
JJB_API int32_t jjb_write_options_set_encryption(jjb_write_options* options, jjb_recipients* recipients, int32_t bare_record);

/**
 * Writes an archive in one pass: hands its bytes to `write`, in order. `options` and `result` may be null. After a failure what `write` got
 * so far is no archive. A file that cannot be read is left out, one that changes meanwhile is padded or cut: each with a warning.
 * Expect: not found for a required file; what `write` returned.
 */
JJB_API int32_t jjb_archive_write(const jjb_archive_input* input, const jjb_write_options* options, jjb_write_callback write, void* user,
                                  jjb_job* job, jjb_write_result** result, jjb_error** error);

/** Of the archive. */
JJB_API uint64_t jjb_write_result_get_size_bytes(const jjb_write_result* result);

/** Of the archive, in base64, as Juju records it. */
JJB_API const char* jjb_write_result_get_sha1_base64(const jjb_write_result* result);

/** Of the archive, in lower-case hex. */
JJB_API const char* jjb_write_result_get_sha256_hex(const jjb_write_result* result);

/** Of the tar inside. */
JJB_API uint64_t jjb_write_result_get_content_bytes(const jjb_write_result* result);

/** Regular files in the dump and root.tar. */
JJB_API uint64_t jjb_write_result_get_files(const jjb_write_result* result);

/** How many warnings there are. */
JJB_API size_t jjb_write_result_get_warning_count(const jjb_write_result* result);

/** What was left out, padded or cut, and why. */
JJB_API const char* jjb_write_result_get_warning(const jjb_write_result* result, size_t index);

/** When the last file had been read. Returns 1, or for null 0 and two zeros. The out parameters may be null. */
JJB_API int32_t jjb_write_result_get_finished(const jjb_write_result* result, int64_t* seconds, uint32_t* nanoseconds);

/** Frees the result. Null is fine. */
JJB_API void jjb_write_result_free(jjb_write_result* result);

/* ------------------------------------------------------------------------------------------------ verification */

/** Full depth, nothing recorded. */
JJB_API jjb_verify_options* jjb_verify_options_new(void);

/** Frees the options. Null is fine. */
JJB_API void jjb_verify_options_free(jjb_verify_options* options);

/** A JJB_DEPTH_ value. */
JJB_API int32_t jjb_verify_options_set_depth(jjb_verify_options* options, int32_t depth);

/** The size that somebody recorded for the file; another one is a finding. */
JJB_API int32_t jjb_verify_options_set_recorded_size_bytes(jjb_verify_options* options, uint64_t size_bytes);

/** The SHA-1 that somebody recorded, in base64 as Juju has it; compared at full depth. "" for none. */
JJB_API int32_t jjb_verify_options_set_recorded_sha1_base64(jjb_verify_options* options, const char* sha1_base64);

/** The SHA-256 that somebody recorded, in lower-case hex; compared at full depth. "" for none. */
JJB_API int32_t jjb_verify_options_set_recorded_sha256_hex(jjb_verify_options* options, const char* sha256_hex);

/**
 * Verifies an archive file that may be encrypted. With identities that fit, its inside is verified as by jjb_archive_verify. Without (null,
 * or none fits) all of its outer form is looked at, and the finding "encrypted-not-opened" says that no more was. What `options` say is
 * recorded is of the file as it is. `options` may be null. Expect: not found; io when the file cannot be read.
 */
JJB_API int32_t jjb_verify_file(const char* path, const jjb_identities* identities, const jjb_verify_options* options, jjb_job* job,
                                jjb_verify_report** report, jjb_error** error);

/** A JJB_VERDICT_ value. JJB_VERDICT_BAD for null. */
JJB_API int32_t jjb_verify_report_get_verdict(const jjb_verify_report* report);

/** A short stable name of a JJB_VERDICT_ value: "ok", "warnings", "bad"; "unknown" for others. Never null; never freed. */
JJB_API const char* jjb_verdict_get_name(int32_t verdict);

/** A short stable name of a JJB_SEVERITY_ value: "note", "warning", "error"; "unknown" for others. Never null; never freed. */
JJB_API const char* jjb_severity_get_name(int32_t severity);

/** The JJB_DEPTH_ value it was made with. */
JJB_API int32_t jjb_verify_report_get_depth(const jjb_verify_report* report);

/** How many findings there are; at most 1000. */
JJB_API size_t jjb_verify_report_get_finding_count(const jjb_verify_report* report);

/** A JJB_SEVERITY_ value. */
JJB_API int32_t jjb_verify_report_get_finding_severity(const jjb_verify_report* report, size_t index);

/** A stable name for scripts: "gzip-truncated". docs/findings.md lists them all. */
JJB_API const char* jjb_verify_report_get_finding_code(const jjb_verify_report* report, size_t index);

/** "offset 1234" or a path; "" for the archive as a whole. */
JJB_API const char* jjb_verify_report_get_finding_where(const jjb_verify_report* report, size_t index);

/** What was seen. */
JJB_API const char* jjb_verify_report_get_finding_message(const jjb_verify_report* report, size_t index);

/** What it means for a restore. */
JJB_API const char* jjb_verify_report_get_finding_meaning(const jjb_verify_report* report, size_t index);

/** 1 if a finding with that code is there. */
JJB_API int32_t jjb_verify_report_has(const jjb_verify_report* report, const char* code);

/** The archive's record; `*metadata` is null, and the status good, if none was found or it could not be read. */
JJB_API int32_t jjb_verify_report_dup_metadata(const jjb_verify_report* report, jjb_metadata** metadata, jjb_error** error);

/** Of the file, as read. */
JJB_API uint64_t jjb_verify_report_get_size_bytes(const jjb_verify_report* report);

/** Of the file, in base64; "" unless every byte was read. */
JJB_API const char* jjb_verify_report_get_sha1_base64(const jjb_verify_report* report);

/** Of the file, in lower-case hex; "" unless every byte was read. */
JJB_API const char* jjb_verify_report_get_sha256_hex(const jjb_verify_report* report);

/** Of the tar stream inside. */
JJB_API uint64_t jjb_verify_report_get_content_bytes(const jjb_verify_report* report);

/** Entries of the outer tar. */
JJB_API uint64_t jjb_verify_report_get_entries(const jjb_verify_report* report);

/** Entries of root.tar. */
JJB_API uint64_t jjb_verify_report_get_root_entries(const jjb_verify_report* report);

/** Documents of the database dump; counted at full depth. */
JJB_API uint64_t jjb_verify_report_get_documents(const jjb_verify_report* report);

/** Members of the gzip file. */
JJB_API uint64_t jjb_verify_report_get_members(const jjb_verify_report* report);

/** 1 if the archive was written by this library. */
JJB_API int32_t jjb_verify_report_get_own_layout(const jjb_verify_report* report);

/** 1 if every file was compared with the digests that the archive holds. */
JJB_API int32_t jjb_verify_report_get_manifest_checked(const jjb_verify_report* report);

/** 1 if the file is encrypted; size and digests are then those of the encrypted file. */
JJB_API int32_t jjb_verify_report_get_encrypted(const jjb_verify_report* report);

/** 1 if it is encrypted, and an identity fitted, so that the inside was looked at. */
JJB_API int32_t jjb_verify_report_get_opened(const jjb_verify_report* report);

/** For people: a paragraph, and a line for each finding. */
JJB_API int32_t jjb_verify_report_dup_text(const jjb_verify_report* report, char** text, jjb_error** error);

/** For scripts: JSON. */
JJB_API int32_t jjb_verify_report_dup_json(const jjb_verify_report* report, char** text, jjb_error** error);

/** For scripts: YAML. */
JJB_API int32_t jjb_verify_report_dup_yaml(const jjb_verify_report* report, char** text, jjb_error** error);

/** Frees the report. Null is fine. */
JJB_API void jjb_verify_report_free(jjb_verify_report* report);

/* ------------------------------------------------------------------------------------------------ custom stores */

/**
 * A blob that is being written to a caller's own store. The library takes `size`, `user` and `destroy` as for jjb_source_callbacks.
 * Nothing is visible before `commit`; `destroy` without it leaves nothing behind.
 */
typedef struct jjb_blob_writer_callbacks {
  size_t size;                  /* set by the library before jjb_store_callbacks.put; leave it alone */
  void* user;                   /* handed to each callback */
  jjb_destroy_callback destroy; /* may be null */
  /* Appends all of the bytes. Required. */
  jjb_write_callback write;
  /* Makes the bytes and the name durable; JJB_STATUS_EXISTS if the name is taken and `replace` is 0. Called at most once. Required. */
  int32_t (*commit)(void* user, const char* name, int32_t replace, jjb_error** error);
} jjb_blob_writer_callbacks;

/** Tells about one blob. Gives 0, or a status with which `list` is to return. `name` is copied. */
typedef int32_t (*jjb_blob_visitor)(void* visitor, const char* name, uint64_t size_bytes, int64_t changed_s, uint32_t changed_ns);

/**
 * A caller's own store: named sequences of bytes. Names are 1 to 255 of [A-Za-z0-9._<>-], do not begin with a dot and are compared byte
 * by byte. Fill it with jjb_store_callbacks_init first. Callbacks run on the thread that uses the store handle, and readers and writers on
 * the thread that uses what came out of it. `error` as for jjb_source_callbacks.
 */
typedef struct jjb_store_callbacks {
  size_t size;                  /* of this struct, from jjb_store_callbacks_init */
  void* user;                   /* handed to each callback */
  jjb_destroy_callback destroy; /* may be null; runs after the store's last reader and writer are gone */
  uint32_t properties;          /* JJB_STORE_ values, or-ed; what the store promises */
  uint64_t max_blob_bytes;      /* 0: no limit of its own */
  /* Begins a blob: fills `writer`, initialised beforehand. `expected_bytes` is 0 if unknown. Required if JJB_STORE_WRITABLE. */
  int32_t (*put)(void* user, uint64_t expected_bytes, jjb_blob_writer_callbacks* writer, jjb_error** error);
  /* Fills `reader`, initialised beforehand; JJB_STATUS_NOT_FOUND if there is no such blob. What was opened stays readable when the blob
   * is removed or replaced meanwhile. Required. */
  int32_t (*get)(void* user, const char* name, jjb_source_callbacks* reader, jjb_error** error);
  /* Calls `visit` once for each complete blob, in any order. Required. */
  int32_t (*list)(void* user, jjb_blob_visitor visit, void* visitor, jjb_error** error);
  /* JJB_STATUS_NOT_FOUND if there is no such blob. Required if JJB_STORE_WRITABLE. */
  int32_t (*remove)(void* user, const char* name, jjb_error** error);
  /* Keeps other processes from changing the store until `unlock`; held for moments. Both null: the store has no such thing. */
  int32_t (*lock)(void* user, jjb_error** error);
  void (*unlock)(void* user);
} jjb_store_callbacks;

/** Sets every field to null or 0 but `size` and `properties` (JJB_STORE_WRITABLE). Null is fine. */
JJB_API void jjb_store_callbacks_init(jjb_store_callbacks* callbacks);

/* ------------------------------------------------------------------------------------------------ stores */

/**
 * Opens a store of backups: "file:/absolute/path", "file:relative/path", a plain path, or "mem:" for an empty one in memory. A folder that
 * is missing is made, 0700, when something is first put into it. Any number of stores, also in other processes, may be open on
 * one place. What a controller keeps is a store as well: "juju:" (the current controller of the client directory), "juju:NAME", or
 * "juju+wss://[USER@]HOST:PORT/MODEL-UUID?ca-file=PATH&password-file=PATH"; it is connected to when it is first used.
 * Expect: unsupported for other schemes.
 */
JJB_API int32_t jjb_store_open(const char* url, jjb_store** store, jjb_error** error);

/** Opens a store that lives in callbacks. `url` is for messages (no secrets); null counts as "custom:". Expect: invalid argument. */
JJB_API int32_t jjb_store_open_custom(const jjb_store_callbacks* callbacks, const char* url, jjb_store** store, jjb_error** error);

/** Frees the store. Records, listings and archives that came out of it stay usable. Null is fine. */
JJB_API void jjb_store_free(jjb_store* store);

/** Where it is. */
JJB_API const char* jjb_store_get_url(const jjb_store* store);

/** The place of the user's backups: $XDG_DATA_HOME/jujubackup, else ~/.local/share/jujubackup. Expect: not found without a home. */
JJB_API int32_t jjb_store_dup_default_url(char** url, jjb_error** error);

/**
 * What opens encrypted backups from now on: jjb_store_show, _verify, _add (of an encrypted file), _open_archive and _save_content use it.
 * Null: nothing.
 */
JJB_API int32_t jjb_store_set_identities(jjb_store* store, jjb_identities* identities);

/**
 * All backups by start time, then ID, and what is wrong with the store. Archives that somebody dropped into it are adopted: their metadata
 * is read and, where the store can be written, a record is made.
 */
JJB_API int32_t jjb_store_list(jjb_store* store, jjb_job* job, jjb_listing** listing, jjb_error** error);

/** What the store knows about one backup. Expect: not found `backup metadata "x" not found`, the text that Juju prints. */
JJB_API int32_t jjb_store_show(jjb_store* store, const char* id, jjb_job* job, jjb_record** record, jjb_error** error);

/**
 * Stores the archive file at `path`: copied and, in the same pass, verified in full; then published. Returns when it is on stable
 * storage; before that, and after a failure, nothing is visible. With `accept_bad` 1 an archive with errors is stored as well, whole and
 * unchanged. `record` may be null. Expect: corrupt, which names the first finding; exists; no space.
 */
JJB_API int32_t jjb_store_add(jjb_store* store, const char* path, int32_t accept_bad, jjb_job* job, jjb_record** record, jjb_error** error);

/**
 * The same for bytes that come through callbacks: read once, from the first to the last, so `read` is all that is needed. `name` is for
 * messages (no secrets); null counts as "". Expect besides: io if there are fewer bytes than `size_of` says.
 */
JJB_API int32_t jjb_store_add_source(jjb_store* store, const jjb_source_callbacks* source, const char* name, int32_t accept_bad,
                                     jjb_job* job, jjb_record** record, jjb_error** error);

/** Archives with errors are refused; nothing is encrypted. */
JJB_API jjb_add_options* jjb_add_options_new(void);

/** Frees the options. Null is fine. */
JJB_API void jjb_add_options_free(jjb_add_options* options);

/** With 1, an archive with errors is stored as well. Default: 0. */
JJB_API int32_t jjb_add_options_set_accept_bad(jjb_add_options* options, int32_t accept_bad);

/**
 * Encrypts to these recipients what goes into the store; what is encrypted already is stored as it is. Null, the default: not. The file is
 * called <name>.tar.gz.age. With `bare_record` 1 the record leaves out what only the archive tells (notes, host, UUIDs of the controller,
 * versions): who sees the store without an identity learns the ID, times, sizes and digests of the encrypted file, and no more.
 */
JJB_API int32_t jjb_add_options_set_encryption(jjb_add_options* options, jjb_recipients* recipients, int32_t bare_record);

/** jjb_store_add with options; null: the defaults. */
JJB_API int32_t jjb_store_add_with(jjb_store* store, const char* path, const jjb_add_options* options, jjb_job* job, jjb_record** record,
                                   jjb_error** error);

/** jjb_store_add_source with options; null: the defaults. */
JJB_API int32_t jjb_store_add_source_with(jjb_store* store, const jjb_source_callbacks* source, const char* name,
                                          const jjb_add_options* options, jjb_job* job, jjb_record** record, jjb_error** error);

/**
 * Writes an archive into the store, verifies it in the same pass, publishes it. Returns when it is on stable storage, or nothing is
 * visible. `options` and `record` may be null. Expect: those of jjb_archive_write; exists; no space.
 */
JJB_API int32_t jjb_store_create(jjb_store* store, const jjb_archive_input* input, const jjb_write_options* options, jjb_job* job,
                                 jjb_record** record, jjb_error** error);

/**
 * Opens a stored archive for listing, reading, extracting. It stays readable when it is removed meanwhile. Expect: not found; permission
 * if it is encrypted and no identity of the store fits.
 */
JJB_API int32_t jjb_store_open_archive(jjb_store* store, const char* id, jjb_archive** archive, jjb_error** error);

/**
 * Copies a stored archive to the file `path`, which is 0600 and appears under its name when it is complete and on stable storage. An
 * encrypted one stays so. `size_bytes` may be null. Expect: not found; exists, unless `replace` is 1; no space.
 */
JJB_API int32_t jjb_store_save_archive(jjb_store* store, const char* id, const char* path, int32_t replace, jjb_job* job,
                                       uint64_t* size_bytes, jjb_error** error);

/** The same, decrypted where it is encrypted. Expect besides: permission if no identity of the store fits. */
JJB_API int32_t jjb_store_save_content(jjb_store* store, const char* id, const char* path, int32_t replace, jjb_job* job,
                                       uint64_t* size_bytes, jjb_error** error);

/**
 * Verifies a backup against its record. `depth` is a JJB_DEPTH_ value; at full depth, and when good, the record is brought up to date.
 * As with jjb_archive_verify a bad archive is no failure. Of an encrypted one without an identity that fits, the outer form and the digests
 * are looked at, and the finding "encrypted-not-opened" says that the inside was not. Expect: not found.
 */
JJB_API int32_t jjb_store_verify(jjb_store* store, const char* id, int32_t depth, jjb_job* job, jjb_verify_report** report,
                                 jjb_error** error);

/** Removes a backup and its record. Expect: not found. */
JJB_API int32_t jjb_store_remove(jjb_store* store, const char* id, jjb_error** error);

/** How many backups there are. */
JJB_API size_t jjb_listing_get_count(const jjb_listing* listing);

/** The ID of a backup, a shortcut for its record's. */
JJB_API const char* jjb_listing_get_id(const jjb_listing* listing, size_t index);

/** The record of a backup. Expect: invalid argument for an index beyond the end. */
JJB_API int32_t jjb_listing_dup_record(const jjb_listing* listing, size_t index, jjb_record** record, jjb_error** error);

/** How many files look like archives and are none, or repeat an ID. */
JJB_API size_t jjb_listing_get_problem_count(const jjb_listing* listing);

/** "<file>: <why>". */
JJB_API const char* jjb_listing_get_problem(const jjb_listing* listing, size_t index);

/** Frees the listing. Null is fine. */
JJB_API void jjb_listing_free(jjb_listing* listing);

/* ------------------------------------------------------------------------------------------------ records */

/** The backup's ID. */
JJB_API const char* jjb_record_get_id(const jjb_record* record);

/** The archive's name in the store. */
JJB_API const char* jjb_record_get_file_name(const jjb_record* record);

/** Of the archive. */
JJB_API uint64_t jjb_record_get_size_bytes(const jjb_record* record);

/** Of the archive, in base64; "" if it was never computed. */
JJB_API const char* jjb_record_get_sha1_base64(const jjb_record* record);

/** Of the archive, in lower-case hex; "" if it was never computed. */
JJB_API const char* jjb_record_get_sha256_hex(const jjb_record* record);

/** When it was last found good in full. Returns 1 if ever, else 0 and two zeros. The out parameters may be null. */
JJB_API int32_t jjb_record_get_verified(const jjb_record* record, int64_t* seconds, uint32_t* nanoseconds);

/** 1 if it is encrypted; size and digests are then those of the encrypted file. */
JJB_API int32_t jjb_record_get_encrypted(const jjb_record* record);

/** 1 if somebody dropped the archive into the store. */
JJB_API int32_t jjb_record_get_adopted(const jjb_record* record);

/** How many warnings were given when it was made. */
JJB_API size_t jjb_record_get_warning_count(const jjb_record* record);

/** What was left out, and why. */
JJB_API const char* jjb_record_get_warning(const jjb_record* record, size_t index);

/** The backup's metadata, with ID, size, checksum and times filled in; never with the CA private key. */
JJB_API int32_t jjb_record_dup_metadata(const jjb_record* record, jjb_metadata** metadata, jjb_error** error);

/** For scripts: JSON. Holds no secret. */
JJB_API int32_t jjb_record_dup_json(const jjb_record* record, char** text, jjb_error** error);

/** For scripts: YAML. Holds no secret. */
JJB_API int32_t jjb_record_dup_yaml(const jjb_record* record, char** text, jjb_error** error);

/** Frees the record. Null is fine. */
JJB_API void jjb_record_free(jjb_record* record);

/* ------------------------------------------------------------------------------------------------ creating */

/** The machine this runs on, facts from its agent.conf, and neither dump folder nor mongodump chosen yet. */
JJB_API jjb_create_options* jjb_create_options_new(void);

/** Frees the options, and wipes the password. Null is fine. */
JJB_API void jjb_create_options_free(jjb_create_options* options);

/** A prefix before every path on the controller machine. Default: "/". */
JJB_API int32_t jjb_create_options_set_root(jjb_create_options* options, const char* root);

/** Juju's folder below the root. Default: "/var/lib/juju". */
JJB_API int32_t jjb_create_options_set_data_dir(jjb_create_options* options, const char* data_dir);

/** The machine's ID. Default "": that of the only agents/machine-* below the data folder. */
JJB_API int32_t jjb_create_options_set_machine_id(jjb_create_options* options, const char* machine_id);

/** A dump of the database that exists already; no mongodump is run then. */
JJB_API int32_t jjb_create_options_set_dump_dir(jjb_create_options* options, const char* dump_dir);

/** Makes the dump by running mongodump, with what agent.conf says and the values below. Each of these implies 1. */
JJB_API int32_t jjb_create_options_set_mongodump(jjb_create_options* options, int32_t run);

/** The program to run. Default "": found where Juju of that version looks. */
JJB_API int32_t jjb_create_options_set_mongodump_program(jjb_create_options* options, const char* program);

/** Default: "localhost", with the port of agent.conf unless this holds ":". */
JJB_API int32_t jjb_create_options_set_mongodump_host(jjb_create_options* options, const char* host);

/** Default "": the machine's tag. */
JJB_API int32_t jjb_create_options_set_mongodump_username(jjb_create_options* options, const char* username);

/** Default "": that of agent.conf. A SECRET: it is never put on a command line or into a message. */
JJB_API int32_t jjb_create_options_set_mongodump_password(jjb_create_options* options, const char* password);

/** Adds an argument after Juju's own. */
JJB_API int32_t jjb_create_options_add_mongodump_argument(jjb_create_options* options, const char* argument);

/** Where the dump is staged, in a private folder that is removed afterwards. Default "": $TMPDIR or /tmp. */
JJB_API int32_t jjb_create_options_set_mongodump_work_dir(jjb_create_options* options, const char* work_dir);

/** Seconds until mongodump is stopped. 0, the default: never. */
JJB_API int32_t jjb_create_options_set_mongodump_timeout_s(jjb_create_options* options, uint32_t timeout_s);

/** Kept in the backup's metadata. */
JJB_API int32_t jjb_create_options_set_notes(jjb_create_options* options, const char* notes);

/** Wins over what the machine says; "" for finding out. */
JJB_API int32_t jjb_create_options_set_hostname(jjb_create_options* options, const char* hostname);

/** "focal" (Juju 2). Wins over what the dump and the machine say; "" for finding out. */
JJB_API int32_t jjb_create_options_set_series(jjb_create_options* options, const char* series);

/** "ubuntu@22.04" (Juju 3). Wins over what the dump and the machine say; "" for finding out. */
JJB_API int32_t jjb_create_options_set_base(jjb_create_options* options, const char* base);

/** Wins over what agent.conf says; "" for finding out. */
JJB_API int32_t jjb_create_options_set_controller_uuid(jjb_create_options* options, const char* controller_uuid);

/** UUID of the controller model. Wins over what agent.conf says; "" for finding out. */
JJB_API int32_t jjb_create_options_set_model_uuid(jjb_create_options* options, const char* model_uuid);

/** The controller machine's instance ID in its cloud; "" for finding out. */
JJB_API int32_t jjb_create_options_set_instance_id(jjb_create_options* options, const char* instance_id);

/** Juju's version, which decides about files and format; "" for what agent.conf says. Invalid argument for what is no version. */
JJB_API int32_t jjb_create_options_set_version(jjb_create_options* options, const char* version);

/** Number of controller machines, 1 or more. Default: counted in the dump. */
JJB_API int32_t jjb_create_options_set_ha_nodes(jjb_create_options* options, int64_t ha_nodes);

/** When the backup was started; part of its ID. Default: now. */
JJB_API int32_t jjb_create_options_set_started(jjb_create_options* options, int64_t seconds, uint32_t nanoseconds);

/** With 1, the default, CA certificate and private key go into metadata.json where Juju of that version did that (2.0 - 2.9.31). */
JJB_API int32_t jjb_create_options_set_ca_keys(jjb_create_options* options, int32_t ca_keys);

/** With 1, the default, Juju's check of free space is made first. */
JJB_API int32_t jjb_create_options_set_check_space(jjb_create_options* options, int32_t check_space);

/** A JJB_LEVEL_ value or 1 to 9. Default: JJB_LEVEL_STANDARD. */
JJB_API int32_t jjb_create_options_set_level(jjb_create_options* options, int32_t level);

/** With 1, whatever would be left out or padded with a warning is a failure. Default: 0. */
JJB_API int32_t jjb_create_options_set_strict(jjb_create_options* options, int32_t strict);

/** Encrypts the backup to these recipients as it goes into the store. Otherwise as jjb_add_options_set_encryption. */
JJB_API int32_t jjb_create_options_set_encryption(jjb_create_options* options, jjb_recipients* recipients, int32_t bare_record);

/**
 * The mongodump that would be run: the one set, else what is found where Juju of that version looks. The version is the one set, else
 * that of agent.conf. Expect: not found, which lists the places.
 */
JJB_API int32_t jjb_create_options_dup_mongodump_program(const jjb_create_options* options, char** program, jjb_error** error);

/**
 * Makes a backup of a controller machine in the store: gathers the files, takes or makes the database dump, writes and verifies the
 * archive in one pass, publishes it. Returns when it is on stable storage, or nothing is visible. `record` may be
 * null. Expect: not found, permission, program (mongodump failed), no space, exists, corrupt.
 */
JJB_API int32_t jjb_store_create_backup(jjb_store* store, const jjb_create_options* options, jjb_job* job, jjb_record** record,
                                        jjb_error** error);

/* ------------------------------------------------------------------------------------------------ facts from a dump */

/** Walks over the database dump inside an archive. Collections that are missing leave their part empty. Expect: corrupt. */
JJB_API int32_t jjb_dump_facts_read_archive(jjb_archive* archive, jjb_job* job, jjb_dump_facts** facts, jjb_error** error);

/** The same for a dump folder. Expect: not found, corrupt. */
JJB_API int32_t jjb_dump_facts_read_dir(const char* dump_dir, jjb_job* job, jjb_dump_facts** facts, jjb_error** error);

/** "" if not there. */
JJB_API const char* jjb_dump_facts_get_controller_model_uuid(const jjb_dump_facts* facts);

/** Juju's version according to the controller model; "" if not there. */
JJB_API const char* jjb_dump_facts_get_agent_version(const jjb_dump_facts* facts);

/** Number of controller machines. */
JJB_API int64_t jjb_dump_facts_get_ha_nodes(const jjb_dump_facts* facts);

/** How many models there are. */
JJB_API size_t jjb_dump_facts_get_model_count(const jjb_dump_facts* facts);

/** A model's UUID. */
JJB_API const char* jjb_dump_facts_get_model_uuid(const jjb_dump_facts* facts, size_t index);

/** A model's name. */
JJB_API const char* jjb_dump_facts_get_model_name(const jjb_dump_facts* facts, size_t index);

/** A model's owner. */
JJB_API const char* jjb_dump_facts_get_model_owner(const jjb_dump_facts* facts, size_t index);

/** The name of a model's cloud. */
JJB_API const char* jjb_dump_facts_get_model_cloud(const jjb_dump_facts* facts, size_t index);

/** A model's type: "iaas" or "caas"; "" before 2.3. */
JJB_API const char* jjb_dump_facts_get_model_type(const jjb_dump_facts* facts, size_t index);

/** How many clouds there are. */
JJB_API size_t jjb_dump_facts_get_cloud_count(const jjb_dump_facts* facts);

/** A cloud's name. */
JJB_API const char* jjb_dump_facts_get_cloud_name(const jjb_dump_facts* facts, size_t index);

/** A cloud's type: "lxd", "ec2". */
JJB_API const char* jjb_dump_facts_get_cloud_type(const jjb_dump_facts* facts, size_t index);

/** How many controller machines the dump names. */
JJB_API size_t jjb_dump_facts_get_controller_machine_count(const jjb_dump_facts* facts);

/** A controller machine's ID. */
JJB_API const char* jjb_dump_facts_get_controller_machine_id(const jjb_dump_facts* facts, size_t index);

/** Its series; "" where it has a base. */
JJB_API const char* jjb_dump_facts_get_controller_machine_series(const jjb_dump_facts* facts, size_t index);

/** Its base, "ubuntu@22.04"; "" where it has a series. */
JJB_API const char* jjb_dump_facts_get_controller_machine_base(const jjb_dump_facts* facts, size_t index);

/** How many controller nodes (Juju 2.7 and later) there are. */
JJB_API size_t jjb_dump_facts_get_controller_node_count(const jjb_dump_facts* facts);

/** A controller node's ID. */
JJB_API const char* jjb_dump_facts_get_controller_node(const jjb_dump_facts* facts, size_t index);

/** Frees the facts. Null is fine. */
JJB_API void jjb_dump_facts_free(jjb_dump_facts* facts);

/* ------------------------------------------------------------------------------------------------ connecting to a controller */

/** No endpoint, no user, 45 s to connect and 60 s of silence. */
JJB_API jjb_connect_options* jjb_connect_options_new(void);

/**
 * What the Juju client's own directory says: endpoints, CA, user, password, cookies and model. `client_dir` may be null: $JUJU_DATA, else
 * $XDG_DATA_HOME/juju, else ~/.local/share/juju. `model` is what `juju -m` takes, "[controller:][owner/]model" or a UUID, and `controller`
 * what `juju -c` takes; both may be null. With `use_environment` 1, $JUJU_MODEL and $JUJU_CONTROLLER count where these say nothing. Backups
 * need the controller model: "NAME:admin/controller". Takes the lock of the directory for a moment. Expect: not found and invalid argument
 * with Juju's texts; corrupt; busy.
 */
JJB_API int32_t jjb_connect_options_read_client_dir(const char* client_dir, const char* model, const char* controller,
                                                    int32_t use_environment, jjb_job* job, jjb_connect_options** options,
                                                    jjb_error** error);

/** Frees the options, and wipes password and macaroons. Null is fine. */
JJB_API void jjb_connect_options_free(jjb_connect_options* options);

/** Adds "host:port" or "[address]:port". All are tried side by side; the first that answers is used from then on. */
JJB_API int32_t jjb_connect_options_add_endpoint(jjb_connect_options* options, const char* endpoint);

/** The certificate of the controller's own CA in PEM, the only one that is trusted then. Default "": the system's roots. */
JJB_API int32_t jjb_connect_options_set_ca_cert(jjb_connect_options* options, const char* pem);

/** The name that a certificate below the system's roots must bear; "" for the host dialled. */
JJB_API int32_t jjb_connect_options_set_public_hostname(jjb_connect_options* options, const char* hostname);

/** UUID of the controller model, which backups need. */
JJB_API int32_t jjb_connect_options_set_model_uuid(jjb_connect_options* options, const char* model_uuid);

/** "admin/controller": the controller is asked for its UUID, if none is set. The two time limits count for each of the two logins. */
JJB_API int32_t jjb_connect_options_set_model_name(jjb_connect_options* options, const char* model_name);

/** The controller that is expected; "" for any. */
JJB_API int32_t jjb_connect_options_set_controller_uuid(jjb_connect_options* options, const char* controller_uuid);

/** What the controller is called in messages. */
JJB_API int32_t jjb_connect_options_set_controller_name(jjb_connect_options* options, const char* controller_name);

/** "admin". "": macaroons alone. */
JJB_API int32_t jjb_connect_options_set_user(jjb_connect_options* options, const char* user);

/** A SECRET: it never comes into a message. */
JJB_API int32_t jjb_connect_options_set_password(jjb_connect_options* options, const char* password);

/** Adds the value of a macaroon cookie: a SECRET as well. */
JJB_API int32_t jjb_connect_options_add_macaroon(jjb_connect_options* options, const char* macaroon);

/** For all endpoints together, with TLS and login; 1 or more. */
JJB_API int32_t jjb_connect_options_set_connect_timeout_ms(jjb_connect_options* options, uint32_t timeout_ms);

/** How long the controller may say nothing at all; 1 or more. While it makes a backup it still answers pings. */
JJB_API int32_t jjb_connect_options_set_idle_timeout_ms(jjb_connect_options* options, uint32_t timeout_ms);

/** How many endpoints there are. */
JJB_API size_t jjb_connect_options_get_endpoint_count(const jjb_connect_options* options);

/** "10.9.8.7:17070". */
JJB_API const char* jjb_connect_options_get_endpoint(const jjb_connect_options* options, size_t index);

/** The controller's name in the client directory, or what was set. */
JJB_API const char* jjb_connect_options_get_controller_name(const jjb_connect_options* options);

/** "admin/controller"; "" if no model was named. */
JJB_API const char* jjb_connect_options_get_model_name(const jjb_connect_options* options);

/** "" if the controller has to be asked for it. */
JJB_API const char* jjb_connect_options_get_model_uuid(const jjb_connect_options* options);

/** Who logs in. */
JJB_API const char* jjb_connect_options_get_user(const jjb_connect_options* options);

/**
 * Connects and logs in. Expect: permission for a wrong password or an untrusted certificate; io where nobody answers (jjb_error_get_retry);
 * unsupported, with what to do, where a browser login would be needed or the model has moved.
 */
JJB_API int32_t jjb_controller_connect(const jjb_connect_options* options, jjb_job* job, jjb_controller** controller, jjb_error** error);

/** Disconnects. What came out of it stays usable. Null is fine. */
JJB_API void jjb_controller_free(jjb_controller* controller);

/** Its Juju version: "2.9.51". */
JJB_API const char* jjb_controller_get_version(const jjb_controller* controller);

/** UUID of the controller, which is not that of its model. */
JJB_API const char* jjb_controller_get_controller_uuid(const jjb_controller* controller);

/** UUID of the model connected to; "" without one. */
JJB_API const char* jjb_controller_get_model_uuid(const jjb_controller* controller);

/** Who is logged in, as the controller calls them: "admin". */
JJB_API const char* jjb_controller_get_user(const jjb_controller* controller);

/** That user's access to the controller: "superuser", "login". */
JJB_API const char* jjb_controller_get_access(const jjb_controller* controller);

/** That answered: "10.9.8.7:17070". */
JJB_API const char* jjb_controller_get_endpoint(const jjb_controller* controller);

/** What it can do: JJB_OFFER_ values, or-ed. New ones may be added. 0 without a model. */
JJB_API uint32_t jjb_controller_get_offers(const jjb_controller* controller);

/* ------------------------------------------------------------------------------------------------ backups on a controller */

/*
 * Where a controller's release does not have something, the function fails with unsupported and says what takes its place.
 * Cancelling ends the waiting; what the controller has begun it may finish by itself.
 */

/** No notes, to be downloaded, not kept. */
JJB_API jjb_remote_create_options* jjb_remote_create_options_new(void);

/** Frees the options. Null is fine. */
JJB_API void jjb_remote_create_options_free(jjb_remote_create_options* options);

/** Kept in the backup's metadata. */
JJB_API int32_t jjb_remote_create_options_set_notes(jjb_remote_create_options* options, const char* notes);

/** With 0, it stays on the controller, where that is possible. Default: 1. */
JJB_API int32_t jjb_remote_create_options_set_download(jjb_remote_create_options* options, int32_t download);

/** With 1, it stays on the controller as well (JJB_OFFER_KEEP_COPY). Default: 0. */
JJB_API int32_t jjb_remote_create_options_set_keep_copy(jjb_remote_create_options* options, int32_t keep_copy);

/**
 * Has the controller make a backup, and blocks as long as that takes. `options` may be null. Expect: permission for who is no superuser;
 * program with the controller's own text.
 */
JJB_API int32_t jjb_controller_create(jjb_controller* controller, const jjb_remote_create_options* options, jjb_job* job,
                                      jjb_remote_backup** backup, jjb_error** error);

/** What the controller said of it, without the CA private key, which some releases hand out. The ID is "" if nothing is kept. */
JJB_API int32_t jjb_remote_backup_dup_metadata(const jjb_remote_backup* backup, jjb_metadata** metadata, jjb_error** error);

/** What the functions for downloading take: an ID, or a path on the controller. */
JJB_API const char* jjb_remote_backup_get_download_id(const jjb_remote_backup* backup);

/** Where the archive lies on the controller machine that made it; "" if in its database. */
JJB_API const char* jjb_remote_backup_get_remote_path(const jjb_remote_backup* backup);

/** 1 if it can be downloaded once: the controller deletes it then, however the download ends. */
JJB_API int32_t jjb_remote_backup_get_one_shot(const jjb_remote_backup* backup);

/** Frees what is known here; the backup stays. Null is fine. */
JJB_API void jjb_remote_backup_free(jjb_remote_backup* backup);

/** The backups that the controller keeps, in its order. */
JJB_API int32_t jjb_controller_list(jjb_controller* controller, jjb_job* job, jjb_metadata_list** list, jjb_error** error);

/** How many there are. */
JJB_API size_t jjb_metadata_list_get_count(const jjb_metadata_list* list);

/** The ID of a backup, a shortcut for its metadata's. */
JJB_API const char* jjb_metadata_list_get_id(const jjb_metadata_list* list, size_t index);

/** The metadata of a backup. Expect: invalid argument for an index beyond the end. */
JJB_API int32_t jjb_metadata_list_dup_metadata(const jjb_metadata_list* list, size_t index, jjb_metadata** metadata, jjb_error** error);

/** Frees the list. Null is fine. */
JJB_API void jjb_metadata_list_free(jjb_metadata_list* list);

/** What the controller knows about one backup. Expect: not found `backup metadata "x" not found`. */
JJB_API int32_t jjb_controller_show(jjb_controller* controller, const char* id, jjb_job* job, jjb_metadata** metadata, jjb_error** error);

/**
 * Removes the backups with these `count` IDs. That one of them cannot be removed is no failure of the call: `results` has a line for each
 * ID, in the same order.
 */
JJB_API int32_t jjb_controller_remove(jjb_controller* controller, const char* const* ids, size_t count, jjb_job* job,
                                      jjb_remove_results** results, jjb_error** error);

/** How many there are: as many as IDs were given. */
JJB_API size_t jjb_remove_results_get_count(const jjb_remove_results* results);

/** The ID that was given. */
JJB_API const char* jjb_remove_results_get_id(const jjb_remove_results* results, size_t index);

/** Why it could not be removed, in the controller's words; "" if it was. */
JJB_API const char* jjb_remove_results_get_error(const jjb_remove_results* results, size_t index);

/** Frees the results. Null is fine. */
JJB_API void jjb_remove_results_free(jjb_remove_results* results);

/**
 * Downloads an archive to the file `path`, which is 0600 and appears under its name when it is complete and on stable storage.
 * `download_id` is that of jjb_remote_backup_get_download_id, or an ID. `expected` may be null; with it, size and SHA-1 are compared with
 * those that the controller told, and without it nobody can tell a broken archive from a whole one: verify it then. `size_bytes`
 * may be null. Expect: not found; exists, unless `replace` is 1; no space; corrupt; io. Names and space are looked at before the controller
 * is asked for anything, since a one-shot backup is gone afterwards.
 */
JJB_API int32_t jjb_controller_download_file(jjb_controller* controller, const char* download_id, const jjb_metadata* expected,
                                             const char* path, int32_t replace, jjb_job* job, uint64_t* size_bytes, jjb_error** error);

/**
 * Downloads an archive into a store, in one pass: verified in full while it is received, published when it was found good. Nothing is
 * visible before and after a failure. `accept_bad` as for jjb_store_add: a one-shot backup that is refused is gone. `record` may be null.
 * The store may be any, also another controller's. Expect: those of jjb_controller_download_file and jjb_store_add.
 */
JJB_API int32_t jjb_controller_download_into(jjb_controller* controller, const char* download_id, const jjb_metadata* expected,
                                             jjb_store* store, int32_t accept_bad, jjb_job* job, jjb_record** record, jjb_error** error);

/** jjb_controller_download_into with options; null: the defaults. */
JJB_API int32_t jjb_controller_download_into_with(jjb_controller* controller, const char* download_id, const jjb_metadata* expected,
                                                  jjb_store* store, const jjb_add_options* options, jjb_job* job, jjb_record** record,
                                                  jjb_error** error);

/**
 * Uploads the archive file at `path`; `id` is what the controller calls it then. `metadata` may be null: the archive's own, with size
 * and SHA-1 of the file. The archive is not verified first; jjb_store_add into a store of the controller (jjb_store_open_controller) does
 * that. Expect: not found; exists; unsupported.
 */
JJB_API int32_t jjb_controller_upload_file(jjb_controller* controller, const char* path, const jjb_metadata* metadata, jjb_job* job,
                                           char** id, jjb_error** error);

/**
 * Connects, and gives the backups that the controller keeps as a store: jjb_store_list, _show, _add and the others work on them, as far as
 * its release has what they need. Expect: those of jjb_controller_connect.
 */
JJB_API int32_t jjb_store_open_controller(const jjb_connect_options* options, jjb_job* job, jjb_store** store, jjb_error** error);

/* ------------------------------------------------------------------------------------------------ backups of the client's directory */

/*
 * The directory of the Juju client, with keys and passwords that nobody can make anew. A backup is a .tar.gz that `tar xzf` in the home
 * folder restores as well, and may be encrypted; archives that tar made are taken the same way. docs/client-directory.md says what is taken
 * and how a restore goes. No text here holds a secret.
 *
 * A `directory` that is null or "" is the user's own: $JUJU_DATA, else $XDG_DATA_HOME/juju, else ~/.local/share/juju. `identities` may be
 * null where the backup is not encrypted.
 */

/** Where the user's client directory is. It need not exist. Expect: not found without a home. */
JJB_API int32_t jjb_client_dup_default_dir(char** directory, jjb_error** error);

/** The user's own directory, with the cookie jar, under its lock, not encrypted. */
JJB_API jjb_client_backup_options* jjb_client_backup_options_new(void);

/** Frees the options. Null is fine. */
JJB_API void jjb_client_backup_options_free(jjb_client_backup_options* options);

/** Default "": the user's own. */
JJB_API int32_t jjb_client_backup_options_set_directory(jjb_client_backup_options* options, const char* directory);

/** With 1, the default, also the cookie jar that Juju 2.0 and 2.1 keep in the home folder, where it is there. */
JJB_API int32_t jjb_client_backup_options_set_cookie_jar(jjb_client_backup_options* options, int32_t cookie_jar);

/** With 1, it goes on with a warning if the lock cannot be had in five seconds. Default: 0. */
JJB_API int32_t jjb_client_backup_options_set_go_on_without_lock(jjb_client_backup_options* options, int32_t go_on);

/** With 1, what cannot be read, or changes all the time, is a failure and no warning. Default: 0. */
JJB_API int32_t jjb_client_backup_options_set_strict(jjb_client_backup_options* options, int32_t strict);

/** Encrypts it to these recipients; with `armor` 1 as text. Null, the default: not. */
JJB_API int32_t jjb_client_backup_options_set_encryption(jjb_client_backup_options* options, jjb_recipients* recipients, int32_t armor);

/** With 1, a name that is made up is in UTC. Default: 0, local time, as `date` prints it. */
JJB_API int32_t jjb_client_backup_options_set_utc(jjb_client_backup_options* options, int32_t utc);

/**
 * Backs up a client directory into the file `path`, which is 0600 and appears under its name when it is complete and on stable storage. If
 * `path` is a folder, the name is made up: "juju-client-20161013-091500.tar.gz", with ".age" behind it where it is encrypted. `options`,
 * `written`, which is that path, and `record` may be null. Waits up to five seconds for the lock. Expect: not found if there is no such
 * directory; busy; exists, unless `replace` is 1; no space.
 */
JJB_API int32_t jjb_client_backup_file(const jjb_client_backup_options* options, const char* path, int32_t replace, jjb_job* job,
                                       char** written, jjb_client_record** record, jjb_error** error);

/**
 * What a backup holds. Reads all of it. Expect: not found; corrupt; unsupported if no client directory is in it; permission if it is
 * encrypted and no identity fits.
 */
JJB_API int32_t jjb_client_show_file(const char* path, const jjb_identities* identities, jjb_job* job, jjb_client_record** record,
                                     jjb_error** error);

/**
 * Checks every byte of a backup. A bad one is no failure: the status is good and the report says what is wrong. Sizes and digests are those
 * of what was decrypted. Expect: not found, permission and unsupported as of jjb_client_show_file; corrupt where one cannot be decrypted.
 */
JJB_API int32_t jjb_client_verify_file(const char* path, const jjb_identities* identities, jjb_job* job, jjb_verify_report** report,
                                       jjb_error** error);

/** When it was taken. Returns 1 if that is known, else 0 and two zeros. The out parameters may be null. */
JJB_API int32_t jjb_client_record_get_started(const jjb_client_record* record, int64_t* seconds, uint32_t* nanoseconds);

/** Where it was taken; "" if that is not known. */
JJB_API const char* jjb_client_record_get_host(const jjb_client_record* record);

/** The directory that it was taken from; "" of an archive that tar made. */
JJB_API const char* jjb_client_record_get_directory(const jjb_client_record* record);

/** What the directory is called in the archive: ".local/share/juju"; "" if its files are at the top. */
JJB_API const char* jjb_client_record_get_entry(const jjb_client_record* record);

/** The same of the cookie jar that old clients keep outside of the directory; "": it is not in it. */
JJB_API const char* jjb_client_record_get_cookie_jar(const jjb_client_record* record);

/** 1 if this library made it, with digests of every file. */
JJB_API int32_t jjb_client_record_get_own(const jjb_client_record* record);

/** How many files are in it. */
JJB_API uint64_t jjb_client_record_get_files(const jjb_client_record* record);

/** Of the files. */
JJB_API uint64_t jjb_client_record_get_content_bytes(const jjb_client_record* record);

/** Of the archive, before it is encrypted. */
JJB_API uint64_t jjb_client_record_get_size_bytes(const jjb_client_record* record);

/** Of the archive, before it is encrypted; in base64. */
JJB_API const char* jjb_client_record_get_sha1_base64(const jjb_client_record* record);

/** Of the archive, before it is encrypted; in lower-case hex. */
JJB_API const char* jjb_client_record_get_sha256_hex(const jjb_client_record* record);

/** How many controllers it knows. */
JJB_API size_t jjb_client_record_get_controller_count(const jjb_client_record* record);

/** A controller's name. */
JJB_API const char* jjb_client_record_get_controller_name(const jjb_client_record* record, size_t index);

/** A controller's UUID. */
JJB_API const char* jjb_client_record_get_controller_uuid(const jjb_client_record* record, size_t index);

/** Who logs in to a controller; "": nobody is stored. */
JJB_API const char* jjb_client_record_get_controller_user(const jjb_client_record* record, size_t index);

/** 1 if it is the current controller. */
JJB_API int32_t jjb_client_record_get_controller_current(const jjb_client_record* record, size_t index);

/** How many models of a controller it knows. */
JJB_API size_t jjb_client_record_get_model_count(const jjb_client_record* record, size_t controller);

/** A model's name, with its owner: "admin/controller". */
JJB_API const char* jjb_client_record_get_model(const jjb_client_record* record, size_t controller, size_t index);

/** How many things were left out by rule: sockets, caches, lock files. */
JJB_API size_t jjb_client_record_get_left_out_count(const jjb_client_record* record);

/** What was left out. */
JJB_API const char* jjb_client_record_get_left_out(const jjb_client_record* record, size_t index);

/** How many warnings there are. */
JJB_API size_t jjb_client_record_get_warning_count(const jjb_client_record* record);

/** What could not be read, or is not as Juju writes it. */
JJB_API const char* jjb_client_record_get_warning(const jjb_client_record* record, size_t index);

/** For people. */
JJB_API int32_t jjb_client_record_dup_text(const jjb_client_record* record, char** text, jjb_error** error);

/** For scripts: JSON. */
JJB_API int32_t jjb_client_record_dup_json(const jjb_client_record* record, char** text, jjb_error** error);

/** For scripts: YAML. */
JJB_API int32_t jjb_client_record_dup_yaml(const jjb_client_record* record, char** text, jjb_error** error);

/** Frees the record. Null is fine. */
JJB_API void jjb_client_record_free(jjb_client_record* record);

/* ------------------------------------------------------------------------------------------------ restoring the client's directory */

/** Into the user's own directory, all of it, with the cookie jar, nothing overwritten. */
JJB_API jjb_client_restore_options* jjb_client_restore_options_new(void);

/** Frees the options. Null is fine. */
JJB_API void jjb_client_restore_options_free(jjb_client_restore_options* options);

/** Default "": the user's own. */
JJB_API int32_t jjb_client_restore_options_set_directory(jjb_client_restore_options* options, const char* directory);

/** With 1, the default, the cookie jar outside of the directory as well, if the backup has it; not when merging. */
JJB_API int32_t jjb_client_restore_options_set_cookie_jar(jjb_client_restore_options* options, int32_t cookie_jar);

/** With 1, what differs is overwritten. Default: 0. */
JJB_API int32_t jjb_client_restore_options_set_force(jjb_client_restore_options* options, int32_t force);

/** Merges this controller, and others that are added, into the directory. Without any: the whole is restored. */
JJB_API int32_t jjb_client_restore_options_add_controller(jjb_client_restore_options* options, const char* name);

/**
 * What restoring the backup at `path` would do. Changes nothing and takes no lock. `options` may be null. Expect: those of
 * jjb_client_show_file; not found for a controller that the backup does not have.
 */
JJB_API int32_t jjb_client_plan_restore(const char* path, const jjb_identities* identities, const jjb_client_restore_options* options,
                                        jjb_job* job, jjb_client_plan** plan, jjb_error** error);

/** The directory that it is about. */
JJB_API const char* jjb_client_plan_get_directory(const jjb_client_plan* plan);

/** 1 if single controllers are merged, 0 if the whole is restored. */
JJB_API int32_t jjb_client_plan_get_merge(const jjb_client_plan* plan);

/** 1 if something that is there would be lost: jjb_client_restore then wants `force`. */
JJB_API int32_t jjb_client_plan_get_needs_force(const jjb_client_plan* plan);

/** 1 if there is something to do. */
JJB_API int32_t jjb_client_plan_get_changes(const jjb_client_plan* plan);

/** How many paths there are. */
JJB_API size_t jjb_client_plan_get_path_count(const jjb_client_plan* plan);

/** Relative to the directory; the cookie jar by its whole path. */
JJB_API const char* jjb_client_plan_get_path(const jjb_client_plan* plan, size_t index);

/** A JJB_CLIENT_ACTION_ value. */
JJB_API int32_t jjb_client_plan_get_path_action(const jjb_client_plan* plan, size_t index);

/** A JJB_ENTRY_ value. */
JJB_API int32_t jjb_client_plan_get_path_type(const jjb_client_plan* plan, size_t index);

/** "", or why. */
JJB_API const char* jjb_client_plan_get_path_note(const jjb_client_plan* plan, size_t index);

/** How many controllers are in the backup, in the directory, or in both. */
JJB_API size_t jjb_client_plan_get_controller_count(const jjb_client_plan* plan);

/** A controller's name. */
JJB_API const char* jjb_client_plan_get_controller_name(const jjb_client_plan* plan, size_t index);

/** A JJB_CLIENT_DIFFERENCE_ value: of its entries in all files, models left out. */
JJB_API int32_t jjb_client_plan_get_controller_difference(const jjb_client_plan* plan, size_t index);

/** A JJB_CLIENT_DIFFERENCE_ value: of its account alone, also in what is secret. */
JJB_API int32_t jjb_client_plan_get_controller_account(const jjb_client_plan* plan, size_t index);

/** Who logs in according to the backup; "" if nobody. */
JJB_API const char* jjb_client_plan_get_controller_user_in_backup(const jjb_client_plan* plan, size_t index);

/** Who logs in according to the directory; "" if nobody. */
JJB_API const char* jjb_client_plan_get_controller_user_here(const jjb_client_plan* plan, size_t index);

/** 0 if others are to be merged and this one is not. */
JJB_API int32_t jjb_client_plan_get_controller_wanted(const jjb_client_plan* plan, size_t index);

/** How many warnings there are. */
JJB_API size_t jjb_client_plan_get_warning_count(const jjb_client_plan* plan);

/** What a person should know before. */
JJB_API const char* jjb_client_plan_get_warning(const jjb_client_plan* plan, size_t index);

/** For people. */
JJB_API int32_t jjb_client_plan_dup_text(const jjb_client_plan* plan, char** text, jjb_error** error);

/** For scripts: JSON. */
JJB_API int32_t jjb_client_plan_dup_json(const jjb_client_plan* plan, char** text, jjb_error** error);

/** For scripts: YAML. */
JJB_API int32_t jjb_client_plan_dup_yaml(const jjb_client_plan* plan, char** text, jjb_error** error);

/** Frees the plan. Null is fine. */
JJB_API void jjb_client_plan_free(jjb_client_plan* plan);

/** A short stable name of a JJB_CLIENT_ACTION_ value, e.g. "overwrite"; "unknown" for others. Never null; never freed. */
JJB_API const char* jjb_client_action_get_name(int32_t action);

/** A short stable name of a JJB_CLIENT_DIFFERENCE_ value, e.g. "only-here"; "unknown" for others. Never null; never freed. */
JJB_API const char* jjb_client_difference_get_name(int32_t difference);

/** A short stable name of a JJB_CLIENT_STATE_ value, e.g. "restored"; "unknown" for others. Never null; never freed. */
JJB_API const char* jjb_client_state_get_name(int32_t state);

/**
 * Restores the backup at `path` under the lock of the directory. The new directory is built beside the old one, and they change
 * places. At every moment, whatever fails, the directory is the old one or the new one; jjb_client_find_unfinished tells which. What was
 * replaced is kept until jjb_client_commit_restore or jjb_client_undo_restore. `options` and `result` may be null. Expect: those of
 * jjb_client_plan_restore; exists, which names what would be overwritten, unless `force` is set, or if a restore is unfinished; busy; no
 * space.
 */
JJB_API int32_t jjb_client_restore(const char* path, const jjb_identities* identities, const jjb_client_restore_options* options,
                                   jjb_job* job, jjb_client_restore_result** result, jjb_error** error);

/** 1 if anything had to be changed. */
JJB_API int32_t jjb_client_restore_result_get_changed(const jjb_client_restore_result* result);

/** Where the replaced directory is kept; "" if nothing was replaced. */
JJB_API const char* jjb_client_restore_result_get_kept(const jjb_client_restore_result* result);

/** Files written from the backup. */
JJB_API uint64_t jjb_client_restore_result_get_files(const jjb_client_restore_result* result);

/** How many warnings there are. */
JJB_API size_t jjb_client_restore_result_get_warning_count(const jjb_client_restore_result* result);

/** What was not restored exactly. */
JJB_API const char* jjb_client_restore_result_get_warning(const jjb_client_restore_result* result, size_t index);

/** Frees the result. Null is fine. */
JJB_API void jjb_client_restore_result_free(jjb_client_restore_result* result);

/**
 * Whether a restore to this directory was interrupted, or is neither committed nor undone; `*unfinished` is null, and the status good, if
 * not. Takes no lock: a restore that runs at this moment looks like one that was interrupted.
 */
JJB_API int32_t jjb_client_find_unfinished(const char* directory, jjb_client_unfinished** unfinished, jjb_error** error);

/** The directory that it is about. */
JJB_API const char* jjb_client_unfinished_get_directory(const jjb_client_unfinished* unfinished);

/** A JJB_CLIENT_STATE_ value. */
JJB_API int32_t jjb_client_unfinished_get_state(const jjb_client_unfinished* unfinished);

/** 1 if the new directory is in place; else the old one is, or will be after jjb_client_undo_restore. */
JJB_API int32_t jjb_client_unfinished_get_new_in_place(const jjb_client_unfinished* unfinished);

/** 1 if jjb_client_finish_restore and jjb_client_commit_restore can be called. */
JJB_API int32_t jjb_client_unfinished_get_can_finish(const jjb_client_unfinished* unfinished);

/** 1 if jjb_client_undo_restore can be called. */
JJB_API int32_t jjb_client_unfinished_get_can_undo(const jjb_client_unfinished* unfinished);

/** When it was begun. Returns 1 if that is known, else 0 and two zeros. The out parameters may be null. */
JJB_API int32_t jjb_client_unfinished_get_started(const jjb_client_unfinished* unfinished, int64_t* seconds, uint32_t* nanoseconds);

/** Where the old directory is, if it is not in place; "": nowhere. */
JJB_API const char* jjb_client_unfinished_get_kept(const jjb_client_unfinished* unfinished);

/** How many files and directories an end would remove. */
JJB_API size_t jjb_client_unfinished_get_leftover_count(const jjb_client_unfinished* unfinished);

/** One of them. */
JJB_API const char* jjb_client_unfinished_get_leftover(const jjb_client_unfinished* unfinished, size_t index);

/** One line for a person: which directory is in place, and what can be done. */
JJB_API const char* jjb_client_unfinished_get_text(const jjb_client_unfinished* unfinished);

/** Frees what was found; the directories stay. Null is fine. */
JJB_API void jjb_client_unfinished_free(jjb_client_unfinished* unfinished);

/**
 * Makes the steps that an interrupted restore did not make; it is JJB_CLIENT_STATE_RESTORED then. This and the two below take the lock,
 * and may be called again if they fail or the process dies. Expect: not found if nothing is unfinished; unsupported if its state does
 * not allow it; busy.
 */
JJB_API int32_t jjb_client_finish_restore(const char* directory, jjb_job* job, jjb_error** error);

/** The same, then removes what was kept. */
JJB_API int32_t jjb_client_commit_restore(const char* directory, jjb_job* job, jjb_error** error);

/** Puts back what was replaced, and removes what was restored. */
JJB_API int32_t jjb_client_undo_restore(const char* directory, jjb_job* job, jjb_error** error);

/* ------------------------------------------------------------------------------------------------ restoring a controller */

/*
 * On the controller machine, or below a folder that holds its files. First a plan: what is in the archive and on the machine, what speaks
 * against restoring the one on the other, and the steps it would take. Making it changes nothing. Then the plan is carried out, with a
 * journal on disk: what is replaced is kept until the restore is committed, and whatever happens, also the end of the process, it can be
 * resumed or undone. docs/restore.md lists kinds, checks and steps.
 *
 * Nothing below gives out a secret. Passwords are read from agent.conf at the moment in which they are needed.
 */

/** The machine that this process runs on, all of it, nothing overridden. */
JJB_API jjb_restore_options* jjb_restore_options_new(void);

/** Frees the options. Null is fine. */
JJB_API void jjb_restore_options_free(jjb_restore_options* options);

/** A JJB_RESTORE_KIND_ value. Default 0: chosen by what is found. */
JJB_API int32_t jjb_restore_options_set_kind(jjb_restore_options* options, int32_t kind);

/** The prefix of all paths on the controller machine. Default: "/". */
JJB_API int32_t jjb_restore_options_set_root(jjb_restore_options* options, const char* root);

/** Juju's data directory, below the root. Default: "/var/lib/juju". */
JJB_API int32_t jjb_restore_options_set_data_dir(jjb_restore_options* options, const char* data_dir);

/** Which of the machines in the data directory, "0". Default "": the only one. */
JJB_API int32_t jjb_restore_options_set_machine_id(jjb_restore_options* options, const char* machine_id);

/** With 1 a backup of an older Juju than the controller's is accepted. Default: 0. */
JJB_API int32_t jjb_restore_options_set_allow_downgrade(jjb_restore_options* options, int32_t allow_downgrade);

/** With 1 the same as JJB_RESTORE_KIND_COPY_CONTROLLER. Default: 0. */
JJB_API int32_t jjb_restore_options_set_copy_controller(jjb_restore_options* options, int32_t copy_controller);

/** With 1 the history of statuses is restored, too. Default: 0. */
JJB_API int32_t jjb_restore_options_set_include_status_history(jjb_restore_options* options, int32_t include_status_history);

/** With 1 stopping and starting agents is left to the operator. Default: 0. */
JJB_API int32_t jjb_restore_options_set_manual_agent_control(jjb_restore_options* options, int32_t manual_agent_control);

/** Accepts the blocker of the check of that name, where that is safe at all. */
JJB_API int32_t jjb_restore_options_add_override(jjb_restore_options* options, const char* check);

/** Of this machine, for the other machines: a name or address without port. Default "": found out. */
JJB_API int32_t jjb_restore_options_set_private_address(jjb_restore_options* options, const char* address);

/** Of this machine, for clients. Default "": found out. */
JJB_API int32_t jjb_restore_options_set_public_address(jjb_restore_options* options, const char* address);

/** What the cloud calls this machine. Default "": found out. */
JJB_API int32_t jjb_restore_options_set_instance_id(jjb_restore_options* options, const char* instance_id);

/** Where journal and old state are kept, relative to the root. Default "": "restore" in the data directory. */
JJB_API int32_t jjb_restore_options_set_work_dir(jjb_restore_options* options, const char* work_dir);

/** Where the dump is unpacked, as this process sees it. Default "": $TMPDIR or /tmp. */
JJB_API int32_t jjb_restore_options_set_staging_dir(jjb_restore_options* options, const char* staging_dir);

/** The program mongorestore. Default "": looked for where Juju does. */
JJB_API int32_t jjb_restore_options_set_mongorestore(jjb_restore_options* options, const char* program);

/** Where the database is, "host" or "host:port". Default: "localhost", with the port that agent.conf says. */
JJB_API int32_t jjb_restore_options_set_mongo_host(jjb_restore_options* options, const char* host);

/** With 1, the default, the agents of other machines are told where the controller is, where that changed. */
JJB_API int32_t jjb_restore_options_set_update_agents(jjb_restore_options* options, int32_t update_agents);

/** What a store recorded of the archive, to be compared; a copy. Null: nothing. Every byte is read, whatever depth they say. */
JJB_API int32_t jjb_restore_options_set_verify(jjb_restore_options* options, const jjb_verify_options* verify);

/**
 * Services in functions of the caller: an init system of its own, or one that only records. Each is called on the thread that called the
 * function which was given the tools. `here` is 1 for the machine that is restored on; else `address` tells where machine `machine_id`,
 * "0", is. Both are "" where they do not matter. `service` is the name of a unit without ".service", "jujud-machine-0".
 */
typedef struct jjb_services_callbacks {
  size_t size;                  /* of this struct, from jjb_services_callbacks_init */
  void* user;                   /* handed to each callback */
  jjb_destroy_callback destroy; /* may be null */
  /* All below are required. Start, and return when it runs. What runs already is fine. */
  int32_t (*start)(void* user, const char* machine_id, const char* address, int32_t here, const char* service, jjb_error** error);
  /* Stop, and return when it has ended. What does not run, or is not there, is fine. */
  int32_t (*stop)(void* user, const char* machine_id, const char* address, int32_t here, const char* service, jjb_error** error);
  /* `*active` is 1 if it runs, or is on its way up. */
  int32_t (*is_active)(void* user, const char* machine_id, const char* address, int32_t here, const char* service, int32_t* active,
                       jjb_error** error);
  /* On this machine: `*known` is 1 if there is a unit file of it. */
  int32_t (*is_known)(void* user, const char* service, int32_t* known, jjb_error** error);
  /* On this machine: learn of a unit file and start its service at boot. An absolute path, as the machine names it: without the root. */
  int32_t (*install)(void* user, const char* unit_file, jjb_error** error);
  /* On this machine: forget a service that was not known before `install`. What is not known is fine. */
  int32_t (*uninstall)(void* user, const char* service, jjb_error** error);
} jjb_services_callbacks;

/** Sets every field to null but `size`. Null is fine. */
JJB_API void jjb_services_callbacks_init(jjb_services_callbacks* callbacks);

/**
 * What a restore acts through: a database, other machines, services. There is none of them yet: a plan then says what it could not find
 * out, and a plan that needs one is not carried out.
 */
JJB_API jjb_restore_tools* jjb_restore_tools_new(void);

/** Frees the tools. Null is fine. */
JJB_API void jjb_restore_tools_free(jjb_restore_tools* tools);

/**
 * Those of the machine that `options` tell of (null: this one): its mongod, ssh with the controller's identity if it has one, and systemd.
 * Below another root than "/" neither a mongod nor other machines, and systemd only for making units known: nothing runs there. Expect:
 * unsupported in a library that was built without MongoDB's driver.
 */
JJB_API int32_t jjb_restore_tools_set_machine(jjb_restore_tools* tools, const jjb_restore_options* options, jjb_error** error);

/** The mongod of the machine that `options` (null: this one) tell of, with mongodump and mongorestore. Expect: unsupported as above. */
JJB_API int32_t jjb_restore_tools_set_mongo(jjb_restore_tools* tools, const jjb_restore_options* options, jjb_error** error);

/**
 * A folder in the form of a dump ("juju/machines.bson") in place of a mongod: the database of an embedded controller, or of a rehearsal. It
 * dumps and restores by itself, so that MongoDB's tools need not be there. Expect: unsupported as above.
 */
JJB_API int32_t jjb_restore_tools_set_database_dir(jjb_restore_tools* tools, const char* directory, jjb_error** error);

/** With 1 other machines are reached by the program ssh. Default 0: they are not, and a step that has to fails. */
JJB_API int32_t jjb_restore_tools_set_ssh(jjb_restore_tools* tools, int32_t use);

/** The program. Default: "ssh". */
JJB_API int32_t jjb_restore_tools_set_ssh_program(jjb_restore_tools* tools, const char* program);

/** Who logs in there. Default: "ubuntu". */
JJB_API int32_t jjb_restore_tools_set_ssh_user(jjb_restore_tools* tools, const char* user);

/** A file with the private key, "system-identity" in the data directory. Default "": what ssh finds. */
JJB_API int32_t jjb_restore_tools_set_ssh_identity(jjb_restore_tools* tools, const char* path);

/** A file with the keys of machines. Default "": ssh's own. */
JJB_API int32_t jjb_restore_tools_set_ssh_known_hosts(jjb_restore_tools* tools, const char* path);

/** With 1 a machine whose key is not known is not reached. Default 0: its key is learned. */
JJB_API int32_t jjb_restore_tools_set_ssh_strict_host_keys(jjb_restore_tools* tools, int32_t strict);

/** Default 0: ssh's own. */
JJB_API int32_t jjb_restore_tools_set_ssh_port(jjb_restore_tools* tools, uint16_t port);

/** How long a connection may take, 1 or more. Default: 15. */
JJB_API int32_t jjb_restore_tools_set_ssh_connect_timeout_s(jjb_restore_tools* tools, uint32_t timeout_s);

/** Adds an argument before the host, e.g. "-F", and its value with a call of its own. */
JJB_API int32_t jjb_restore_tools_add_ssh_argument(jjb_restore_tools* tools, const char* argument);

/** With 1 services are started and stopped by systemctl, here and over ssh. Default: 0. Takes the place of jjb_restore_tools_set_services.
 */
JJB_API int32_t jjb_restore_tools_set_systemd(jjb_restore_tools* tools, int32_t use);

/** The program. Default: "systemctl". */
JJB_API int32_t jjb_restore_tools_set_systemd_program(jjb_restore_tools* tools, const char* program);

/** The root of this machine; below another than "/", the default, nothing is started here, and units are only linked. */
JJB_API int32_t jjb_restore_tools_set_systemd_root(jjb_restore_tools* tools, const char* root);

/** Services of the caller, in place of systemd. The table is copied. `destroy` runs when the tools and the calls that use them ended. */
JJB_API int32_t jjb_restore_tools_set_services(jjb_restore_tools* tools, const jjb_services_callbacks* callbacks, jjb_error** error);

/**
 * What the archive says, as JSON; the part "backup" of a plan's. Reads it to its end, to verify it. `options` (null: none) counts for what
 * a store recorded. Expect: those of jjb_archive_verify.
 */
JJB_API int32_t jjb_restore_dup_backup_facts(jjb_archive* archive, const jjb_restore_options* options, jjb_job* job, char** json,
                                             jjb_error** error);

/**
 * What the machine and its database say, as JSON; the part "target" of a plan's. `options` and `tools` may be null. What could not be found
 * out is no failure: "database-problem" says why.
 */
JJB_API int32_t jjb_restore_dup_target_facts(const jjb_restore_options* options, const jjb_restore_tools* tools, jjb_job* job, char** json,
                                             jjb_error** error);

/**
 * Makes a plan. Reads the archive to its end and looks at the machine, asks the database and tries to reach other machines, as far as
 * `tools` has them; changes nothing. `options` and `tools` may be null. What speaks against the restore is a check, no failure.
 * Expect: those of jjb_archive_verify; not found and permission for the machine's files.
 */
JJB_API int32_t jjb_restore_plan_make(jjb_archive* archive, const jjb_restore_options* options, const jjb_restore_tools* tools,
                                      jjb_job* job, jjb_restore_plan** plan, jjb_error** error);

/** A JJB_RESTORE_KIND_ value. */
JJB_API int32_t jjb_restore_plan_get_kind(const jjb_restore_plan* plan);

/** 1 if a check is a blocker: it will not be carried out. */
JJB_API int32_t jjb_restore_plan_get_blocked(const jjb_restore_plan* plan);

/** Where journal and old state will be kept, relative to the root: what jjb_restore_find and the others take. */
JJB_API const char* jjb_restore_plan_get_work_dir(const jjb_restore_plan* plan);

/** How many checks there are. */
JJB_API size_t jjb_restore_plan_get_check_count(const jjb_restore_plan* plan);

/** A stable name, for scripts. */
JJB_API const char* jjb_restore_plan_get_check_name(const jjb_restore_plan* plan, size_t index);

/** A JJB_CHECK_ value. */
JJB_API int32_t jjb_restore_plan_get_check_state(const jjb_restore_plan* plan, size_t index);

/** What was compared and, unless it is ok, what to do. */
JJB_API const char* jjb_restore_plan_get_check_explanation(const jjb_restore_plan* plan, size_t index);

/** The option of the command line that accepts it; "" if it is fine, or must not be overridden. */
JJB_API const char* jjb_restore_plan_get_check_override(const jjb_restore_plan* plan, size_t index);

/** How many steps there are, also of a plan that is blocked. */
JJB_API size_t jjb_restore_plan_get_step_count(const jjb_restore_plan* plan);

/** A stable name of what is done, "stop-agent". */
JJB_API const char* jjb_restore_plan_get_step_name(const jjb_restore_plan* plan, size_t index);

/** What is done, for a person. */
JJB_API const char* jjb_restore_plan_get_step_what(const jjb_restore_plan* plan, size_t index);

/** To what. */
JJB_API const char* jjb_restore_plan_get_step_target(const jjb_restore_plan* plan, size_t index);

/** How it is undone; "" if there is nothing to undo. */
JJB_API const char* jjb_restore_plan_get_step_undo(const jjb_restore_plan* plan, size_t index);

/** 0 if it cannot be undone. */
JJB_API int32_t jjb_restore_plan_get_step_undoable(const jjb_restore_plan* plan, size_t index);

/** How many commands a person has to run before. */
JJB_API size_t jjb_restore_plan_get_command_before_count(const jjb_restore_plan* plan);

/** One of them. */
JJB_API const char* jjb_restore_plan_get_command_before(const jjb_restore_plan* plan, size_t index);

/** How many commands a person has to run afterwards. */
JJB_API size_t jjb_restore_plan_get_command_after_count(const jjb_restore_plan* plan);

/** One of them. */
JJB_API const char* jjb_restore_plan_get_command_after(const jjb_restore_plan* plan, size_t index);

/** For people: facts, checks and steps. */
JJB_API int32_t jjb_restore_plan_dup_text(const jjb_restore_plan* plan, char** text, jjb_error** error);

/** For people: the checks alone. */
JJB_API int32_t jjb_restore_plan_dup_checks_text(const jjb_restore_plan* plan, char** text, jjb_error** error);

/** For scripts: JSON. */
JJB_API int32_t jjb_restore_plan_dup_json(const jjb_restore_plan* plan, char** text, jjb_error** error);

/** Frees the plan. Null is fine. */
JJB_API void jjb_restore_plan_free(jjb_restore_plan* plan);

/** A short stable name of a JJB_RESTORE_KIND_ value, e.g. "full-machine"; "unknown" for others. Never null; never freed. */
JJB_API const char* jjb_restore_kind_get_name(int32_t kind);

/** The JJB_RESTORE_KIND_ value of that name; 0 if there is none, and for null. */
JJB_API int32_t jjb_restore_kind_find(const char* name);

/** A short stable name of a JJB_CHECK_ value, e.g. "blocker"; "unknown" for others. Never null; never freed. */
JJB_API const char* jjb_check_get_name(int32_t check);

/** A short stable name of a JJB_STEP_ value, e.g. "undo-failed"; "unknown" for others. Never null; never freed. */
JJB_API const char* jjb_step_get_name(int32_t step);

/** A short stable name of a JJB_RESTORE_STATE_ value, e.g. "restored"; "unknown" for others. Never null; never freed. */
JJB_API const char* jjb_restore_state_get_name(int32_t state);

/** Who is asked and told while a restore runs. Each function may be null. */
typedef struct jjb_restore_callbacks {
  size_t size;                  /* of this struct, from jjb_restore_callbacks_init */
  void* user;                   /* handed to each callback */
  jjb_destroy_callback destroy; /* may be null; runs when the function that was given the table returns */
  /* Asked once, by jjb_restore_run alone, before anything is changed. `plan` is lent for the call. Anything but 0: it is not wanted,
   * nothing was done, and the restore fails with JJB_STATUS_CANCELLED. Null: nobody is asked. */
  int32_t (*confirm)(void* user, const jjb_restore_plan* plan);
  /* `event` is a JJB_RESTORE_EVENT_ value. `index` of `count` steps; `step` is its name and `state` a JJB_STEP_ value ("" and 0 for a note
   * that belongs to no step). `text` is what is done where a step begins, how where its undo begins, why where either failed, the note;
   * else "". Texts are lent for the call. Anything but 0 stops the restore as jjb_job_cancel does. */
  int32_t (*event)(void* user, int32_t event, size_t index, size_t count, const char* step, int32_t state, const char* text);
} jjb_restore_callbacks;

/** Sets every field to null but `size`. Null is fine. */
JJB_API void jjb_restore_callbacks_init(jjb_restore_callbacks* callbacks);

/**
 * Carries out a plan that was made for this archive and machine, and returns when it is done or undone. A step that fails, or a job that is
 * cancelled, has those before it undone in reverse order; with `undo_on_failure` 0 everything stays as it is then, to be resumed or undone.
 * That is no failure of this function: the report's state says it. `callbacks` may be null. Expect, with nothing done: cancelled if it is
 * not confirmed; invalid argument for a plan that is blocked or for which tools are missing; exists where the work directory holds
 * anything, as an unfinished restore; busy where one runs; corrupt if the archive, which is read once more, is not the one that was planned
 * for.
 */
JJB_API int32_t jjb_restore_run(const jjb_restore_plan* plan, jjb_archive* archive, const jjb_restore_tools* tools,
                                const jjb_restore_callbacks* callbacks, int32_t undo_on_failure, jjb_job* job, jjb_restore_report** report,
                                jjb_error** error);

/**
 * What the journal of a restore says that has not ended; `*report` is null, and the status good, if there is none. `root` and `work_dir`,
 * here and below, are those of the plan; null stands for "/" and for "var/lib/juju/restore". Takes no lock: a restore that runs at this
 * moment looks like one that was interrupted.
 */
JJB_API int32_t jjb_restore_find(const char* root, const char* work_dir, jjb_restore_report** report, jjb_error** error);

/**
 * Goes on where a restore stopped; a step that was begun is done again. The archive has to be the same. Nothing is done if all steps are.
 * Expect: not found if there is nothing to go on with; unsupported if it was being undone; busy; corrupt for another archive; invalid
 * argument if tools are missing.
 */
JJB_API int32_t jjb_restore_resume(const char* root, const char* work_dir, jjb_archive* archive, const jjb_restore_tools* tools,
                                   const jjb_restore_callbacks* callbacks, int32_t undo_on_failure, jjb_job* job,
                                   jjb_restore_report** report, jjb_error** error);

/**
 * Undoes every step that was begun, the last first, and removes what was kept if all went well, but for the logs of MongoDB's tools if the
 * restore had failed. May be called again if it fails or the process dies. A job that is cancelled stops it between two steps. Needs no
 * archive. `report` may be null. Expect: not found; busy; invalid argument if tools are missing.
 */
JJB_API int32_t jjb_restore_undo(const char* root, const char* work_dir, const jjb_restore_tools* tools,
                                 const jjb_restore_callbacks* callbacks, jjb_job* job, jjb_restore_report** report, jjb_error** error);

/** Removes what was kept. It cannot be undone any more. Expect: not found; unsupported unless all steps are done; busy. */
JJB_API int32_t jjb_restore_commit(const char* root, const char* work_dir, jjb_job* job, jjb_error** error);

/**
 * Tells again those machines where the controller is that a restore, all of whose other steps are done, could not tell. Expect: not found,
 * also if it had none to tell; busy.
 */
JJB_API int32_t jjb_restore_update_agents(const char* root, const char* work_dir, const jjb_restore_tools* tools,
                                          const jjb_restore_callbacks* callbacks, jjb_job* job, jjb_restore_report** report,
                                          jjb_error** error);

/** A JJB_RESTORE_STATE_ value. 0 for null. */
JJB_API int32_t jjb_restore_report_get_state(const jjb_restore_report* report);

/** A JJB_RESTORE_KIND_ value. */
JJB_API int32_t jjb_restore_report_get_kind(const jjb_restore_report* report);

/** The archive's name. */
JJB_API const char* jjb_restore_report_get_source(const jjb_restore_report* report);

/** Where journal and old state are, as this process sees it. */
JJB_API const char* jjb_restore_report_get_work_dir(const jjb_restore_report* report);

/** When it was begun. Returns 1 if that is known, else 0 and two zeros. The out parameters may be null. */
JJB_API int32_t jjb_restore_report_get_started(const jjb_restore_report* report, int64_t* seconds, uint32_t* nanoseconds);

/** When it ended. Returns 1 if it did, else 0 and two zeros. The out parameters may be null. */
JJB_API int32_t jjb_restore_report_get_ended(const jjb_restore_report* report, int64_t* seconds, uint32_t* nanoseconds);

/** The first failure, in one line that begins with the step; "" if there is none. */
JJB_API const char* jjb_restore_report_get_error(const jjb_restore_report* report);

/** How many steps there are. */
JJB_API size_t jjb_restore_report_get_step_count(const jjb_restore_report* report);

/** A stable name of what was done, "stop-agent". */
JJB_API const char* jjb_restore_report_get_step_name(const jjb_restore_report* report, size_t index);

/** What was done, for a person. */
JJB_API const char* jjb_restore_report_get_step_what(const jjb_restore_report* report, size_t index);

/** To what. */
JJB_API const char* jjb_restore_report_get_step_target(const jjb_restore_report* report, size_t index);

/** A JJB_STEP_ value. */
JJB_API int32_t jjb_restore_report_get_step_state(const jjb_restore_report* report, size_t index);

/** Why it failed, in one line; else "". */
JJB_API const char* jjb_restore_report_get_step_message(const jjb_restore_report* report, size_t index);

/** How many warnings a step has. */
JJB_API size_t jjb_restore_report_get_step_warning_count(const jjb_restore_report* report, size_t step);

/** What a person should know of a step. */
JJB_API const char* jjb_restore_report_get_step_warning(const jjb_restore_report* report, size_t step, size_t index);

/** How many commands a person has to run now; 0 unless it is restored. */
JJB_API size_t jjb_restore_report_get_command_after_count(const jjb_restore_report* report);

/** One of them. */
JJB_API const char* jjb_restore_report_get_command_after(const jjb_restore_report* report, size_t index);

/** For people. */
JJB_API int32_t jjb_restore_report_dup_text(const jjb_restore_report* report, char** text, jjb_error** error);

/** For scripts: JSON, which also tells of each machine whose agents were told. */
JJB_API int32_t jjb_restore_report_dup_json(const jjb_restore_report* report, char** text, jjb_error** error);

/** Frees the report; what is on disk stays. Null is fine. */
JJB_API void jjb_restore_report_free(jjb_restore_report* report);

/* ------------------------------------------------------------------------------------------------ restoring over a controller's API */

/*
 * What controllers of 2.0 to 2.9.21 do themselves (JJB_OFFER_RESTORE). Between its beginning and its end such a controller refuses nearly
 * everything else; so whatever goes wrong in between is followed by the call that ends it.
 */

/** Neither a backup nor an archive yet: one of them is needed. */
JJB_API jjb_remote_restore_options* jjb_remote_restore_options_new(void);

/** Frees the options. Null is fine. */
JJB_API void jjb_remote_restore_options_free(jjb_remote_restore_options* options);

/** A backup that the controller keeps, in place of an archive. */
JJB_API int32_t jjb_remote_restore_options_set_backup_id(jjb_remote_restore_options* options, const char* id);

/**
 * An archive file, in place of a backup's ID. It is uploaded, unless the controller has an equal one. With `identities` it is decrypted on
 * its way; null: it is not encrypted.
 */
JJB_API int32_t jjb_remote_restore_options_set_file(jjb_remote_restore_options* options, const char* path, jjb_identities* identities);

/**
 * How often and for how long the controller, which starts again, is dialled. `every_ms` is 1 or more. Default: 2,000 and 600,000.
 */
JJB_API int32_t jjb_remote_restore_options_set_dial_ms(jjb_remote_restore_options* options, uint32_t every_ms, uint32_t for_ms);

/**
 * How often and for how long a call is repeated that the controller answers with "upgrade in progress". `every_ms` is 1 or more. Default:
 * 10,000 and 600,000.
 */
JJB_API int32_t jjb_remote_restore_options_set_busy_ms(jjb_remote_restore_options* options, uint32_t every_ms, uint32_t for_ms);

/**
 * `stage` is a JJB_REMOTE_STAGE_ value. `text` is one line for a person, lent for the call. `warning` is 1 for something to think about;
 * nothing has failed. `waited_s` is how long the controller is waited for already. Anything but 0 ends the restore as a failure does.
 */
typedef int32_t (*jjb_remote_restore_callback)(void* user, int32_t stage, const char* text, int32_t warning, uint32_t waited_s);

/** Has `callback` told what goes on; null ends that. `destroy` runs when the callback is replaced or the options are freed. */
JJB_API int32_t jjb_remote_restore_options_set_callback(jjb_remote_restore_options* options, jjb_remote_restore_callback callback,
                                                        void* user, jjb_destroy_callback destroy, jjb_error** error);

/**
 * Restores the controller that `connect` leads to, each step over a connection of its own, and returns when the controller has said that it
 * is restored. An archive is verified in full first. `result` may be null. Expect, with nothing touched: unsupported for other releases
 * and, since 2.4, for several active controllers; not found; corrupt; permission; busy if a restore is going on. Whatever fails later, or a
 * job that is cancelled, leaves the controller usable; where even that fails the error says what to type.
 */
JJB_API int32_t jjb_controller_restore(const jjb_connect_options* connect, const jjb_remote_restore_options* options, jjb_job* job,
                                       jjb_remote_restore_result** result, jjb_error** error);

/** The ID of what was restored, on the controller. */
JJB_API const char* jjb_remote_restore_result_get_backup_id(const jjb_remote_restore_result* result);

/** 1 if the archive was uploaded. */
JJB_API int32_t jjb_remote_restore_result_get_uploaded(const jjb_remote_restore_result* result);

/** 1 if the controller had an equal archive. */
JJB_API int32_t jjb_remote_restore_result_get_reused(const jjb_remote_restore_result* result);

/** 1 if the controller did not answer, since it started again, as most do. */
JJB_API int32_t jjb_remote_restore_result_get_connection_lost(const jjb_remote_restore_result* result);

/** Juju's version on the controller before. */
JJB_API const char* jjb_remote_restore_result_get_version(const jjb_remote_restore_result* result);

/** The same afterwards. */
JJB_API const char* jjb_remote_restore_result_get_version_after(const jjb_remote_restore_result* result);

/** Frees the result. Null is fine. */
JJB_API void jjb_remote_restore_result_free(jjb_remote_restore_result* result);

/**
 * Ends a restore that another client began and did not end. `*end`, which may be null, is a JJB_REMOTE_END_ value. Expect: busy while the
 * controller restores; unsupported for other releases.
 */
JJB_API int32_t jjb_controller_finish_restore(const jjb_connect_options* connect, jjb_job* job, int32_t* end, jjb_error** error);

/** A short stable name of a JJB_REMOTE_STAGE_ value, e.g. "uploading"; "unknown" for others. Never null; never freed. */
JJB_API const char* jjb_remote_stage_get_name(int32_t stage);

/* ------------------------------------------------------------------------------------------------ a new controller */

/*
 * A controller that is gone is bootstrapped again by the user's own program `juju`, with the CA of the backup; then the backup is brought
 * onto it; then the client's directory learns of it. Until then that directory says what it said. In between:
 *  - where jjb_rebootstrap_plan_get_restores_over_api is 1, jjb_controller_restore, with jjb_connect_options_read_client_dir of
 *    jjb_rebootstrapped_get_client_dir;
 *  - else jjb_rebootstrap_restore_over_ssh, which has the command line of this library do it on the new machine.
 */

/** The current controller of the user's own client directory. */
JJB_API jjb_rebootstrap_options* jjb_rebootstrap_options_new(void);

/** Frees the options. Null is fine. */
JJB_API void jjb_rebootstrap_options_free(jjb_rebootstrap_options* options);

/** Its name in the client directory. Default "": the current one. */
JJB_API int32_t jjb_rebootstrap_options_set_controller(jjb_rebootstrap_options* options, const char* controller);

/** Default "": the user's own. */
JJB_API int32_t jjb_rebootstrap_options_set_client_dir(jjb_rebootstrap_options* options, const char* client_dir);

/** The program, a path or a name. Default: "juju". */
JJB_API int32_t jjb_rebootstrap_options_set_juju(jjb_rebootstrap_options* options, const char* juju);

/** For juju bootstrap: "mem=8G cores=4". Default: "". */
JJB_API int32_t jjb_rebootstrap_options_set_constraints(jjb_rebootstrap_options* options, const char* constraints);

/** With 1 juju builds the agent itself. Default: 0. */
JJB_API int32_t jjb_rebootstrap_options_set_build_agent(jjb_rebootstrap_options* options, int32_t build_agent);

/** How long the old controller is dialled, all its addresses together; 1 or more. Default: 5,000. */
JJB_API int32_t jjb_rebootstrap_options_set_dial_timeout_ms(jjb_rebootstrap_options* options, uint32_t timeout_ms);

/** For jjb_rebootstrap_restore_over_ssh: this library's command line, which is copied to the new machine and has to run there. */
JJB_API int32_t jjb_rebootstrap_options_set_program(jjb_rebootstrap_options* options, const char* program);

/** For the same: the archive file, not encrypted. */
JJB_API int32_t jjb_rebootstrap_options_set_archive(jjb_rebootstrap_options* options, const char* path);

/** For the same: adds an argument for restore-backup there, besides --file and --yes. */
JJB_API int32_t jjb_rebootstrap_options_add_argument(jjb_rebootstrap_options* options, const char* argument);

/** For the same: the program scp. Default: "scp". */
JJB_API int32_t jjb_rebootstrap_options_set_scp(jjb_rebootstrap_options* options, const char* scp);

/**
 * `event` is a JJB_REBOOTSTRAP_EVENT_ value, `text` one line, lent for the call. Anything but 0 stops the work as jjb_job_cancel does.
 */
typedef int32_t (*jjb_rebootstrap_callback)(void* user, int32_t event, const char* text);

/** Has `callback` told what goes on; null ends that. `destroy` runs when the callback is replaced or the options are freed. */
JJB_API int32_t jjb_rebootstrap_options_set_callback(jjb_rebootstrap_options* options, jjb_rebootstrap_callback callback, void* user,
                                                     jjb_destroy_callback destroy, jjb_error** error);

/**
 * Reads the archive to its end and the client directory, dials the old controller, and asks juju for its version and options. Changes
 * nothing. `options` may be null. Expect: corrupt; not found if the backup has no CA key, the client does not know how the controller was
 * bootstrapped, or there is no juju; exists if the old controller still answers.
 */
JJB_API int32_t jjb_rebootstrap_plan_make(jjb_archive* archive, const jjb_rebootstrap_options* options, jjb_job* job,
                                          jjb_rebootstrap_plan** plan, jjb_error** error);

/** The controller's name. */
JJB_API const char* jjb_rebootstrap_plan_get_controller(const jjb_rebootstrap_plan* plan);

/** The controller's UUID in the backup, which the new one has in the end. */
JJB_API const char* jjb_rebootstrap_plan_get_controller_uuid(const jjb_rebootstrap_plan* plan);

/** How many controller machines there were; 0 if that is not known. */
JJB_API int64_t jjb_rebootstrap_plan_get_ha_nodes(const jjb_rebootstrap_plan* plan);

/** 1 if the new controller will be of a release that restores over its API. */
JJB_API int32_t jjb_rebootstrap_plan_get_restores_over_api(const jjb_rebootstrap_plan* plan);

/** How many warnings there are. */
JJB_API size_t jjb_rebootstrap_plan_get_warning_count(const jjb_rebootstrap_plan* plan);

/** What a person should know before. */
JJB_API const char* jjb_rebootstrap_plan_get_warning(const jjb_rebootstrap_plan* plan, size_t index);

/** For people: what juju will be called with, and the warnings. */
JJB_API int32_t jjb_rebootstrap_plan_dup_text(const jjb_rebootstrap_plan* plan, char** text, jjb_error** error);

/** Frees the plan. Null is fine. */
JJB_API void jjb_rebootstrap_plan_free(jjb_rebootstrap_plan* plan);

/**
 * Asks juju whether it still reaches the old controller, then bootstraps. The plan must have been made for this archive; of `options`,
 * which may be null, the callback counts alone. Expect: exists if the old one answers; program if the bootstrap fails: then the client
 * directory is as it was, and the error names the directory with what juju knows of a controller that was half made.
 */
JJB_API int32_t jjb_rebootstrap_run(const jjb_rebootstrap_plan* plan, jjb_archive* archive, const jjb_rebootstrap_options* options,
                                    jjb_job* job, jjb_rebootstrapped** made, jjb_error** error);

/** A client directory that knows the new controller, until it is adopted. */
JJB_API const char* jjb_rebootstrapped_get_client_dir(const jjb_rebootstrapped* made);

/** Frees what is known of it; the controller and the directory stay. Null is fine. */
JJB_API void jjb_rebootstrapped_free(jjb_rebootstrapped* made);

/**
 * Copies program and archive of `options` to the new machine, and runs restore-backup there. `tools`, which may be null, count for their
 * settings of ssh; without an identity the client's own key is taken. Expect: program, which says what was not done.
 */
JJB_API int32_t jjb_rebootstrap_restore_over_ssh(const jjb_rebootstrap_plan* plan, const jjb_rebootstrapped* made,
                                                 const jjb_rebootstrap_options* options, const jjb_restore_tools* tools, jjb_job* job,
                                                 jjb_error** error);

/**
 * After the restore: writes the new controller into the client directory in place of the old one, under the client's lock. Account and
 * models stay, as they are those of the backup. Expect: busy.
 */
JJB_API int32_t jjb_rebootstrap_adopt(const jjb_rebootstrap_plan* plan, const jjb_rebootstrapped* made, jjb_job* job, jjb_error** error);

/* ------------------------------------------------------------------------------------------------ serving */

/**
 * One line of a server's log: a JSON object without newline and without secrets, valid during the call only. Runs on any of the server's
 * threads, one at a time. It must not use the server.
 */
typedef void (*jjb_log_callback)(void* user, const char* line);

/** A controller of version 2.9.21 on 127.0.0.1:17070, with neither users nor a state folder yet: both are needed. */
JJB_API jjb_server_options* jjb_server_options_new(void);

/** Frees the options, and wipes the passwords. Servers that were started with them go on. Null is fine. */
JJB_API void jjb_server_options_free(jjb_server_options* options);

/** "127.0.0.1:17070"; with port 0 any that is free. */
JJB_API int32_t jjb_server_options_set_address(jjb_server_options* options, const char* address);

/** Adds a "host:port" that clients are told to dial. Without any: the address listened at. */
JJB_API int32_t jjb_server_options_add_advertised(jjb_server_options* options, const char* endpoint);

/** Where CA, certificate and UUIDs are kept, made on the first start, 0700. Who can read it can pose as this controller. */
JJB_API int32_t jjb_server_options_set_state_dir(jjb_server_options* options, const char* state_dir);

/** Where kept backups are, a URL as jjb_store_open takes it. Default "": "store" in the state folder. */
JJB_API int32_t jjb_server_options_set_store_url(jjb_server_options* options, const char* url);

/** Where archives wait for their one download. Default "": "backups" in the state folder. */
JJB_API int32_t jjb_server_options_set_backup_dir(jjb_server_options* options, const char* backup_dir);

/**
 * Which Juju to be, with what it offers and its quirks: 2.0 - 2.3 keep every backup, 2.4 - 2.9.21 keep on request, later ones hand each out
 * once, 4.x has none. Default: "2.9.21". Invalid argument for what is no version.
 */
JJB_API int32_t jjb_server_options_set_version(jjb_server_options* options, const char* version);

/** Adds a user. Backups need `superuser` 1. The password, a SECRET, is kept as a salted digest by the server. */
JJB_API int32_t jjb_server_options_add_user(jjb_server_options* options, const char* name, const char* password, int32_t superuser);

/**
 * What clients get when they create a backup: a copy of `create`. Null, the default: they are told that it cannot be done. Invalid argument
 * if that is to be encrypted: clients could not read it.
 */
JJB_API int32_t jjb_server_options_set_create(jjb_server_options* options, const jjb_create_options* create);

/**
 * What is replaced when clients have the server restore a backup that it keeps (2.0 - 2.9.21), through the plan and steps of
 * jjb_restore_run: a copy of `restore`, whose root is usually that of `create`, and the folder `database_dir`, in the form of a dump, for
 * the database. No kind stands for the full machine. Nothing is started or stopped, and no other machine reached. Afterwards the server is
 * there anew, as a controller whose process was started again. `restore` null, the default: clients are told that it is not served;
 * `database_dir` may be null then. Invalid argument for a root of "/".
 */
JJB_API int32_t jjb_server_options_set_restore(jjb_server_options* options, const jjb_restore_options* restore, const char* database_dir);

/** How many connections there may be at once, 1 or more; others are closed as they come. Default: 512. */
JJB_API int32_t jjb_server_options_set_max_connections(jjb_server_options* options, uint32_t connections);

/** How long TLS and the header of a request may take, together; 1 or more. Default: 10,000. */
JJB_API int32_t jjb_server_options_set_handshake_timeout_ms(jjb_server_options* options, uint32_t timeout_ms);

/** How long a transfer may stand still; 1 or more. Default: 60,000. */
JJB_API int32_t jjb_server_options_set_idle_timeout_ms(jjb_server_options* options, uint32_t timeout_ms);

/** Has `callback` told what the server does; null ends that. `destroy` runs when the options and the servers started with them ended. */
JJB_API int32_t jjb_server_options_set_log_callback(jjb_server_options* options, jjb_log_callback callback, void* user,
                                                    jjb_destroy_callback destroy, jjb_error** error);

/**
 * Starts an embedded controller, which serves Juju's backup API to whoever logs in. Returns when it takes connections; it works on threads
 * of its own. Expect: invalid argument for options that lack something; busy or io where the address cannot be had; permission.
 */
JJB_API int32_t jjb_server_start(const jjb_server_options* options, jjb_server** server, jjb_error** error);

/** Where it listens: "127.0.0.1:40123". */
JJB_API const char* jjb_server_get_address(const jjb_server* server);

/** The certificate of its CA in PEM, for jjb_connect_options_set_ca_cert. */
JJB_API const char* jjb_server_get_ca_cert(const jjb_server* server);

/** UUID of the controller. */
JJB_API const char* jjb_server_get_controller_uuid(const jjb_server* server);

/** UUID of its model, for jjb_connect_options_set_model_uuid: that of the machine that it backs up, if there is one. */
JJB_API const char* jjb_server_get_model_uuid(const jjb_server* server);

/**
 * Writes a directory with which Juju's client knows this controller as `controller_name`: controllers.yaml, accounts.yaml and models.yaml,
 * 0600. `path` is made if missing, 0700. `user` is one that was added to the options. The password, a SECRET, is written as it is.
 * Expect: exists if there is a controllers.yaml already; not found for another user.
 */
JJB_API int32_t jjb_server_write_client_dir(const jjb_server* server, const char* path, const char* controller_name, const char* user,
                                            const char* password, jjb_error** error);

/**
 * Takes no more connections, lets running calls and transfers end within `grace_ms` milliseconds, then cuts them. Returns when all
 * threads of the server have ended. A second call does nothing.
 */
JJB_API int32_t jjb_server_stop(jjb_server* server, uint32_t grace_ms, jjb_error** error);

/** Stops the server without grace, and frees it. Null is fine. */
JJB_API void jjb_server_free(jjb_server* server);

#ifdef __cplusplus
}
#endif

#endif
