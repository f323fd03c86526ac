/* Metadata, and the small functions that need no file. */
#include "check.h"

static const char with_key[] =
    "{\"ID\":\"20161013-091500.abc\",\"Checksum\":\"787b8915389d921fa23fb40e16ae81ea979758bf\",\"ChecksumFormat\":\"SHA-1, base64 "
    "encoded\","
    "\"Size\":4711,\"Stored\":\"2016-10-13T09:16:00Z\",\"Started\":\"2016-10-13T09:15:00Z\",\"Finished\":\"2016-10-13T09:15:30.5Z\","
    "\"Notes\":\"\",\"Environment\":\"abc\",\"Machine\":\"0\",\"Hostname\":\"h\",\"Version\":\"2.0.0\",\"Series\":\"xenial\","
    "\"CACert\":\"the certificate\",\"CAPrivateKey\":\"the private key\"}\n";

static jjb_metadata* parse(const char* json) {
  jjb_error* error = NULL;
  jjb_metadata* metadata = NULL;
  CHECK_OK(jjb_metadata_parse(json, strlen(json), &metadata, &error));
  return metadata;
}

static void metadata_getters(void) {
  jjb_metadata* metadata = parse(sample_metadata);
  CHECK_INT(jjb_metadata_get_format_version(metadata), 1);
  CHECK_TEXT(jjb_metadata_get_id(metadata), "");
  CHECK_TEXT(jjb_metadata_get_checksum(metadata), "");
  CHECK_TEXT(jjb_metadata_get_checksum_format(metadata), "");
  CHECK_INT(jjb_metadata_get_size_bytes(metadata), 0);
  CHECK_TEXT(jjb_metadata_get_notes(metadata), SAMPLE_NOTES);
  CHECK_TEXT(jjb_metadata_get_model_uuid(metadata), SAMPLE_MODEL);
  CHECK_TEXT(jjb_metadata_get_machine(metadata), "0");
  CHECK_TEXT(jjb_metadata_get_hostname(metadata), "juju-d1b7a9-0");
  CHECK_TEXT(jjb_metadata_get_version(metadata), "2.9.37");
  CHECK_TEXT(jjb_metadata_get_series(metadata), "focal");
  CHECK(jjb_metadata_get_base(metadata) == NULL);
  CHECK_TEXT(jjb_metadata_get_controller_uuid(metadata), "0e7ca2a1-7d27-4f4c-8a01-4a3b6e6f0f6b");
  CHECK_INT(jjb_metadata_get_ha_nodes(metadata), 1);
  CHECK_TEXT(jjb_metadata_get_controller_machine_id(metadata), "0");
  CHECK_TEXT(jjb_metadata_get_controller_machine_instance_id(metadata), "juju-d1b7a9-0");
  CHECK(jjb_metadata_get_ca_cert(metadata) == NULL);

  int64_t seconds = 7;
  uint32_t nanoseconds = 7;
  CHECK_INT(jjb_metadata_get_started(metadata, &seconds, &nanoseconds), 1);
  CHECK_INT(seconds, 1634116500);
  CHECK_INT(nanoseconds, 250000000);
  CHECK_INT(jjb_metadata_get_finished(metadata, &seconds, &nanoseconds), 0);
  CHECK_INT(seconds, 0);
  CHECK_INT(nanoseconds, 0);
  CHECK_INT(jjb_metadata_get_stored(metadata, NULL, NULL), 0);
  jjb_metadata_free(metadata);

  metadata = parse("{\"FormatVersion\":2,\"Base\":\"ubuntu@22.04\"}");
  CHECK_INT(jjb_metadata_get_format_version(metadata), 2);
  CHECK_TEXT(jjb_metadata_get_base(metadata), "ubuntu@22.04");
  CHECK(jjb_metadata_get_series(metadata) == NULL);
  jjb_metadata_free(metadata);
}

static void metadata_round_trip(void) {
  const char* const cases[] = {sample_metadata, with_key};
  for (size_t i = 0; i < 2; ++i) {
    jjb_error* error = NULL;
    jjb_metadata* metadata = parse(cases[i]);
    char* text = NULL;
    CHECK_OK(jjb_metadata_dup_file_json(metadata, 1, &text, &error));
    CHECK_TEXT(text, cases[i]);
    jjb_string_free(text);
    jjb_metadata_free(metadata);
  }
}

