/* Archives: open, list, read, extract, verify, facts; and sources in callbacks. */
#include <pthread.h>

#include "check.h"

static jjb_archive* open_sample(void) {
  jjb_error* error = NULL;
  jjb_archive* archive = NULL;
  CHECK_OK(jjb_archive_open(sample_archive(), &archive, &error));
  return archive;
}

static void opening(void) {
  jjb_error* error = NULL;
  jjb_archive* archive = open_sample();
  CHECK_TEXT(jjb_archive_get_name(archive), sample_archive());
  size_t size = 0;
  free(read_whole(sample_archive(), &size));
  uint64_t told = 0;
  CHECK_INT(jjb_archive_get_size_bytes(archive, &told), 1);
  CHECK_INT(told, size);
  CHECK_INT(jjb_archive_get_size_bytes(archive, NULL), 1);
  jjb_archive_free(archive);

  archive = (jjb_archive*)&error;
  CHECK_INT(jjb_archive_open(in_scratch("nothing"), &archive, &error), JJB_STATUS_NOT_FOUND);
  CHECK(archive == NULL);
  CHECK(strstr(jjb_error_get_text(error), "nothing") != NULL);
  CHECK_INT(jjb_error_get_system_error(error), 2);
  jjb_error_free(error);
  write_file(in_scratch("text"), "no archive", 10);
  CHECK_INT(jjb_archive_open(in_scratch("text"), &archive, NULL), JJB_STATUS_CORRUPT);
  CHECK_FAILS(jjb_archive_open(NULL, &archive, &error), JJB_STATUS_INVALID_ARGUMENT, "path is null");
}

static void metadata_of_archive(void) {
  jjb_error* error = NULL;
  jjb_archive* archive = open_sample();
  jjb_metadata *plain = NULL, *full = NULL;
  CHECK_OK(jjb_archive_read_metadata(archive, NULL, &plain, &error));
  CHECK_OK(jjb_archive_read_metadata_with_file_facts(archive, 1, NULL, &full, &error));
  uint64_t size = 0;
  jjb_archive_get_size_bytes(archive, &size);
  jjb_archive_free(archive); /* before what came out of it */
  CHECK_TEXT(jjb_metadata_get_notes(plain), SAMPLE_NOTES);
  CHECK_TEXT(jjb_metadata_get_checksum(plain), "");
  CHECK_INT(jjb_metadata_get_size_bytes(full), (int64_t)size);
  CHECK_INT(strlen(jjb_metadata_get_checksum(full)), 28);
  jjb_metadata_free(plain);
  jjb_metadata_free(full);
}

static void listing(void) {
  jjb_error* error = NULL;
  jjb_archive* archive = open_sample();
  jjb_entry_list *outer = NULL, *all = NULL;
  CHECK_OK(jjb_archive_list(archive, 0, NULL, &outer, &error));
  CHECK_OK(jjb_archive_list(archive, 1, NULL, &all, &error));
  jjb_archive_free(archive);
  CHECK(jjb_entry_list_get_count(all) > jjb_entry_list_get_count(outer));
  int files = 0, directories = 0, inside = 0;
  for (size_t i = 0; i < jjb_entry_list_get_count(all); ++i) {
    const char* path = jjb_entry_list_get_path(all, i);
    const int32_t type = jjb_entry_list_get_type(all, i);
    files += type == JJB_ENTRY_FILE;
    directories += type == JJB_ENTRY_DIRECTORY;
    if (strcmp(path, "juju-backup/root.tar/var/lib/juju/nonce.txt") == 0) {
      ++inside;
      CHECK_INT(jjb_entry_list_get_size_bytes(all, i), 20);
      CHECK_INT(jjb_entry_list_get_mode(all, i) & 0600, 0600);
      CHECK(jjb_entry_list_get_mtime_s(all, i) > 1600000000);
      CHECK_TEXT(jjb_entry_list_get_link_target(all, i), "");
    }
  }
  CHECK_INT(inside, 1);
  CHECK(files > 15 && directories > 5);
  const size_t end = jjb_entry_list_get_count(all);
  CHECK(jjb_entry_list_get_path(all, end) == NULL);
  CHECK_INT(jjb_entry_list_get_type(all, end), 0);
  CHECK_INT(jjb_entry_list_get_size_bytes(all, SIZE_MAX), 0);
  jjb_entry_list_free(all);
  jjb_entry_list_free(outer);
}

