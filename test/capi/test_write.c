/* Making a record from nothing, saying what an archive is to hold, and writing it. */
#include "check.h"

static const char certificate[] = "the certificate", private_key[] = "the private key";

/* The record of the sample archive, made by hand. */
static jjb_metadata* made_metadata(void) {
  jjb_metadata* metadata = jjb_metadata_new();
  CHECK_INT(jjb_metadata_set_started(metadata, 1634116500, 250000000), 0);
  CHECK_INT(jjb_metadata_set_notes(metadata, SAMPLE_NOTES), 0);
  CHECK_INT(jjb_metadata_set_model_uuid(metadata, SAMPLE_MODEL), 0);
  CHECK_INT(jjb_metadata_set_machine(metadata, "0"), 0);
  CHECK_INT(jjb_metadata_set_hostname(metadata, "juju-d1b7a9-0"), 0);
  CHECK_INT(jjb_metadata_set_version(metadata, "2.9.37"), 0);
  CHECK_INT(jjb_metadata_set_series(metadata, "focal"), 0);
  CHECK_INT(jjb_metadata_set_controller_uuid(metadata, "0e7ca2a1-7d27-4f4c-8a01-4a3b6e6f0f6b"), 0);
  CHECK_INT(jjb_metadata_set_ha_nodes(metadata, 1), 0);
  CHECK_INT(jjb_metadata_set_controller_machine_id(metadata, "0"), 0);
  CHECK_INT(jjb_metadata_set_controller_machine_instance_id(metadata, "juju-d1b7a9-0"), 0);
  return metadata;
}

static void check_file_json(const jjb_metadata* metadata, const char* expected) {
  jjb_error* error = NULL;
  char* text = NULL;
  CHECK_OK(jjb_metadata_dup_file_json(metadata, 1, &text, &error));
  CHECK_TEXT(text, expected);
  jjb_string_free(text);
}