static void ca_private_key_only_on_request(void) {
  jjb_error* error = NULL;
  jjb_metadata* metadata = parse(with_key);
  CHECK_TEXT(jjb_metadata_get_ca_cert(metadata), "the certificate");
  char* texts[6] = {NULL, NULL, NULL, NULL, NULL, NULL};
  CHECK_OK(jjb_metadata_dup_text_2_0(metadata, &texts[0], &error));
  CHECK_OK(jjb_metadata_dup_text_2_8(metadata, 1, &texts[1], &error));
  CHECK_OK(jjb_metadata_dup_text_2_8(metadata, 0, &texts[2], &error));
  CHECK_OK(jjb_metadata_dup_json(metadata, &texts[3], &error));
  CHECK_OK(jjb_metadata_dup_yaml(metadata, &texts[4], &error));
  CHECK_OK(jjb_metadata_dup_file_json(metadata, 0, &texts[5], &error));
  for (int i = 0; i < 6; ++i) {
    CHECK(strlen(texts[i]) > 0);
    CHECK(strstr(texts[i], "the private key") == NULL);
    jjb_string_free(texts[i]);
  }
  char* key = NULL;
  CHECK_OK(jjb_metadata_dup_ca_private_key(metadata, &key, &error));
  CHECK_TEXT(key, "the private key");
  jjb_string_free(key);
  jjb_metadata_free(metadata);

  metadata = parse(sample_metadata);
  key = (char*)"stale";
  CHECK_FAILS(jjb_metadata_dup_ca_private_key(metadata, &key, &error), JJB_STATUS_NOT_FOUND, "the backup record holds no CA private key");
  CHECK(key == NULL);
  jjb_metadata_free(metadata);
}

static void text_forms(void) {
  jjb_error* error = NULL;
  jjb_metadata* metadata = parse(with_key);
  char* text = NULL;
  CHECK_OK(jjb_metadata_dup_text_2_0(metadata, &text, &error));
  CHECK(strncmp(text, "backup ID:       \"20161013-091500.abc\"\n", 39) == 0);
  jjb_string_free(text);
  CHECK_OK(jjb_metadata_dup_text_2_8(metadata, 1, &text, &error));
  CHECK(text[0] == '\n' && strstr(text, "20161013-091500.abc") != NULL);
  jjb_string_free(text);
  CHECK_OK(jjb_metadata_dup_text_2_8(metadata, 0, &text, &error));
  CHECK(strstr(text, "20161013-091500.abc") == NULL);
  jjb_string_free(text);
  CHECK_OK(jjb_metadata_dup_json(metadata, &text, &error));
  CHECK(text[0] == '{');
  jjb_string_free(text);
  jjb_metadata_free(metadata);
}

static void bad_metadata(void) {
  jjb_error* error = NULL;
  jjb_metadata* metadata = (jjb_metadata*)&error; /* to be nulled */
  const char newer[] = "{\"FormatVersion\":9}";
  CHECK_FAILS(jjb_metadata_parse(newer, strlen(newer), &metadata, &error), JJB_STATUS_UNSUPPORTED, "backup format 9 not supported");
  CHECK(metadata == NULL);
  CHECK_INT(jjb_metadata_parse("{", 1, &metadata, &error), JJB_STATUS_CORRUPT);
  CHECK_INT(jjb_error_get_code(error), JJB_STATUS_CORRUPT);
  jjb_error_free(error);
  CHECK_INT(jjb_metadata_parse("{}", 2, &metadata, NULL), JJB_STATUS_OK);
  jjb_metadata_free(metadata);
}