typedef struct collected {
  char bytes[4096];
  size_t size_bytes;
  int32_t answer;
  const char* text;
} collected;

static int32_t collect(void* user, const void* bytes, size_t size_bytes, jjb_error** error) {
  collected* into = user;
  if (into->answer != 0) {
    if (into->text != NULL) *error = jjb_error_new(into->answer, into->text, 0);
    return into->answer;
  }
  CHECK(into->size_bytes + size_bytes < sizeof into->bytes);
  memcpy(into->bytes + into->size_bytes, bytes, size_bytes);
  into->size_bytes += size_bytes;
  return 0;
}

static void reading(void) {
  jjb_error* error = NULL;
  jjb_archive* archive = open_sample();
  collected got = {{0}, 0, 0, NULL};
  CHECK_OK(jjb_archive_read_entry(archive, "juju-backup/metadata.json", collect, &got, NULL, &error));
  CHECK_TEXT(got.bytes, sample_metadata);
  memset(&got, 0, sizeof got);
  CHECK_OK(jjb_archive_read_entry(archive, "juju-backup/root.tar/var/lib/juju/nonce.txt", collect, &got, NULL, &error));
  CHECK_TEXT(got.bytes, "user-admin:bootstrap");
  CHECK_INT(jjb_archive_read_entry(archive, "juju-backup/none", collect, &got, NULL, NULL), JJB_STATUS_NOT_FOUND);
  got.answer = JJB_STATUS_NO_SPACE;
  got.text = "the bucket is full";
  CHECK_FAILS(jjb_archive_read_entry(archive, "juju-backup/metadata.json", collect, &got, NULL, &error), JJB_STATUS_NO_SPACE,
              "the bucket is full");
  got.answer = -5;
  got.text = NULL;
  CHECK_FAILS(jjb_archive_read_entry(archive, "juju-backup/metadata.json", collect, &got, NULL, &error), JJB_STATUS_IO,
              "write callback failed with status -5");
  CHECK_FAILS(jjb_archive_read_entry(archive, "juju-backup/metadata.json", NULL, NULL, NULL, &error), JJB_STATUS_INVALID_ARGUMENT,
              "write is null");
  jjb_archive_free(archive);
}

