/* Stores: the directory store, a store in callbacks, and making backups. */
#include <unistd.h>

#include "check.h"
#include "memory_store.h"

static jjb_store* open_store(const char* name) {
  jjb_error* error = NULL;
  jjb_store* store = NULL;
  CHECK_OK(jjb_store_open(in_scratch(name), &store, &error));
  return store;
}

static void add_and_list(void) {
  jjb_error* error = NULL;
  jjb_store* store = open_store("store");
  CHECK(strstr(jjb_store_get_url(store), "file:") == jjb_store_get_url(store));
  jjb_listing* listing = NULL;
  CHECK_OK(jjb_store_list(store, NULL, &listing, &error));
  CHECK_INT(jjb_listing_get_count(listing), 0);
  jjb_listing_free(listing);

  jjb_record* record = NULL;
  CHECK_OK(jjb_store_add(store, sample_archive(), 0, NULL, &record, &error));
  CHECK_TEXT(jjb_record_get_id(record), SAMPLE_ID);
  CHECK_TEXT(jjb_record_get_file_name(record), "juju-backup-" SAMPLE_ID ".tar.gz");
  CHECK(exists(in_scratch("store/juju-backup-" SAMPLE_ID ".tar.gz")));
  CHECK_INT(strlen(jjb_record_get_sha1_base64(record)), 28);
  CHECK_INT(strlen(jjb_record_get_sha256_hex(record)), 64);
  CHECK_INT(jjb_record_get_adopted(record), 0);
  CHECK_INT(jjb_record_get_verified(record, NULL, NULL), 1);
  CHECK_INT(jjb_record_get_warning_count(record), 0);
  CHECK(jjb_record_get_warning(record, 0) == NULL);
  size_t size = 0;
  free(read_whole(sample_archive(), &size));
  CHECK_INT(jjb_record_get_size_bytes(record), size);

  jjb_metadata* metadata = NULL;
  CHECK_OK(jjb_record_dup_metadata(record, &metadata, &error));
  char* text = NULL;
  CHECK_OK(jjb_record_dup_json(record, &text, &error));
  CHECK(strstr(text, SAMPLE_ID) != NULL);
  jjb_string_free(text);
  CHECK_OK(jjb_record_dup_yaml(record, &text, &error));
  CHECK(strstr(text, SAMPLE_ID) != NULL);
  jjb_string_free(text);
  jjb_record_free(record);
  CHECK_TEXT(jjb_metadata_get_id(metadata), SAMPLE_ID);
  CHECK_INT(jjb_metadata_get_size_bytes(metadata), size);
  jjb_metadata_free(metadata);

  record = (jjb_record*)&error;
  CHECK_FAILS(jjb_store_add(store, sample_archive(), 0, NULL, &record, &error), JJB_STATUS_EXISTS,
              "backup metadata \"" SAMPLE_ID "\" already exists");
  CHECK(record == NULL);

  CHECK_OK(jjb_store_list(store, NULL, &listing, &error));
  jjb_store_free(store);
  CHECK_INT(jjb_listing_get_count(listing), 1);
  CHECK_TEXT(jjb_listing_get_id(listing, 0), SAMPLE_ID);
  CHECK(jjb_listing_get_id(listing, 1) == NULL);
  CHECK_INT(jjb_listing_get_problem_count(listing), 0);
  CHECK(jjb_listing_get_problem(listing, 0) == NULL);
  CHECK_FAILS(jjb_listing_dup_record(listing, 1, &record, &error), JJB_STATUS_INVALID_ARGUMENT, "index is beyond the end of the listing");
  CHECK_OK(jjb_listing_dup_record(listing, 0, &record, &error));
  jjb_listing_free(listing);
  CHECK_TEXT(jjb_record_get_id(record), SAMPLE_ID);
  jjb_record_free(record);
}