static void null_arguments(void) {
  jjb_error* error = NULL;
  jjb_metadata* metadata = NULL;
  char* text = NULL;
  CHECK_FAILS(jjb_metadata_parse(NULL, 0, &metadata, &error), JJB_STATUS_INVALID_ARGUMENT, "json is null");
  CHECK_FAILS(jjb_metadata_parse("{}", 2, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "metadata is null");
  CHECK_INT(jjb_metadata_parse("{}", 2, NULL, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_FAILS(jjb_metadata_dup_json(NULL, &text, &error), JJB_STATUS_INVALID_ARGUMENT, "metadata is null");
  CHECK_FAILS(jjb_backup_id_dup_made(0, 0, NULL, &text, &error), JJB_STATUS_INVALID_ARGUMENT, "model_uuid is null");
  CHECK(jjb_metadata_get_id(NULL) == NULL);
  CHECK(jjb_metadata_get_version(NULL) == NULL);
  CHECK(jjb_metadata_get_series(NULL) == NULL);
  CHECK_INT(jjb_metadata_get_ha_nodes(NULL), 0);
  int64_t seconds = 7;
  CHECK_INT(jjb_metadata_get_started(NULL, &seconds, NULL), 0);
  CHECK_INT(seconds, 0);
}

static void errors(void) {
  CHECK_INT(jjb_error_get_code(NULL), JJB_STATUS_OK);
  CHECK_TEXT(jjb_error_get_message(NULL), "");
  CHECK_TEXT(jjb_error_get_text(NULL), "");
  CHECK_INT(jjb_error_get_context_count(NULL), 0);
  CHECK(jjb_error_get_context(NULL, 0) == NULL);
  CHECK_INT(jjb_error_get_retry(NULL), 0);
  CHECK_INT(jjb_error_get_system_error(NULL), 0);

  jjb_error* error = jjb_error_new(JJB_STATUS_BUSY, "come back later", 1);
  CHECK_INT(jjb_error_get_code(error), JJB_STATUS_BUSY);
  CHECK_TEXT(jjb_error_get_message(error), "come back later");
  CHECK_TEXT(jjb_error_get_text(error), "come back later");
  CHECK_INT(jjb_error_get_retry(error), 1);
  jjb_error_free(error);
  const int32_t odd[] = {0, -1, 13, 1000};
  for (size_t i = 0; i < 4; ++i) {
    error = jjb_error_new(odd[i], NULL, 0);
    CHECK_INT(jjb_error_get_code(error), JJB_STATUS_INTERNAL);
    CHECK_TEXT(jjb_error_get_message(error), "");
    jjb_error_free(error);
  }

  static const struct {
    int32_t status;
    const char* name;
  } names[] = {{JJB_STATUS_OK, "ok"},
               {JJB_STATUS_INVALID_ARGUMENT, "invalid-argument"},
               {JJB_STATUS_NOT_FOUND, "not-found"},
               {JJB_STATUS_EXISTS, "exists"},
               {JJB_STATUS_PERMISSION, "permission"},
               {JJB_STATUS_NO_SPACE, "no-space"},
               {JJB_STATUS_IO, "io"},
               {JJB_STATUS_CORRUPT, "corrupt"},
               {JJB_STATUS_UNSUPPORTED, "unsupported"},
               {JJB_STATUS_LIMIT, "limit"},
               {JJB_STATUS_CANCELLED, "cancelled"},
               {JJB_STATUS_BUSY, "busy"},
               {JJB_STATUS_PROGRAM, "program"},
               {JJB_STATUS_NO_MEMORY, "no-memory"},
               {JJB_STATUS_INTERNAL, "internal"},
               {13, "unknown"}};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; ++i) CHECK_TEXT(jjb_status_get_name(names[i].status), names[i].name);
  CHECK_TEXT(jjb_phase_get_name(JJB_PHASE_COPYING), "copying");
  CHECK_TEXT(jjb_phase_get_name(99), "unknown");
  CHECK_TEXT(jjb_verdict_get_name(JJB_VERDICT_BAD), "bad");
  CHECK_TEXT(jjb_verdict_get_name(9), "unknown");
  CHECK_TEXT(jjb_severity_get_name(JJB_SEVERITY_NOTE), "note");
  CHECK_TEXT(jjb_severity_get_name(0), "unknown");
}

static void versions_ids_times(void) {
  jjb_error* error = NULL;
  CHECK_TEXT(jjb_version(), JJB_VERSION_STRING);
  CHECK_INT(jjb_abi_version(), JJB_ABI_VERSION);
  char* text = NULL;
  CHECK_OK(jjb_version_dup_details(&text, &error));
  CHECK(strncmp(text, "libjujubackup " JJB_VERSION_STRING " (", strlen("libjujubackup " JJB_VERSION_STRING " (")) == 0);
  jjb_string_free(text);

  uint32_t numbers[4] = {9, 9, 9, 9};
  CHECK_OK(jjb_juju_version_parse("2.9-beta1.3", &numbers[0], &numbers[1], &text, &numbers[2], &numbers[3], &error));
  CHECK(numbers[0] == 2 && numbers[1] == 9 && numbers[2] == 1 && numbers[3] == 3);
  CHECK_TEXT(text, "beta");
  jjb_string_free(text);
  CHECK_OK(jjb_juju_version_parse("2.9.51", NULL, NULL, NULL, NULL, NULL, &error));
  CHECK_FAILS(jjb_juju_version_parse("x", &numbers[0], NULL, NULL, NULL, NULL, &error), JJB_STATUS_CORRUPT, "invalid version \"x\"");
  CHECK_INT(numbers[0], 0);
  int32_t order = 7;
  CHECK_OK(jjb_juju_version_compare("2.9.9", "2.9.51", &order, &error));
  CHECK_INT(order, -1);
  CHECK_OK(jjb_juju_version_compare("2.9.0", "2.9-rc1", &order, &error));
  CHECK_INT(order, 1);
  CHECK_OK(jjb_juju_version_compare("3.6.22", "3.6.22", &order, &error));
  CHECK_INT(order, 0);

  CHECK_OK(jjb_backup_id_dup_made(1634116500, 250000000, SAMPLE_MODEL, &text, &error));
  CHECK_TEXT(text, SAMPLE_ID);
  CHECK_INT(jjb_backup_id_check(text), 1);
  char* name = NULL;
  CHECK_OK(jjb_backup_id_dup_file_name(text, &name, &error));
  CHECK_TEXT(name, "juju-backup-" SAMPLE_ID ".tar.gz");
  jjb_string_free(name);
  jjb_string_free(text);
  CHECK_INT(jjb_backup_id_check("../../etc/passwd"), 0);
  CHECK_INT(jjb_backup_id_check(NULL), 0);
  CHECK_FAILS(jjb_backup_id_dup_file_name("x", &name, &error), JJB_STATUS_INVALID_ARGUMENT, "not a backup ID");
  CHECK_FAILS(jjb_backup_id_dup_made(INT64_MAX, 0, "x", &text, &error), JJB_STATUS_INVALID_ARGUMENT,
              "time is not within the years 1 to 9999");
  CHECK_FAILS(jjb_backup_id_dup_made(0, 1000000000, "x", &text, &error), JJB_STATUS_INVALID_ARGUMENT,
              "time is not within the years 1 to 9999");

  CHECK_OK(jjb_time_dup_rfc3339(1634116500, 250000000, &text, &error));
  CHECK_TEXT(text, "2021-10-13T09:15:00.25Z");
  jjb_string_free(text);
  int64_t seconds = 0;
  uint32_t nanoseconds = 0;
  CHECK_OK(jjb_time_parse_rfc3339("2021-10-13T11:15:00.25+02:00", &seconds, &nanoseconds, &error));
  CHECK_INT(seconds, 1634116500);
  CHECK_INT(nanoseconds, 250000000);
  CHECK_INT(jjb_time_parse_rfc3339("yesterday", &seconds, &nanoseconds, NULL), JJB_STATUS_CORRUPT);
  CHECK_INT(seconds, 0);
}

static void free_accepts_null(void) {
  jjb_string_free(NULL);
  jjb_error_free(NULL);
  jjb_job_free(NULL);
  jjb_metadata_free(NULL);
  jjb_archive_free(NULL);
  jjb_entry_list_free(NULL);
  jjb_extract_options_free(NULL);
  jjb_extract_report_free(NULL);
  jjb_verify_options_free(NULL);
  jjb_verify_report_free(NULL);
  jjb_store_free(NULL);
  jjb_listing_free(NULL);
  jjb_record_free(NULL);
  jjb_create_options_free(NULL);
  jjb_dump_facts_free(NULL);
  jjb_source_callbacks_init(NULL);
  jjb_store_callbacks_init(NULL);
}

int main(void) {
  RUN(metadata_getters);
  RUN(metadata_round_trip);
  RUN(ca_private_key_only_on_request);
  RUN(text_forms);
  RUN(bad_metadata);
  RUN(null_arguments);
  RUN(errors);
  RUN(versions_ids_times);
  RUN(free_accepts_null);
  return 0;
}