static void extracting(void) {
  jjb_error* error = NULL;
  jjb_archive* archive = open_sample();
  jjb_extract_report* report = NULL;
  CHECK_OK(jjb_archive_extract(archive, in_scratch("out"), NULL, NULL, &report, &error));
  CHECK(exists(in_scratch("out/juju-backup/root/var/lib/juju/agents/machine-0/agent.conf")));
  CHECK(exists(in_scratch("out/juju-backup/dump/oplog.bson")));
  CHECK(!exists(in_scratch("out/juju-backup/root.tar")));
  CHECK(jjb_extract_report_get_files(report) > 15);
  CHECK(jjb_extract_report_get_directories(report) > 5);
  CHECK_INT(jjb_extract_report_get_links(report), 0);
  CHECK(jjb_extract_report_get_bytes(report) > 500);
  CHECK(jjb_extract_report_get_warning(report, jjb_extract_report_get_warning_count(report)) == NULL);
  jjb_extract_report_free(report);
  CHECK_INT(jjb_archive_extract(archive, in_scratch("out"), NULL, NULL, &report, NULL), JJB_STATUS_EXISTS);
  CHECK(report == NULL);

  jjb_extract_options* options = jjb_extract_options_new();
  CHECK_INT(jjb_extract_options_add_name(options, "juju-backup/root.tar"), JJB_STATUS_OK);
  CHECK_INT(jjb_extract_options_set_root_tar(options, JJB_ROOT_TAR_KEEP), JJB_STATUS_OK);
  CHECK_INT(jjb_extract_options_set_root_tar(options, 3), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_extract_options_set_owners(options, 0), JJB_STATUS_OK);
  CHECK_INT(jjb_extract_options_add_name(options, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_extract_options_add_name(NULL, "x"), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_OK(jjb_archive_extract(archive, in_scratch("kept"), options, NULL, NULL, &error));
  CHECK(exists(in_scratch("kept/juju-backup/root.tar")));
  CHECK(!exists(in_scratch("kept/juju-backup/dump")));
  CHECK_INT(jjb_extract_options_add_name(options, "juju-backup/absent"), JJB_STATUS_OK);
  CHECK_INT(jjb_archive_extract(archive, in_scratch("partly"), options, NULL, NULL, NULL), JJB_STATUS_NOT_FOUND);
  CHECK(exists(in_scratch("partly/juju-backup/root.tar")));
  jjb_extract_options_free(options);
  jjb_archive_free(archive);
}

static void verifying(void) {
  jjb_error* error = NULL;
  jjb_archive* archive = open_sample();
  jjb_verify_report* report = NULL;
  CHECK_OK(jjb_archive_verify(archive, NULL, NULL, &report, &error));
  jjb_archive_free(archive);
  char* text = NULL;
  CHECK_OK(jjb_verify_report_dup_text(report, &text, &error));
  if (jjb_verify_report_get_verdict(report) != JJB_VERDICT_OK) fputs(text, stderr);
  CHECK_INT(jjb_verify_report_get_verdict(report), JJB_VERDICT_OK);
  jjb_string_free(text);
  CHECK_INT(jjb_verify_report_get_depth(report), JJB_DEPTH_FULL);
  CHECK_INT(jjb_verify_report_get_documents(report), 7);
  CHECK_INT(jjb_verify_report_get_members(report), 1);
  CHECK_INT(jjb_verify_report_get_own_layout(report), 0);
  CHECK_INT(jjb_verify_report_get_manifest_checked(report), 0);
  CHECK(jjb_verify_report_get_entries(report) > 15);
  CHECK(jjb_verify_report_get_root_entries(report) > 10);
  CHECK(jjb_verify_report_get_content_bytes(report) > jjb_verify_report_get_size_bytes(report));
  CHECK_INT(strlen(jjb_verify_report_get_sha1_base64(report)), 28);
  CHECK_INT(strlen(jjb_verify_report_get_sha256_hex(report)), 64);
  CHECK_OK(jjb_verify_report_dup_json(report, &text, &error));
  CHECK(text[0] == '{');
  jjb_string_free(text);
  CHECK_OK(jjb_verify_report_dup_yaml(report, &text, &error));
  CHECK(strlen(text) > 0);
  jjb_string_free(text);
  jjb_metadata* metadata = NULL;
  CHECK_OK(jjb_verify_report_dup_metadata(report, &metadata, &error));
  jjb_verify_report_free(report);
  CHECK_TEXT(jjb_metadata_get_notes(metadata), SAMPLE_NOTES);
  jjb_metadata_free(metadata);
  CHECK_INT(jjb_verify_report_get_verdict(NULL), JJB_VERDICT_BAD);
}

static void verifying_a_bad_one(void) {
  jjb_error* error = NULL;
  size_t size = 0;
  char* bytes = read_whole(sample_archive(), &size);
  write_file(in_scratch("cut.tar.gz"), bytes, size / 2);
  jjb_archive* archive = NULL;
  CHECK_OK(jjb_archive_open(in_scratch("cut.tar.gz"), &archive, &error));
  jjb_verify_options* options = jjb_verify_options_new();
  CHECK_INT(jjb_verify_options_set_depth(options, 0), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_verify_options_set_depth(options, JJB_DEPTH_QUICK), JJB_STATUS_OK);
  CHECK_INT(jjb_verify_options_set_recorded_size_bytes(options, size), JJB_STATUS_OK);
  CHECK_INT(jjb_verify_options_set_recorded_sha1_base64(options, ""), JJB_STATUS_OK);
  CHECK_INT(jjb_verify_options_set_recorded_sha256_hex(options, NULL), JJB_STATUS_INVALID_ARGUMENT);
  jjb_verify_report* report = NULL;
  CHECK_OK(jjb_archive_verify(archive, options, NULL, &report, &error));
  CHECK_INT(jjb_verify_report_get_verdict(report), JJB_VERDICT_BAD);
  CHECK_INT(jjb_verify_report_has(report, "gzip-truncated"), 1);
  CHECK_INT(jjb_verify_report_has(report, "no-such-code"), 0);
  CHECK_INT(jjb_verify_report_has(report, NULL), 0);
  const size_t count = jjb_verify_report_get_finding_count(report);
  CHECK(count >= 2);
  int truncated = 0;
  for (size_t i = 0; i < count; ++i) {
    CHECK(strlen(jjb_verify_report_get_finding_code(report, i)) > 0);
    CHECK(strlen(jjb_verify_report_get_finding_message(report, i)) > 0);
    CHECK(strlen(jjb_verify_report_get_finding_meaning(report, i)) > 0);
    CHECK(jjb_verify_report_get_finding_where(report, i) != NULL);
    if (strcmp(jjb_verify_report_get_finding_code(report, i), "gzip-truncated") != 0) continue;
    ++truncated;
    CHECK_INT(jjb_verify_report_get_finding_severity(report, i), JJB_SEVERITY_ERROR);
  }
  CHECK_INT(truncated, 1);
  CHECK(jjb_verify_report_get_finding_code(report, count) == NULL);
  CHECK_INT(jjb_verify_report_get_finding_severity(report, count), 0);
  jjb_verify_report_free(report);
  jjb_verify_options_free(options);
  jjb_archive_free(archive);
  free(bytes);
}

static void facts(void) {
  jjb_error* error = NULL;
  jjb_archive* archive = open_sample();
  jjb_dump_facts* from[2] = {NULL, NULL};
  CHECK_OK(jjb_dump_facts_read_archive(archive, NULL, &from[0], &error));
  CHECK_OK(jjb_dump_facts_read_dir(sample_dump(), NULL, &from[1], &error));
  jjb_archive_free(archive);
  for (int i = 0; i < 2; ++i) {
    CHECK_TEXT(jjb_dump_facts_get_controller_model_uuid(from[i]), SAMPLE_MODEL);
    CHECK_TEXT(jjb_dump_facts_get_agent_version(from[i]), "");
    CHECK_INT(jjb_dump_facts_get_ha_nodes(from[i]), 1);
    CHECK_INT(jjb_dump_facts_get_model_count(from[i]), 1);
    CHECK_TEXT(jjb_dump_facts_get_model_uuid(from[i], 0), SAMPLE_MODEL);
    CHECK_TEXT(jjb_dump_facts_get_model_name(from[i], 0), "controller");
    CHECK_TEXT(jjb_dump_facts_get_model_owner(from[i], 0), "admin");
    CHECK_TEXT(jjb_dump_facts_get_model_cloud(from[i], 0), "aws");
    CHECK_TEXT(jjb_dump_facts_get_model_type(from[i], 0), "iaas");
    CHECK(jjb_dump_facts_get_model_name(from[i], 1) == NULL);
    CHECK_INT(jjb_dump_facts_get_cloud_count(from[i]), 1);
    CHECK_TEXT(jjb_dump_facts_get_cloud_name(from[i], 0), "aws");
    CHECK_TEXT(jjb_dump_facts_get_cloud_type(from[i], 0), "ec2");
    CHECK_INT(jjb_dump_facts_get_controller_machine_count(from[i]), 1);
    CHECK_TEXT(jjb_dump_facts_get_controller_machine_id(from[i], 0), "0");
    CHECK_TEXT(jjb_dump_facts_get_controller_machine_series(from[i], 0), "focal");
    CHECK_TEXT(jjb_dump_facts_get_controller_machine_base(from[i], 0), "");
    CHECK_INT(jjb_dump_facts_get_controller_node_count(from[i]), 1);
    CHECK_TEXT(jjb_dump_facts_get_controller_node(from[i], 0), "0");
    jjb_dump_facts_free(from[i]);
  }
  CHECK_INT(jjb_dump_facts_read_dir(NULL, NULL, &from[0], NULL), JJB_STATUS_INVALID_ARGUMENT);
}

/* ------------------------------------------------------------------------------------------------ jobs */

typedef struct watch {
  int calls, destroyed;
  int32_t answer;
  int32_t last_phase;
  jjb_job* cancel;
  pthread_t thread;
} watch;

static int32_t on_progress(void* user, int32_t phase, uint64_t done_bytes, uint64_t total_bytes) {
  watch* seen = user;
  (void)done_bytes;
  (void)total_bytes;
  ++seen->calls;
  seen->last_phase = phase;
  if (seen->cancel != NULL) jjb_job_cancel(seen->cancel);
  return seen->answer;
}

static int32_t on_note(void* user, const char* text) {
  watch* seen = user;
  CHECK(text != NULL);
  ++seen->calls;
  return seen->answer;
}

static void on_destroy(void* user) { ++((watch*)user)->destroyed; }

static void progress(void) {
  jjb_error* error = NULL;
  watch first = {0}, second = {0}, refused = {0};
  jjb_job* job = jjb_job_new();
  int32_t phase = 9;
  uint64_t done = 9, total = 9;
  jjb_job_get_progress(job, &phase, &done, &total);
  CHECK(phase == JJB_PHASE_IDLE && done == 0 && total == 0);
  CHECK_OK(jjb_job_set_progress_callback(job, on_progress, &first, on_destroy, &error));
  CHECK_OK(jjb_job_set_progress_callback(job, on_progress, &second, on_destroy, &error));
  CHECK_INT(first.destroyed, 1);
  CHECK_FAILS(jjb_job_set_progress_callback(NULL, on_progress, &refused, on_destroy, &error), JJB_STATUS_INVALID_ARGUMENT, "job is null");
  CHECK_FAILS(jjb_job_set_note_callback(NULL, on_note, &refused, on_destroy, &error), JJB_STATUS_INVALID_ARGUMENT, "job is null");
  CHECK_INT(refused.destroyed, 2);

  jjb_archive* archive = open_sample();
  jjb_verify_report* report = NULL;
  CHECK_OK(jjb_archive_verify(archive, NULL, job, &report, &error));
  jjb_verify_report_free(report);
  CHECK(second.calls >= 1);
  CHECK_INT(second.last_phase, JJB_PHASE_VERIFYING);
  uint64_t size = 0;
  jjb_archive_get_size_bytes(archive, &size);
  jjb_job_get_progress(job, &phase, &done, &total);
  CHECK_INT(phase, JJB_PHASE_VERIFYING);
  CHECK_INT(done, size);
  CHECK_INT(total, size);
  jjb_job_get_progress(job, NULL, NULL, NULL);

  second.answer = 1;
  report = (jjb_verify_report*)&error;
  CHECK_FAILS(jjb_archive_verify(archive, NULL, job, &report, &error), JJB_STATUS_CANCELLED, "stopped by the progress callback");
  CHECK(report == NULL);
  CHECK_INT(second.destroyed, 0);
  CHECK_OK(jjb_job_set_progress_callback(job, NULL, NULL, NULL, &error));
  CHECK_INT(second.destroyed, 1);
  CHECK_OK(jjb_archive_verify(archive, NULL, job, &report, &error));
  jjb_verify_report_free(report);

  watch note = {0};
  CHECK_OK(jjb_job_set_note_callback(job, on_note, &note, on_destroy, &error));
  jjb_archive_free(archive);
  jjb_job_free(job);
  CHECK_INT(note.destroyed, 1);
  CHECK_INT(first.destroyed + second.destroyed, 2);
}

/* With any number of threads, callbacks run on this one. */
static int32_t on_this_thread(void* user, int32_t phase, uint64_t done_bytes, uint64_t total_bytes) {
  watch* seen = user;
  (void)phase;
  (void)done_bytes;
  (void)total_bytes;
  CHECK(pthread_equal(seen->thread, pthread_self()));
  ++seen->calls;
  return 0;
}

static void threads(void) {
  jjb_error* error = NULL;
  jjb_job* job = jjb_job_new();
  watch seen = {0};
  seen.thread = pthread_self();
  CHECK_OK(jjb_job_set_progress_callback(job, on_this_thread, &seen, on_destroy, &error));
  CHECK_INT(jjb_job_set_threads(NULL, 1), JJB_STATUS_INVALID_ARGUMENT);
  const uint32_t counts[] = {0, 1, 2, 7, UINT32_MAX};
  size_t size = 0;
  char* bytes = read_whole(sample_archive(), &size);
  for (size_t i = 0; i < sizeof counts / sizeof *counts; ++i) {
    CHECK_INT(jjb_job_set_threads(job, counts[i]), 0);
    for (int random_access = 0; random_access < 2; ++random_access) {
      memory_source source = {0};
      source.bytes = (unsigned char*)bytes;
      source.size_bytes = size;
      jjb_source_callbacks callbacks = callbacks_of(&source, random_access);
      jjb_archive* archive = NULL;
      jjb_verify_report* report = NULL;
      CHECK_OK(jjb_archive_open_source(&callbacks, "memory", &archive, &error));
      CHECK_OK(jjb_archive_verify(archive, NULL, job, &report, &error));
      CHECK_INT(jjb_verify_report_get_verdict(report), JJB_VERDICT_OK);
      jjb_verify_report_free(report);
      jjb_archive_free(archive);
    }
  }
  CHECK(seen.calls >= 10);
  jjb_job_free(job);
  free(bytes);
}

static void* cancel_in_thread(void* user) {
  jjb_job_cancel(user);
  return NULL;
}

static int32_t cancel_from_elsewhere(void* user, int32_t phase, uint64_t done_bytes, uint64_t total_bytes) {
  watch* seen = user;
  (void)phase;
  (void)done_bytes;
  (void)total_bytes;
  if (seen->calls++ == 0) {
    CHECK(pthread_create(&seen->thread, NULL, cancel_in_thread, seen->cancel) == 0);
    CHECK(pthread_join(seen->thread, NULL) == 0);
  }
  return 0;
}

static void cancelling(void) {
  jjb_error* error = NULL;
  jjb_job* job = jjb_job_new();
  watch seen = {0};
  seen.cancel = job;
  CHECK_OK(jjb_job_set_progress_callback(job, cancel_from_elsewhere, &seen, on_destroy, &error));
  jjb_archive* archive = open_sample();
  CHECK_INT(jjb_job_get_cancelled(job), 0);
  CHECK_FAILS(jjb_archive_extract(archive, in_scratch("cancelled"), NULL, job, NULL, &error), JJB_STATUS_CANCELLED, "cancelled");
  CHECK_INT(jjb_job_get_cancelled(job), 1);
  CHECK_INT(seen.calls, 1);
  jjb_entry_list* entries = NULL;
  CHECK_INT(jjb_archive_list(archive, 1, job, &entries, NULL), JJB_STATUS_CANCELLED);
  jjb_job_free(job);
  CHECK_INT(seen.destroyed, 1);
  CHECK_OK(jjb_archive_list(archive, 1, NULL, &entries, &error));
  jjb_entry_list_free(entries);
  jjb_archive_free(archive);
  jjb_job_cancel(NULL);
  CHECK_INT(jjb_job_get_cancelled(NULL), 0);
}

static int32_t free_the_job(void* user, int32_t phase, uint64_t done_bytes, uint64_t total_bytes) {
  watch* seen = user;
  (void)phase;
  (void)done_bytes;
  (void)total_bytes;
  ++seen->calls;
  jjb_job_free(seen->cancel);
  seen->cancel = NULL;
  return 0;
}

static void job_freed_while_used(void) {
  jjb_error* error = NULL;
  jjb_job* job = jjb_job_new();
  watch seen = {0};
  seen.cancel = job;
  CHECK_OK(jjb_job_set_progress_callback(job, free_the_job, &seen, on_destroy, &error));
  jjb_archive* archive = open_sample();
  jjb_verify_report* report = NULL;
  CHECK_OK(jjb_archive_verify(archive, NULL, job, &report, &error));
  CHECK(seen.calls >= 1);
  CHECK_INT(seen.destroyed, 1);
  jjb_verify_report_free(report);
  jjb_archive_free(archive);
}

/* ------------------------------------------------------------------------------------------------ sources */

static void sources(void) {
  jjb_error* error = NULL;
  size_t size = 0;
  char* bytes = read_whole(sample_archive(), &size);
  for (int random_access = 0; random_access < 2; ++random_access) {
    memory_source source = {0};
    source.bytes = (unsigned char*)bytes;
    source.size_bytes = size;
    jjb_source_callbacks callbacks = callbacks_of(&source, random_access);
    jjb_archive* archive = NULL;
    CHECK_OK(jjb_archive_open_source(&callbacks, "memory", &archive, &error));
    memset(&callbacks, 0xff, sizeof callbacks); /* it was copied */
    CHECK_TEXT(jjb_archive_get_name(archive), "memory");
    CHECK_INT(jjb_archive_get_size_bytes(archive, NULL), random_access);
    jjb_metadata* metadata = NULL;
    CHECK_OK(jjb_archive_read_metadata(archive, NULL, &metadata, &error));
    CHECK_TEXT(jjb_metadata_get_notes(metadata), SAMPLE_NOTES);
    jjb_metadata_free(metadata);
    jjb_verify_report* report = NULL;
    CHECK_OK(jjb_archive_verify(archive, NULL, NULL, &report, &error));
    CHECK_INT(jjb_verify_report_get_verdict(report), JJB_VERDICT_OK);
    CHECK_INT(jjb_verify_report_get_size_bytes(report), size);
    CHECK_INT(source.destroyed, 0);
    jjb_archive_free(archive);
    CHECK_INT(source.destroyed, 1);
    jjb_verify_report_free(report);
  }
  free(bytes);
}

static void failing_sources(void) {
  jjb_error* error = NULL;
  size_t size = 0;
  char* bytes = read_whole(sample_archive(), &size);
  memory_source source = {0};
  source.bytes = (unsigned char*)bytes;
  source.size_bytes = size;
  source.fail_with = JJB_STATUS_PERMISSION;
  source.fail_text = "the server says 403";
  jjb_source_callbacks callbacks = callbacks_of(&source, 0);
  jjb_archive* archive = NULL;
  CHECK_FAILS(jjb_archive_open_source(&callbacks, NULL, &archive, &error), JJB_STATUS_PERMISSION, "the server says 403");
  CHECK_INT(source.destroyed, 1);

  /* Not at once, but while it is read: "I could not look" is no report. */
  source.fail_with = 0;
  CHECK_OK(jjb_archive_open_source(&callbacks, "memory", &archive, &error));
  source.fail_with = JJB_STATUS_IO;
  source.fail_from = size / 2;
  jjb_verify_report* report = NULL;
  CHECK_INT(jjb_archive_verify(archive, NULL, NULL, &report, &error), JJB_STATUS_IO);
  CHECK(report == NULL);
  CHECK_TEXT(jjb_error_get_message(error), "the server says 403");
  CHECK_INT(jjb_error_get_retry(error), 1);
  jjb_error_free(error);
  jjb_archive_free(archive);
  CHECK_INT(source.destroyed, 2);

  /* More bytes than there was room for. */
  source.fail_with = 0;
  source.lie_bytes = 1;
  CHECK_INT(jjb_archive_open_source(&callbacks, "memory", &archive, &error), JJB_STATUS_INVALID_ARGUMENT);
  CHECK(strstr(jjb_error_get_message(error), "memory: the read callback claims ") == jjb_error_get_message(error));
  jjb_error_free(error);
  CHECK_INT(source.destroyed, 3);
  source.lie_bytes = 0;

  /* Tables that cannot be used. The destroy callback runs whenever the table reaches that far. */
  const char refused[] = "source callbacks is null or was not filled by its init function";
  CHECK_FAILS(jjb_archive_open_source(NULL, NULL, &archive, &error), JJB_STATUS_INVALID_ARGUMENT, refused);
  callbacks.size = 0;
  CHECK_FAILS(jjb_archive_open_source(&callbacks, NULL, &archive, &error), JJB_STATUS_INVALID_ARGUMENT, refused);
  CHECK_INT(source.destroyed, 3);
  callbacks.size = offsetof(jjb_source_callbacks, read);
  CHECK_FAILS(jjb_archive_open_source(&callbacks, NULL, &archive, &error), JJB_STATUS_INVALID_ARGUMENT, refused);
  CHECK_INT(source.destroyed, 4);
  callbacks = callbacks_of(&source, 0);
  CHECK_FAILS(jjb_archive_open_source(&callbacks, NULL, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "archive is null");
  CHECK_INT(source.destroyed, 5);
  callbacks.read = NULL;
  CHECK_FAILS(jjb_archive_open_source(&callbacks, NULL, &archive, &error), JJB_STATUS_INVALID_ARGUMENT, "source callbacks without read");
  CHECK_INT(source.destroyed, 6);
  free(bytes);
}

/* A table of a later version of the header: what this library does not know is left alone. */
static void longer_table(void) {
  jjb_error* error = NULL;
  struct {
    jjb_source_callbacks known;
    void* later[4];
  } table;
  size_t size = 0;
  char* bytes = read_whole(sample_archive(), &size);
  memory_source source = {0};
  source.bytes = (unsigned char*)bytes;
  source.size_bytes = size;
  memset(&table, 0xff, sizeof table);
  table.known = callbacks_of(&source, 1);
  table.known.size = sizeof table;
  jjb_archive* archive = NULL;
  CHECK_OK(jjb_archive_open_source(&table.known, "memory", &archive, &error));
  jjb_archive_free(archive);
  CHECK_INT(source.destroyed, 1);
  free(bytes);
}

int main(void) {
  RUN(opening);
  RUN(metadata_of_archive);
  RUN(listing);
  RUN(reading);
  RUN(extracting);
  RUN(verifying);
  RUN(verifying_a_bad_one);
  RUN(facts);
  RUN(progress);
  RUN(threads);
  RUN(cancelling);
  RUN(job_freed_while_used);
  RUN(sources);
  RUN(failing_sources);
  RUN(longer_table);
  return 0;
}