static void show_save_verify_remove(void) {
  jjb_error* error = NULL;
  jjb_store* store = open_store("store");
  jjb_record* record = NULL;
  CHECK_OK(jjb_store_show(store, SAMPLE_ID, NULL, &record, &error));
  CHECK_TEXT(jjb_record_get_id(record), SAMPLE_ID);
  jjb_record_free(record);
  CHECK_FAILS(jjb_store_show(store, "none", NULL, &record, &error), JJB_STATUS_NOT_FOUND, "backup metadata \"none\" not found");

  uint64_t size = 0;
  CHECK_OK(jjb_store_save_archive(store, SAMPLE_ID, in_scratch("copy.tar.gz"), 0, NULL, &size, &error));
  size_t original_size = 0, copy_size = 0;
  char *original = read_whole(sample_archive(), &original_size), *copy = read_whole(in_scratch("copy.tar.gz"), &copy_size);
  CHECK_INT(size, original_size);
  CHECK(copy_size == original_size && memcmp(original, copy, copy_size) == 0);
  free(copy);
  CHECK_INT(jjb_store_save_archive(store, SAMPLE_ID, in_scratch("copy.tar.gz"), 0, NULL, &size, NULL), JJB_STATUS_EXISTS);
  CHECK_INT(size, 0);
  CHECK_OK(jjb_store_save_archive(store, SAMPLE_ID, in_scratch("copy.tar.gz"), 1, NULL, NULL, &error));

  jjb_verify_report* report = NULL;
  CHECK_OK(jjb_store_verify(store, SAMPLE_ID, JJB_DEPTH_FULL, NULL, &report, &error));
  CHECK_INT(jjb_verify_report_get_verdict(report), JJB_VERDICT_OK);
  jjb_verify_report_free(report);
  CHECK_FAILS(jjb_store_verify(store, SAMPLE_ID, 7, NULL, &report, &error), JJB_STATUS_INVALID_ARGUMENT, "depth is no JJB_DEPTH_ value");

  /* Cancelled while it is copied: nothing is there afterwards. */
  jjb_job* job = jjb_job_new();
  jjb_job_cancel(job);
  CHECK_FAILS(jjb_store_save_archive(store, SAMPLE_ID, in_scratch("never.tar.gz"), 0, job, NULL, &error), JJB_STATUS_CANCELLED,
              "cancelled");
  CHECK(!exists(in_scratch("never.tar.gz")));
  jjb_job_free(job);

  /* An archive stays readable when its store is gone and its file too. */
  jjb_archive* archive = NULL;
  CHECK_OK(jjb_store_open_archive(store, SAMPLE_ID, &archive, &error));
  CHECK_OK(jjb_store_remove(store, SAMPLE_ID, &error));
  CHECK_INT(jjb_store_remove(store, SAMPLE_ID, NULL), JJB_STATUS_NOT_FOUND);
  jjb_store_free(store);
  CHECK(!exists(in_scratch("store/juju-backup-" SAMPLE_ID ".tar.gz")));
  CHECK_OK(jjb_archive_verify(archive, NULL, NULL, &report, &error));
  CHECK_INT(jjb_verify_report_get_verdict(report), JJB_VERDICT_OK);
  jjb_archive_free(archive);
  jjb_verify_report_free(report);
  free(original);
}

static void add_bad_ones(void) {
  jjb_error* error = NULL;
  size_t size = 0;
  char* bytes = read_whole(sample_archive(), &size);
  jjb_store* store = open_store("bad");
  memory_source source = {0};
  source.bytes = (unsigned char*)bytes;
  source.size_bytes = size - 10;
  jjb_source_callbacks callbacks = callbacks_of(&source, 0);
  jjb_record* record = NULL;
  CHECK_INT(jjb_store_add_source(store, &callbacks, "cut", 0, NULL, &record, &error), JJB_STATUS_CORRUPT);
  CHECK(strstr(jjb_error_get_message(error), "gzip-truncated") != NULL);
  jjb_error_free(error);
  CHECK_INT(source.destroyed, 1);

  source.position = 0;
  source.fail_with = JJB_STATUS_IO;
  source.fail_text = "connection lost";
  source.fail_from = 100;
  CHECK_FAILS(jjb_store_add_source(store, &callbacks, "lost", 0, NULL, &record, &error), JJB_STATUS_IO, "connection lost");
  CHECK_INT(source.destroyed, 2);
  CHECK_FAILS(jjb_store_add_source(NULL, &callbacks, "lost", 0, NULL, &record, &error), JJB_STATUS_INVALID_ARGUMENT, "store is null");
  CHECK_INT(source.destroyed, 3);

  jjb_listing* listing = NULL;
  CHECK_OK(jjb_store_list(store, NULL, &listing, &error));
  CHECK_INT(jjb_listing_get_count(listing), 0);
  CHECK_INT(jjb_listing_get_problem_count(listing), 0);
  jjb_listing_free(listing);

  /* The whole one goes through, though there is nothing but `read`. */
  source.fail_with = 0;
  source.position = 0;
  source.size_bytes = size;
  callbacks.rewind = NULL;
  CHECK_OK(jjb_store_add_source(store, &callbacks, "whole", 0, NULL, NULL, &error));
  CHECK_INT(source.destroyed, 4);
  CHECK_OK(jjb_store_remove(store, SAMPLE_ID, &error));

  /* A damaged one is taken when asked for. */
  source.position = 0;
  source.size_bytes = size - 10;
  CHECK_OK(jjb_store_add_source(store, &callbacks, "cut", 1, NULL, &record, &error));
  CHECK_INT(jjb_record_get_verified(record, NULL, NULL), 0);
  jjb_record_free(record);
  jjb_store_free(store);

  /* What somebody put there is listed, or named as a problem. */
  write_file(in_scratch("dropped/juju-backup-20200101-000000.tar.gz"), "no archive", 10);
  write_file(in_scratch("dropped/mine.tar.gz"), bytes, size);
  store = open_store("dropped");
  CHECK_OK(jjb_store_list(store, NULL, &listing, &error));
  CHECK_INT(jjb_listing_get_count(listing), 1);
  CHECK_OK(jjb_listing_dup_record(listing, 0, &record, &error));
  CHECK_INT(jjb_record_get_adopted(record), 1);
  jjb_record_free(record);
  CHECK_INT(jjb_listing_get_problem_count(listing), 1);
  CHECK(strstr(jjb_listing_get_problem(listing, 0), "juju-backup-20200101-000000.tar.gz: ") != NULL);
  jjb_listing_free(listing);
  jjb_store_free(store);
  free(bytes);
}