static void metadata_from_nothing(void) {
  jjb_metadata* metadata = jjb_metadata_new();
  CHECK_INT(jjb_metadata_get_format_version(metadata), 1);
  CHECK_TEXT(jjb_metadata_get_version(metadata), "0.0.0");
  CHECK_TEXT(jjb_metadata_get_notes(metadata), "");
  CHECK(jjb_metadata_get_series(metadata) == NULL);
  CHECK(jjb_metadata_get_ca_cert(metadata) == NULL);
  CHECK_INT(jjb_metadata_get_started(metadata, NULL, NULL), 0);
  jjb_metadata_free(metadata);

  metadata = made_metadata();
  check_file_json(metadata, sample_metadata);
  CHECK_TEXT(jjb_metadata_get_version(metadata), "2.9.37");

  /* What is refused changes nothing. */
  CHECK_INT(jjb_metadata_set_started(metadata, INT64_MIN, 0), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_metadata_set_started(metadata, 0, 1000000000), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_metadata_set_version(metadata, "x"), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_metadata_set_version(metadata, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_metadata_set_ha_nodes(metadata, -1), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_metadata_set_notes(metadata, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_metadata_set_notes(NULL, "x"), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_metadata_set_series(NULL, NULL), JJB_STATUS_INVALID_ARGUMENT);
  check_file_json(metadata, sample_metadata);

  CHECK_INT(jjb_metadata_set_series(metadata, NULL), 0);
  CHECK(jjb_metadata_get_series(metadata) == NULL);
  CHECK_INT(jjb_metadata_set_ca_cert(metadata, certificate), 0);
  CHECK_TEXT(jjb_metadata_get_ca_cert(metadata), certificate);
  CHECK_INT(jjb_metadata_set_ca_cert(metadata, NULL), 0);
  CHECK_INT(jjb_metadata_set_ca_private_key(metadata, private_key), 0);
  CHECK_INT(jjb_metadata_set_ca_private_key(metadata, NULL), 0);
  char* key = NULL;
  CHECK_INT(jjb_metadata_dup_ca_private_key(metadata, &key, NULL), JJB_STATUS_NOT_FOUND);
  jjb_metadata_free(metadata);
}

static void flavours(void) {
  static const struct {
    const char* version;
    int64_t format;
    const char *series, *base, *ca_cert, *controller_uuid;
  } cases[] = {
      {"2.0.0", 0, "focal", NULL, certificate, ""},
      {"2.9.31", 1, "focal", NULL, certificate, "0e7ca2a1-7d27-4f4c-8a01-4a3b6e6f0f6b"},
      {NULL, 1, "focal", NULL, NULL, "0e7ca2a1-7d27-4f4c-8a01-4a3b6e6f0f6b"},
      {"3.5.4", 1, NULL, "", NULL, "0e7ca2a1-7d27-4f4c-8a01-4a3b6e6f0f6b"},
      {"3.6.22", 2, NULL, "", NULL, "0e7ca2a1-7d27-4f4c-8a01-4a3b6e6f0f6b"},
  };
  jjb_error* error = NULL;
  jjb_metadata* metadata = made_metadata();
  CHECK_INT(jjb_metadata_set_ca_cert(metadata, certificate), 0);
  CHECK_INT(jjb_metadata_set_ca_private_key(metadata, private_key), 0);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; ++i) {
    jjb_metadata* made = NULL;
    CHECK_OK(jjb_metadata_dup_with_flavour_of(metadata, cases[i].version, &made, &error));
    CHECK_INT(jjb_metadata_get_format_version(made), cases[i].format);
    const char* const got[] = {jjb_metadata_get_series(made), jjb_metadata_get_base(made), jjb_metadata_get_ca_cert(made)};
    const char* const wanted[] = {cases[i].series, cases[i].base, cases[i].ca_cert};
    for (int j = 0; j < 3; ++j) {
      CHECK_INT(got[j] == NULL, wanted[j] == NULL);
      if (wanted[j] != NULL) CHECK_TEXT(got[j], wanted[j]);
    }
    CHECK_TEXT(jjb_metadata_get_controller_uuid(made), cases[i].controller_uuid);
    CHECK_TEXT(jjb_metadata_get_version(made), "2.9.37");
    jjb_metadata_free(made);
  }
  jjb_metadata* made = (jjb_metadata*)&error; /* to be nulled */
  CHECK_FAILS(jjb_metadata_dup_with_flavour_of(metadata, "x", &made, &error), JJB_STATUS_INVALID_ARGUMENT, "invalid version \"x\"");
  CHECK(made == NULL);
  CHECK_FAILS(jjb_metadata_dup_with_flavour_of(NULL, NULL, &made, &error), JJB_STATUS_INVALID_ARGUMENT, "metadata is null");
  CHECK_FAILS(jjb_metadata_dup_with_flavour_of(metadata, NULL, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "flavoured is null");
  jjb_metadata_free(metadata);
}

/* ------------------------------------------------------------------------------------------------ writing */

static jjb_archive_input* new_input(void) {
  jjb_metadata* metadata = made_metadata();
  jjb_archive_input* input = jjb_archive_input_new(metadata);
  jjb_metadata_free(metadata); /* a copy was taken */
  CHECK(input != NULL);
  return input;
}

static jjb_archive_input* sample_input(void) {
  jjb_error* error = NULL;
  jjb_archive_input* input = new_input();
  jjb_create_options* place = jjb_create_options_new();
  CHECK_INT(jjb_create_options_set_root(place, sample_root()), 0);
  CHECK_OK(jjb_archive_input_add_controller_files(input, place, NULL, &error));
  jjb_create_options_free(place);
  CHECK_OK(jjb_archive_input_add_dump_dir(input, sample_dump(), NULL, &error));
  return input;
}

/* Bytes that were written, and when to fail. */
typedef struct written {
  unsigned char* bytes;
  size_t size_bytes, room_bytes;
  int32_t fail_with;
  const char* fail_text;
} written;

static int32_t keep(void* user, const void* bytes, size_t size_bytes, jjb_error** error) {
  written* into = user;
  if (into->fail_with != 0) {
    if (into->fail_text != NULL) *error = jjb_error_new(into->fail_with, into->fail_text, 0);
    return into->fail_with;
  }
  if (into->size_bytes + size_bytes > into->room_bytes) {
    into->room_bytes = (into->size_bytes + size_bytes) * 2;
    into->bytes = realloc(into->bytes, into->room_bytes);
    CHECK(into->bytes != NULL);
  }
  memcpy(into->bytes + into->size_bytes, bytes, size_bytes);
  into->size_bytes += size_bytes;
  return 0;
}

static jjb_archive* open_written(const written* bytes) {
  jjb_error* error = NULL;
  jjb_archive* archive = NULL;
  write_file(in_scratch("written.tar.gz"), bytes->bytes, bytes->size_bytes);
  CHECK_OK(jjb_archive_open(in_scratch("written.tar.gz"), &archive, &error));
  return archive;
}

static void writing(void) {
  jjb_error* error = NULL;
  jjb_archive_input* input = sample_input();
  CHECK_INT(jjb_archive_input_add_warning(input, "the logs were left out"), 0);
  jjb_write_options* options = jjb_write_options_new();
  CHECK_INT(jjb_write_options_set_level(options, JJB_LEVEL_FAST), 0);
  written bytes = {0};
  jjb_write_result* result = NULL;
  CHECK_OK(jjb_archive_write(input, options, keep, &bytes, NULL, &result, &error));
  jjb_write_options_free(options);
  jjb_archive_input_free(input);

  CHECK_INT(jjb_write_result_get_size_bytes(result), bytes.size_bytes);
  CHECK(jjb_write_result_get_content_bytes(result) > bytes.size_bytes);
  /* Nine below the root but /etc/hostname; six collections with their options, and the oplog. */
  CHECK_INT(jjb_write_result_get_files(result), 8 + 12 + 1);
  CHECK_INT(jjb_write_result_get_finished(result, NULL, NULL), 1);
  int told = 0;
  for (size_t i = 0; i < jjb_write_result_get_warning_count(result); ++i) {
    told += strcmp(jjb_write_result_get_warning(result, i), "the logs were left out") == 0;
  }
  CHECK_INT(told, 1);
  CHECK(jjb_write_result_get_warning(result, jjb_write_result_get_warning_count(result)) == NULL);

  /* The digests are those of the bytes, and the archive is what was asked for. */
  jjb_archive* archive = open_written(&bytes);
  jjb_verify_options* record = jjb_verify_options_new();
  CHECK_INT(jjb_verify_options_set_recorded_size_bytes(record, jjb_write_result_get_size_bytes(result)), 0);
  CHECK_INT(jjb_verify_options_set_recorded_sha1_base64(record, jjb_write_result_get_sha1_base64(result)), 0);
  CHECK_INT(jjb_verify_options_set_recorded_sha256_hex(record, jjb_write_result_get_sha256_hex(result)), 0);
  jjb_verify_report* report = NULL;
  CHECK_OK(jjb_archive_verify(archive, record, NULL, &report, &error));
  CHECK_INT(jjb_verify_report_get_finding_count(report), 1);
  CHECK_TEXT(jjb_verify_report_get_finding_code(report, 0), "manifest-warnings");
  CHECK_INT(jjb_verify_report_get_own_layout(report), 1);
  CHECK_INT(jjb_verify_report_get_manifest_checked(report), 1);
  CHECK_INT(strlen(jjb_write_result_get_sha1_base64(result)), 28);
  CHECK_TEXT(jjb_verify_report_get_sha256_hex(report), jjb_write_result_get_sha256_hex(result));
  jjb_verify_report_free(report);
  jjb_verify_options_free(record);
  jjb_write_result_free(result);
  jjb_metadata* metadata = NULL;
  CHECK_OK(jjb_archive_read_metadata(archive, NULL, &metadata, &error));
  check_file_json(metadata, sample_metadata);
  jjb_metadata_free(metadata);
  jjb_archive_free(archive);
  free(bytes.bytes);
}

static void single_files(void) {
  jjb_error* error = NULL;
  jjb_archive_input* input = new_input();
  write_file(in_scratch("one"), "PEM", 3);
  write_file(in_scratch("two"), "\x05\0\0\0\0", 5);
  CHECK_INT(jjb_archive_input_add_root_file(input, in_scratch("one"), "var/lib/juju/server.pem", 1), 0);
  CHECK_INT(jjb_archive_input_add_dump_file(input, in_scratch("two"), "juju/models.bson"), 0);
  static const char* const bad[] = {"", "/etc/passwd", "../x", "a/../../x", "a//b", "a/", ".", NULL};
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; ++i) {
    CHECK_INT(jjb_archive_input_add_root_file(input, in_scratch("one"), bad[i], 0), JJB_STATUS_INVALID_ARGUMENT);
    CHECK_INT(jjb_archive_input_add_dump_file(input, in_scratch("one"), bad[i]), JJB_STATUS_INVALID_ARGUMENT);
  }
  written bytes = {0};
  CHECK_OK(jjb_archive_write(input, NULL, keep, &bytes, NULL, NULL, &error));
  jjb_archive* archive = open_written(&bytes);
  jjb_entry_list* list = NULL;
  CHECK_OK(jjb_archive_list(archive, 1, NULL, &list, &error));
  static const char* const paths[] = {
      "juju-backup",      "juju-backup/metadata.json",         "juju-backup/root.tar",     "juju-backup/root.tar/var/lib/juju/server.pem",
      "juju-backup/dump", "juju-backup/dump/juju/models.bson", "juju-backup/manifest.json"};
  CHECK_INT(jjb_entry_list_get_count(list), 7);
  for (size_t i = 0; i < 7; ++i) CHECK_TEXT(jjb_entry_list_get_path(list, i), paths[i]);
  jjb_entry_list_free(list);
  jjb_archive_free(archive);

  /* One that is not there: a warning, a failure where that was asked for. */
  CHECK_INT(jjb_archive_input_add_root_file(input, in_scratch("none"), "var/lib/juju/none", 0), 0);
  bytes.size_bytes = 0;
  jjb_write_result* result = NULL;
  CHECK_OK(jjb_archive_write(input, NULL, keep, &bytes, NULL, &result, &error));
  CHECK_INT(jjb_write_result_get_files(result), 2);
  CHECK_INT(jjb_write_result_get_warning_count(result), 1);
  CHECK_TEXT(jjb_write_result_get_warning(result, 0), "left out \"var/lib/juju/none\": is missing");
  jjb_write_result_free(result);
  jjb_write_options* strict = jjb_write_options_new();
  CHECK_INT(jjb_write_options_set_strict(strict, 1), 0);
  CHECK_FAILS(jjb_archive_write(input, strict, keep, &bytes, NULL, &result, &error), JJB_STATUS_INVALID_ARGUMENT,
              "left out \"var/lib/juju/none\": is missing");
  CHECK(result == NULL);
  jjb_write_options_free(strict);
  CHECK_INT(jjb_archive_input_add_root_file(input, in_scratch("none"), "var/lib/juju/none", 1), 0);
  CHECK_FAILS(jjb_archive_write(input, NULL, keep, &bytes, NULL, &result, &error), JJB_STATUS_NOT_FOUND,
              "required file \"var/lib/juju/none\" is missing");
  jjb_archive_input_free(input);
  free(bytes.bytes);
}

static void writing_fails(void) {
  jjb_error* error = NULL;
  jjb_archive_input* input = sample_input();
  jjb_write_result* result = (jjb_write_result*)&error; /* to be nulled */
  written bytes = {0};
  bytes.fail_with = JJB_STATUS_NO_SPACE;
  bytes.fail_text = "the bucket is full";
  CHECK_FAILS(jjb_archive_write(input, NULL, keep, &bytes, NULL, &result, &error), JJB_STATUS_NO_SPACE, "the bucket is full");
  CHECK(result == NULL);
  bytes.fail_with = -5;
  bytes.fail_text = NULL;
  CHECK_FAILS(jjb_archive_write(input, NULL, keep, &bytes, NULL, &result, &error), JJB_STATUS_IO, "write callback failed with status -5");
  bytes.fail_with = 0;
  jjb_job* job = jjb_job_new();
  jjb_job_cancel(job);
  CHECK_FAILS(jjb_archive_write(input, NULL, keep, &bytes, job, &result, &error), JJB_STATUS_CANCELLED, "cancelled");
  CHECK_INT(jjb_archive_input_add_dump_dir(input, sample_dump(), job, NULL), JJB_STATUS_CANCELLED);
  jjb_job_free(job);
  CHECK_FAILS(jjb_archive_write(input, NULL, NULL, NULL, NULL, &result, &error), JJB_STATUS_INVALID_ARGUMENT, "write is null");
  CHECK_FAILS(jjb_archive_write(NULL, NULL, keep, &bytes, NULL, &result, &error), JJB_STATUS_INVALID_ARGUMENT, "input is null");
  CHECK_INT(bytes.size_bytes, 0);

  CHECK_INT(jjb_archive_input_add_dump_dir(input, in_scratch("nowhere"), NULL, NULL), JJB_STATUS_NOT_FOUND);
  write_file(in_scratch("thin/only.bson"), "", 0);
  CHECK_FAILS(jjb_archive_input_add_dump_dir(input, in_scratch("thin"), NULL, &error), JJB_STATUS_INVALID_ARGUMENT,
              "too few files in dump dir (1)");
  CHECK_FAILS(jjb_archive_input_add_dump_dir(input, NULL, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "dump_dir is null");
  CHECK_FAILS(jjb_archive_input_add_controller_files(NULL, NULL, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "input is null");
  CHECK_INT(jjb_archive_input_add_warning(input, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_archive_input_add_root_file(NULL, "x", "x", 0), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_archive_input_add_dump_file(input, NULL, "x"), JJB_STATUS_INVALID_ARGUMENT);
  jjb_archive_input_free(input);
  jjb_archive_input_free(NULL);

  jjb_write_options* options = jjb_write_options_new();
  CHECK_INT(jjb_write_options_set_level(options, 10), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_write_options_set_level(options, -3), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_write_options_set_level(NULL, 1), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_write_options_set_strict(NULL, 1), JJB_STATUS_INVALID_ARGUMENT);
  jjb_write_options_free(options);

  CHECK_INT(jjb_write_result_get_size_bytes(NULL), 0);
  CHECK(jjb_write_result_get_sha1_base64(NULL) == NULL);
  CHECK(jjb_write_result_get_warning(NULL, 0) == NULL);
  int64_t seconds = 7;
  CHECK_INT(jjb_write_result_get_finished(NULL, &seconds, NULL), 0);
  CHECK_INT(seconds, 0);
  jjb_write_result_free(NULL);
}

static void into_a_store(void) {
  jjb_error* error = NULL;
  jjb_store* store = NULL;
  CHECK_OK(jjb_store_open("mem:", &store, &error));
  jjb_archive_input* input = sample_input();
  jjb_record* record = NULL;
  CHECK_OK(jjb_store_create(store, input, NULL, NULL, &record, &error));
  CHECK_TEXT(jjb_record_get_id(record), SAMPLE_ID);
  CHECK_INT(jjb_record_get_verified(record, NULL, NULL), 1);

  /* A record and a report call the same digests by the same names. */
  char *in_record = NULL, *in_report = NULL;
  CHECK_OK(jjb_record_dup_yaml(record, &in_record, &error));
  jjb_verify_report* report = NULL;
  CHECK_OK(jjb_store_verify(store, SAMPLE_ID, JJB_DEPTH_FULL, NULL, &report, &error));
  CHECK_INT(jjb_verify_report_get_verdict(report), JJB_VERDICT_OK);
  CHECK_OK(jjb_verify_report_dup_yaml(report, &in_report, &error));
  char wanted[256];
  snprintf(wanted, sizeof wanted, "\nsha1: %s\nsha256: %s\n", jjb_record_get_sha1_base64(record), jjb_record_get_sha256_hex(record));
  CHECK(strstr(in_record, wanted) != NULL);
  CHECK(strstr(in_report, wanted) != NULL);
  jjb_string_free(in_record);
  jjb_string_free(in_report);
  jjb_verify_report_free(report);
  jjb_record_free(record);

  CHECK_FAILS(jjb_store_create(store, input, NULL, NULL, &record, &error), JJB_STATUS_EXISTS,
              "backup metadata \"" SAMPLE_ID "\" already exists");
  CHECK(record == NULL);
  CHECK_FAILS(jjb_store_create(NULL, input, NULL, NULL, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "store is null");
  CHECK_FAILS(jjb_store_create(store, NULL, NULL, NULL, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "input is null");

  /* Without a dump it is no good, and is not there afterwards. */
  jjb_archive_input* empty = jjb_archive_input_new(NULL);
  CHECK_INT(jjb_store_create(store, empty, NULL, NULL, NULL, NULL), JJB_STATUS_CORRUPT);
  jjb_archive_input_free(empty);
  jjb_listing* listing = NULL;
  CHECK_OK(jjb_store_list(store, NULL, &listing, &error));
  CHECK_INT(jjb_listing_get_count(listing), 1);
  jjb_listing_free(listing);
  jjb_archive_input_free(input);
  jjb_store_free(store);
}

static void finding_mongodump(void) {
  jjb_error* error = NULL;
  jjb_create_options* options = jjb_create_options_new();
  CHECK_INT(jjb_create_options_set_root(options, sample_root()), 0);
  char* program = (char*)"stale";
  char wanted[640];
  /* The sample's own version is before 3: the search ends in $PATH. */
  char* path = strdup(getenv("PATH"));
  CHECK_INT(setenv("PATH", in_scratch("nothing"), 1), 0);
  CHECK_INT(jjb_create_options_dup_mongodump_program(options, &program, &error), JJB_STATUS_NOT_FOUND);
  CHECK_INT(setenv("PATH", path, 1), 0);
  free(path);
  CHECK(program == NULL);
  CHECK(strstr(jjb_error_get_message(error), "no mongodump in $PATH") != NULL);
  jjb_error_free(error);
  error = NULL;
  CHECK_INT(jjb_create_options_set_version(options, "3.5.4"), 0);
  snprintf(wanted, sizeof wanted, "juju-db snap not installed, no mongo at %s/snap/bin/juju-db.mongod", sample_root());
  CHECK_FAILS(jjb_create_options_dup_mongodump_program(options, &program, &error), JJB_STATUS_NOT_FOUND, wanted);
  CHECK_INT(jjb_create_options_set_mongodump_program(options, "/opt/mongodump"), 0);
  CHECK_OK(jjb_create_options_dup_mongodump_program(options, &program, &error));
  CHECK_TEXT(program, "/opt/mongodump");
  jjb_string_free(program);
  CHECK_FAILS(jjb_create_options_dup_mongodump_program(NULL, &program, &error), JJB_STATUS_INVALID_ARGUMENT, "options is null");
  jjb_create_options_free(options);
}

int main(void) {
  RUN(metadata_from_nothing);
  RUN(flavours);
  RUN(writing);
  RUN(single_files);
  RUN(writing_fails);
  RUN(into_a_store);
  RUN(finding_mongodump);
  return 0;
}