static void opening(void) {
  jjb_error* error = NULL;
  jjb_store* store = (jjb_store*)&error;
  CHECK_INT(jjb_store_open("gopher://x", &store, &error), JJB_STATUS_UNSUPPORTED);
  CHECK(store == NULL);
  CHECK(strstr(jjb_error_get_message(error), "file") != NULL);
  jjb_error_free(error);
  CHECK_FAILS(jjb_store_open(NULL, &store, &error), JJB_STATUS_INVALID_ARGUMENT, "url is null");
  CHECK_FAILS(jjb_store_list(NULL, NULL, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "listing is null");
  CHECK_INT(setenv("XDG_DATA_HOME", "/data home", 1), 0);
  char* url = NULL;
  CHECK_OK(jjb_store_dup_default_url(&url, &error));
  CHECK(strstr(url, "/data home/jujubackup") != NULL);
  jjb_string_free(url);
  CHECK_OK(jjb_store_open("mem:", &store, &error));
  CHECK_TEXT(jjb_store_get_url(store), "mem:");
  jjb_store_free(store);
}

/* ------------------------------------------------------------------------------------------------ creating */

static jjb_create_options* sample_options(void) {
  jjb_create_options* options = jjb_create_options_new();
  CHECK_INT(jjb_create_options_set_root(options, sample_root()), 0);
  CHECK_INT(jjb_create_options_set_dump_dir(options, sample_dump()), 0);
  CHECK_INT(jjb_create_options_set_notes(options, "made in C"), 0);
  CHECK_INT(jjb_create_options_set_started(options, 1634116500, 250000000), 0);
  return options;
}

static void creating(void) {
  jjb_error* error = NULL;
  jjb_store* store = open_store("created");
  jjb_create_options* options = sample_options();
  CHECK_INT(jjb_create_options_set_data_dir(options, "/var/lib/juju"), 0);
  CHECK_INT(jjb_create_options_set_machine_id(options, "0"), 0);
  CHECK_INT(jjb_create_options_set_hostname(options, "the-host"), 0);
  CHECK_INT(jjb_create_options_set_series(options, "focal"), 0);
  CHECK_INT(jjb_create_options_set_base(options, "ubuntu@20.04"), 0);
  CHECK_INT(jjb_create_options_set_controller_uuid(options, "11111111-2222-4333-8444-555555555555"), 0);
  CHECK_INT(jjb_create_options_set_model_uuid(options, SAMPLE_MODEL), 0);
  CHECK_INT(jjb_create_options_set_instance_id(options, "i-0abc"), 0);
  CHECK_INT(jjb_create_options_set_version(options, "2.9.40"), 0);
  CHECK_INT(jjb_create_options_set_ha_nodes(options, 3), 0);
  CHECK_INT(jjb_create_options_set_ca_keys(options, 0), 0);
  CHECK_INT(jjb_create_options_set_check_space(options, 1), 0);
  CHECK_INT(jjb_create_options_set_level(options, JJB_LEVEL_FAST), 0);
  CHECK_INT(jjb_create_options_set_strict(options, 1), 0);
  jjb_record* record = NULL;
  CHECK_OK(jjb_store_create_backup(store, options, NULL, &record, &error));
  CHECK_TEXT(jjb_record_get_id(record), SAMPLE_ID);
  jjb_metadata* metadata = NULL;
  CHECK_OK(jjb_record_dup_metadata(record, &metadata, &error));
  CHECK_TEXT(jjb_metadata_get_notes(metadata), "made in C");
  CHECK_TEXT(jjb_metadata_get_hostname(metadata), "the-host");
  CHECK_TEXT(jjb_metadata_get_version(metadata), "2.9.40");
  CHECK_TEXT(jjb_metadata_get_series(metadata), "focal");
  CHECK_TEXT(jjb_metadata_get_controller_uuid(metadata), "11111111-2222-4333-8444-555555555555");
  CHECK_TEXT(jjb_metadata_get_controller_machine_instance_id(metadata), "i-0abc");
  CHECK_INT(jjb_metadata_get_ha_nodes(metadata), 3);
  jjb_metadata_free(metadata);
  jjb_record_free(record);
  CHECK_FAILS(jjb_store_create_backup(store, options, NULL, &record, &error), JJB_STATUS_EXISTS,
              "backup metadata \"" SAMPLE_ID "\" already exists");
  jjb_verify_report* report = NULL;
  CHECK_OK(jjb_store_verify(store, SAMPLE_ID, JJB_DEPTH_FULL, NULL, &report, &error));
  CHECK_INT(jjb_verify_report_get_verdict(report), JJB_VERDICT_OK);
  CHECK_INT(jjb_verify_report_get_own_layout(report), 1);
  CHECK_INT(jjb_verify_report_get_manifest_checked(report), 1);
  jjb_verify_report_free(report);
  jjb_create_options_free(options);
  jjb_store_free(store);
}

/* With nothing given but the places, agent.conf and the dump tell the rest. */
static void creating_with_defaults(void) {
  jjb_error* error = NULL;
  jjb_store* store = open_store("defaults");
  jjb_create_options* options = sample_options();
  CHECK_INT(jjb_create_options_set_version(options, "2.9.40"), 0);
  CHECK_INT(jjb_create_options_set_version(options, ""), 0);
  jjb_record* record = NULL;
  CHECK_OK(jjb_store_create_backup(store, options, NULL, &record, &error));
  jjb_metadata* metadata = NULL;
  CHECK_OK(jjb_record_dup_metadata(record, &metadata, &error));
  CHECK_TEXT(jjb_metadata_get_version(metadata), "2.9.37");
  CHECK_TEXT(jjb_metadata_get_machine(metadata), "0");
  CHECK_TEXT(jjb_metadata_get_model_uuid(metadata), SAMPLE_MODEL);
  CHECK_INT(jjb_metadata_get_ha_nodes(metadata), 1);
  jjb_metadata_free(metadata);
  jjb_record_free(record);
  jjb_create_options_free(options);
  jjb_store_free(store);
}

static void create_refusals(void) {
  jjb_create_options* options = jjb_create_options_new();
  CHECK_INT(jjb_create_options_set_root(options, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_create_options_set_root(NULL, "/"), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_create_options_set_notes(NULL, "x"), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_create_options_set_version(options, "x"), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_create_options_set_ha_nodes(options, 0), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_create_options_set_started(options, INT64_MIN, 0), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_create_options_set_started(options, 0, 1000000000), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_create_options_set_level(options, 10), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_create_options_set_level(options, -3), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_create_options_set_level(options, 9), JJB_STATUS_OK);

  jjb_error* error = NULL;
  jjb_store* store = open_store("refused");
  CHECK_FAILS(jjb_store_create_backup(store, NULL, NULL, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "options is null");
  CHECK_INT(jjb_store_create_backup(store, options, NULL, NULL, &error), JJB_STATUS_INVALID_ARGUMENT);
  CHECK(strstr(jjb_error_get_message(error), "there is no dump") != NULL);
  jjb_error_free(error);
  jjb_create_options_free(options);
  CHECK(!exists(in_scratch("refused")));
  jjb_store_free(store);
}

/* A stand-in for mongodump writes its arguments down and copies the dump to the folder it is told. */
static void creating_with_mongodump(void) {
  jjb_error* error = NULL;
  char script[1024];
  const int length = snprintf(script, sizeof script,
                              "#!/bin/sh\necho \"$@\" > '%s/arguments'\nwhile [ $# -gt 0 ]; do case \"$1\" in --out) out=$2; shift;; "
                              "--out=*) out=${1#--out=};; esac; shift; done\nmkdir -p \"$out\" && cp -r '%s/.' \"$out\"\n",
                              scratch(), sample_dump());
  write_file(in_scratch("mongodump"), script, (size_t)length);
  char command[600];
  snprintf(command, sizeof command, "chmod 755 '%s'", in_scratch("mongodump"));
  run_shell(command);

  jjb_store* store = open_store("dumped");
  jjb_create_options* options = jjb_create_options_new();
  CHECK_INT(jjb_create_options_set_root(options, sample_root()), 0);
  CHECK_INT(jjb_create_options_set_mongodump(options, 1), 0);
  CHECK_INT(jjb_create_options_set_mongodump(options, 0), 0);
  CHECK_INT(jjb_create_options_set_mongodump_program(options, in_scratch("mongodump")), 0);
  CHECK_INT(jjb_create_options_set_mongodump_host(options, "127.0.0.1"), 0);
  CHECK_INT(jjb_create_options_set_mongodump_username(options, "admin"), 0);
  CHECK_INT(jjb_create_options_set_mongodump_password(options, "hunter2hunter2"), 0);
  CHECK_INT(jjb_create_options_add_mongodump_argument(options, "--quiet"), 0);
  CHECK_INT(jjb_create_options_set_mongodump_work_dir(options, scratch()), 0);
  CHECK_INT(jjb_create_options_set_mongodump_timeout_s(options, 60), 0);
  CHECK_INT(jjb_create_options_set_mongodump_program(options, NULL), JJB_STATUS_INVALID_ARGUMENT);
  jjb_record* record = NULL;
  CHECK_OK(jjb_store_create_backup(store, options, NULL, &record, &error));
  jjb_record_free(record);
  char* arguments = read_whole(in_scratch("arguments"), NULL);
  CHECK(strstr(arguments, "127.0.0.1:37017") != NULL);
  CHECK(strstr(arguments, "--quiet") != NULL);
  CHECK(strstr(arguments, "hunter2") == NULL);
  free(arguments);
  jjb_create_options_free(options);
  jjb_store_free(store);
}

/* ------------------------------------------------------------------------------------------------ custom stores */

static void custom_store(void) {
  jjb_error* error = NULL;
  memory_store memory = {0};
  jjb_store_callbacks callbacks = memory_store_callbacks(&memory);
  jjb_store* store = NULL;
  CHECK_OK(jjb_store_open_custom(&callbacks, "c-memory:", &store, &error));
  CHECK_TEXT(jjb_store_get_url(store), "c-memory:");

  jjb_record* record = NULL;
  CHECK_OK(jjb_store_add(store, sample_archive(), 0, NULL, &record, &error));
  CHECK_TEXT(jjb_record_get_id(record), SAMPLE_ID);
  jjb_record_free(record);
  CHECK(memory_store_count(&memory) >= 1);
  CHECK_INT(memory.locked, 0);
  CHECK_INT(memory.open_writers, 0);
  CHECK_INT(memory.open_readers, 0);
  CHECK_INT(jjb_store_add(store, sample_archive(), 0, NULL, NULL, NULL), JJB_STATUS_EXISTS);

  jjb_listing* listing = NULL;
  CHECK_OK(jjb_store_list(store, NULL, &listing, &error));
  CHECK_INT(jjb_listing_get_count(listing), 1);
  CHECK_TEXT(jjb_listing_get_id(listing, 0), SAMPLE_ID);
  jjb_listing_free(listing);

  jjb_create_options* options = sample_options();
  CHECK_INT(jjb_create_options_set_started(options, 1634116501, 0), 0);
  CHECK_OK(jjb_store_create_backup(store, options, NULL, NULL, &error));
  jjb_create_options_free(options);
  CHECK_OK(jjb_store_list(store, NULL, &listing, &error));
  CHECK_INT(jjb_listing_get_count(listing), 2);
  jjb_listing_free(listing);

  jjb_verify_report* report = NULL;
  CHECK_OK(jjb_store_verify(store, SAMPLE_ID, JJB_DEPTH_FULL, NULL, &report, &error));
  CHECK_INT(jjb_verify_report_get_verdict(report), JJB_VERDICT_OK);
  jjb_verify_report_free(report);

  /* The archive keeps the caller's store alive. */
  jjb_archive* archive = NULL;
  CHECK_OK(jjb_store_open_archive(store, SAMPLE_ID, &archive, &error));
  CHECK_TEXT(jjb_archive_get_name(archive), "c-memory:/juju-backup-" SAMPLE_ID ".tar.gz");
  CHECK_OK(jjb_store_remove(store, SAMPLE_ID, &error));
  jjb_store_free(store);
  CHECK_INT(memory.destroyed, 0);
  jjb_metadata* metadata = NULL;
  CHECK_OK(jjb_archive_read_metadata(archive, NULL, &metadata, &error));
  CHECK_TEXT(jjb_metadata_get_notes(metadata), SAMPLE_NOTES);
  jjb_metadata_free(metadata);
  jjb_archive_free(archive);
  CHECK_INT(memory.destroyed, 1);
  CHECK_INT(memory.open_readers, 0);
  memory_store_clear(&memory);
}

static void failing_custom_store(void) {
  jjb_error* error = NULL;
  memory_store memory = {0};
  jjb_store_callbacks callbacks = memory_store_callbacks(&memory);
  jjb_store* store = NULL;
  CHECK_OK(jjb_store_open_custom(&callbacks, NULL, &store, &error));
  CHECK_TEXT(jjb_store_get_url(store), "custom:");
  memory.fail_write = JJB_STATUS_NO_SPACE;
  CHECK_FAILS(jjb_store_add(store, sample_archive(), 0, NULL, NULL, &error), JJB_STATUS_NO_SPACE, "the memory store is full");
  memory.fail_write = 0;
  memory.fail_commit = JJB_STATUS_PERMISSION;
  CHECK_FAILS(jjb_store_add(store, sample_archive(), 0, NULL, NULL, &error), JJB_STATUS_PERMISSION, "the memory store cannot commit");
  memory.fail_commit = 0;
  CHECK_INT(memory_store_count(&memory), 0);
  CHECK_INT(memory.open_writers, 0);
  CHECK_INT(memory.open_readers, 0);
  jjb_listing* listing = NULL;
  memory.fail_list = JJB_STATUS_BUSY;
  CHECK_FAILS(jjb_store_list(store, NULL, &listing, &error), JJB_STATUS_BUSY, "the memory store cannot be listed");
  memory.fail_list = 0;
  memory.list_bad_name = 1;
  CHECK_INT(jjb_store_list(store, NULL, &listing, NULL), JJB_STATUS_INVALID_ARGUMENT);
  jjb_store_free(store);
  CHECK_INT(memory.destroyed, 1);

  const char refused[] = "store callbacks is null or was not filled by its init function";
  CHECK_FAILS(jjb_store_open_custom(NULL, NULL, &store, &error), JJB_STATUS_INVALID_ARGUMENT, refused);
  callbacks.size = 1;
  CHECK_FAILS(jjb_store_open_custom(&callbacks, NULL, &store, &error), JJB_STATUS_INVALID_ARGUMENT, refused);
  CHECK_INT(memory.destroyed, 1);
  callbacks = memory_store_callbacks(&memory);
  callbacks.unlock = NULL;
  CHECK_FAILS(jjb_store_open_custom(&callbacks, NULL, &store, &error), JJB_STATUS_INVALID_ARGUMENT,
              "store callbacks with only one of lock and unlock");
  CHECK_INT(memory.destroyed, 2);
  callbacks = memory_store_callbacks(&memory);
  callbacks.put = NULL;
  CHECK_INT(jjb_store_open_custom(&callbacks, NULL, &store, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(memory.destroyed, 3);
  callbacks = memory_store_callbacks(&memory);
  CHECK_INT(jjb_store_open_custom(&callbacks, NULL, NULL, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(memory.destroyed, 4);

  /* One that can only be read needs no more than get and list. */
  callbacks = memory_store_callbacks(&memory);
  callbacks.properties = 0;
  callbacks.put = NULL;
  callbacks.remove = NULL;
  CHECK_OK(jjb_store_open_custom(&callbacks, NULL, &store, &error));
  CHECK_INT(jjb_store_add(store, sample_archive(), 0, NULL, NULL, NULL), JJB_STATUS_PERMISSION);
  jjb_store_free(store);
  CHECK_INT(memory.destroyed, 5);
  memory_store_clear(&memory);
}

int main(void) {
  RUN(opening);
  RUN(add_and_list);
  RUN(show_save_verify_remove);
  RUN(add_bad_ones);
  RUN(creating);
  RUN(creating_with_defaults);
  RUN(create_refusals);
  RUN(creating_with_mongodump);
  RUN(custom_store);
  RUN(failing_custom_store);
  return 0;
}
