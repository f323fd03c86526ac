/* A controller as a program in C meets it: connecting, creating, listing, downloading, uploading, removing. */
#include "check.h"

static jjb_metadata* metadata_of(const jjb_remote_backup* backup) {
  jjb_error* error = NULL;
  jjb_metadata* metadata = NULL;
  CHECK_OK(jjb_remote_backup_dup_metadata(backup, &metadata, &error));
  return metadata;
}

static jjb_remote_backup* create(jjb_controller* controller, const char* notes, int32_t keep_copy) {
  jjb_error* error = NULL;
  jjb_remote_create_options* options = jjb_remote_create_options_new();
  CHECK_INT(jjb_remote_create_options_set_notes(options, notes), 0);
  CHECK_INT(jjb_remote_create_options_set_download(options, 1), 0);
  CHECK_INT(jjb_remote_create_options_set_keep_copy(options, keep_copy), 0);
  jjb_remote_backup* backup = NULL;
  CHECK_OK(jjb_controller_create(controller, options, NULL, &backup, &error));
  jjb_remote_create_options_free(options);
  return backup;
}

static void check_good(const char* path) {
  jjb_error* error = NULL;
  jjb_archive* archive = NULL;
  jjb_verify_report* report = NULL;
  CHECK_OK(jjb_archive_open(path, &archive, &error));
  CHECK_OK(jjb_archive_verify(archive, NULL, NULL, &report, &error));
  CHECK_INT(jjb_verify_report_get_verdict(report), JJB_VERDICT_OK);
  jjb_verify_report_free(report);
  jjb_archive_free(archive);
}

static void connecting(void) {
  jjb_error* error = NULL;
  jjb_server* server = start_server("first", "2.9.21", NULL, NULL, NULL);
  jjb_server* other = start_server("second", "2.9.21", NULL, NULL, NULL);
  jjb_controller* controller = connect_to(server);
  CHECK_TEXT(jjb_controller_get_version(controller), "2.9.21");
  CHECK_TEXT(jjb_controller_get_controller_uuid(controller), jjb_server_get_controller_uuid(server));
  CHECK_TEXT(jjb_controller_get_model_uuid(controller), jjb_server_get_model_uuid(server));
  CHECK_TEXT(jjb_controller_get_user(controller), "admin");
  CHECK_TEXT(jjb_controller_get_access(controller), "superuser");
  CHECK_TEXT(jjb_controller_get_endpoint(controller), jjb_server_get_address(server));
  CHECK_INT(jjb_controller_get_offers(controller), JJB_OFFER_CREATE | JJB_OFFER_KEEP_COPY | JJB_OFFER_STORED | JJB_OFFER_REMOVE |
                                                       JJB_OFFER_REMOVE_MANY | JJB_OFFER_UPLOAD | JJB_OFFER_ONE_SHOT | JJB_OFFER_RESTORE);
  jjb_controller_free(controller);

  /* The controller knows the UUID of a model by its name. */
  jjb_connect_options* options = connect_options(server, "admin", ADMIN_PASSWORD);
  CHECK_INT(jjb_connect_options_set_model_uuid(options, ""), 0);
  CHECK_INT(jjb_connect_options_set_model_name(options, "admin/controller"), 0);
  CHECK_INT(jjb_connect_options_set_controller_name(options, "mine"), 0);
  CHECK_INT(jjb_connect_options_set_controller_uuid(options, jjb_server_get_controller_uuid(server)), 0);
  CHECK_INT(jjb_connect_options_set_connect_timeout_ms(options, 30000), 0);
  CHECK_INT(jjb_connect_options_set_idle_timeout_ms(options, 30000), 0);
  CHECK_OK(jjb_controller_connect(options, NULL, &controller, &error));
  CHECK_TEXT(jjb_controller_get_model_uuid(controller), jjb_server_get_model_uuid(server));
  jjb_controller_free(controller);

  jjb_job* job = jjb_job_new();
  jjb_job_cancel(job);
  CHECK_INT(jjb_controller_connect(options, job, &controller, NULL), JJB_STATUS_CANCELLED);
  CHECK(controller == NULL);
  jjb_job_free(job);
  jjb_connect_options_free(options);

  /* A password that is not theirs, a CA that is not its own, another controller than expected. */
  options = connect_options(server, "admin", BOB_PASSWORD);
  CHECK_INT(jjb_controller_connect(options, NULL, &controller, &error), JJB_STATUS_PERMISSION);
  CHECK(strstr(jjb_error_get_text(error), BOB_PASSWORD) == NULL);
  jjb_error_free(error);
  CHECK_INT(jjb_connect_options_set_password(options, ADMIN_PASSWORD), 0);
  CHECK_INT(jjb_connect_options_set_ca_cert(options, jjb_server_get_ca_cert(other)), 0);
  CHECK_INT(jjb_controller_connect(options, NULL, &controller, NULL), JJB_STATUS_PERMISSION);
  CHECK_INT(jjb_connect_options_set_ca_cert(options, jjb_server_get_ca_cert(server)), 0);
  CHECK_INT(jjb_connect_options_set_controller_uuid(options, jjb_server_get_controller_uuid(other)), 0);
  CHECK(jjb_controller_connect(options, NULL, &controller, NULL) != JJB_STATUS_OK);
  CHECK(controller == NULL);
  CHECK_INT(jjb_connect_options_set_controller_uuid(options, ""), 0);
  CHECK_OK(jjb_controller_connect(options, NULL, &controller, &error));
  jjb_controller_free(controller);
  jjb_connect_options_free(options);

  /* Backups are for superusers. */
  options = connect_options(server, "bob", BOB_PASSWORD);
  const int32_t status = jjb_controller_connect(options, NULL, &controller, NULL);
  jjb_remote_backup* backup = NULL;
  if (status == JJB_STATUS_OK) CHECK_INT(jjb_controller_create(controller, NULL, NULL, &backup, NULL), JJB_STATUS_PERMISSION);
  CHECK(status == JJB_STATUS_OK || status == JJB_STATUS_PERMISSION);
  CHECK(backup == NULL);
  jjb_controller_free(controller);
  jjb_connect_options_free(options);
  jjb_server_free(server);
  jjb_server_free(other);
}

/* What stays on a controller: made, listed, shown, downloaded, sent to another controller, removed. */
static void kept(const char* version) {
  jjb_error* error = NULL;
  char names[2][64];
  snprintf(names[0], sizeof names[0], "keeps-%s", version);
  snprintf(names[1], sizeof names[1], "takes-%s", version);
  jjb_server* server = start_server(names[0], version, NULL, NULL, NULL);
  jjb_controller* controller = connect_to(server);
  const uint32_t offers = jjb_controller_get_offers(controller);
  CHECK_INT(offers & (JJB_OFFER_CREATE | JJB_OFFER_STORED | JJB_OFFER_UPLOAD), JJB_OFFER_CREATE | JJB_OFFER_STORED | JJB_OFFER_UPLOAD);
  CHECK(((offers & JJB_OFFER_KEEP_COPY) != 0) != ((offers & JJB_OFFER_ALWAYS_KEEPS) != 0));

  jjb_remote_backup* backup = create(controller, "made over the API", (offers & JJB_OFFER_KEEP_COPY) != 0);
  jjb_metadata* metadata = metadata_of(backup);
  CHECK_TEXT(jjb_metadata_get_notes(metadata), "made over the API");
  char* key = NULL;
  CHECK_INT(jjb_metadata_dup_ca_private_key(metadata, &key, NULL), JJB_STATUS_NOT_FOUND);
  char id[128];
  snprintf(id, sizeof id, "%s", jjb_metadata_get_id(metadata));
  CHECK_INT(jjb_backup_id_check(id), 1);
  CHECK(jjb_remote_backup_get_download_id(backup)[0] != 0);
  jjb_remote_backup_free(backup);

  jjb_metadata_list* list = NULL;
  CHECK_OK(jjb_controller_list(controller, NULL, &list, &error));
  CHECK_INT(jjb_metadata_list_get_count(list), 1);
  CHECK_TEXT(jjb_metadata_list_get_id(list, 0), id);
  CHECK(jjb_metadata_list_get_id(list, 1) == NULL);
  jjb_metadata* listed = (jjb_metadata*)&error;
  CHECK_FAILS(jjb_metadata_list_dup_metadata(list, 1, &listed, &error), JJB_STATUS_INVALID_ARGUMENT, "index is beyond the end of the list");
  CHECK(listed == NULL);
  CHECK_OK(jjb_metadata_list_dup_metadata(list, 0, &listed, &error));
  jjb_metadata_list_free(list);
  CHECK_TEXT(jjb_metadata_get_checksum(listed), jjb_metadata_get_checksum(metadata));
  jjb_metadata_free(listed);

  jjb_metadata* shown = NULL;
  CHECK_OK(jjb_controller_show(controller, id, NULL, &shown, &error));
  CHECK_TEXT(jjb_metadata_get_id(shown), id);
  CHECK_INT(jjb_metadata_get_size_bytes(shown), jjb_metadata_get_size_bytes(metadata));
  jjb_metadata_free(metadata);
  CHECK_INT(jjb_controller_show(controller, "20200101-000000." SAMPLE_MODEL, NULL, &metadata, NULL), JJB_STATUS_NOT_FOUND);
  CHECK(metadata == NULL);

  char path[512];
  snprintf(path, sizeof path, "%s", in_scratch(names[0]));
  snprintf(path + strlen(path), sizeof path - strlen(path), ".tar.gz");
  uint64_t size = 0;
  CHECK_OK(jjb_controller_download_file(controller, id, shown, path, 0, NULL, &size, &error));
  CHECK_INT(size, jjb_metadata_get_size_bytes(shown));
  check_good(path);
  CHECK_INT(jjb_controller_download_file(controller, id, shown, path, 0, NULL, &size, NULL), JJB_STATUS_EXISTS);
  CHECK_INT(size, 0);
  CHECK_OK(jjb_controller_download_file(controller, id, NULL, path, 1, NULL, NULL, &error));

  /* What is not the backup that was told of does not get a name. */
  jjb_metadata* wrong = NULL;
  static const char told[] =
      "{\"ID\":\"\",\"Checksum\":\"2jmj7l5rSw0yVb/vlWAYkK/YBwk=\",\"ChecksumFormat\":\"SHA-1, base64 encoded\",\"Size\":45}";
  CHECK_OK(jjb_metadata_parse(told, sizeof told - 1, &wrong, &error));
  CHECK_INT(jjb_controller_download_file(controller, id, wrong, in_scratch("never.tar.gz"), 0, NULL, NULL, NULL), JJB_STATUS_CORRUPT);
  CHECK(!exists(in_scratch("never.tar.gz")));
  jjb_metadata_free(wrong);
  jjb_job* job = jjb_job_new();
  jjb_job_cancel(job);
  CHECK_INT(jjb_controller_download_file(controller, id, shown, in_scratch("never.tar.gz"), 0, job, NULL, NULL), JJB_STATUS_CANCELLED);
  CHECK(!exists(in_scratch("never.tar.gz")));
  jjb_job_free(job);

  /* Into a store, and from a file into another controller, whose ID is the same. */
  jjb_store* store = NULL;
  jjb_record* record = NULL;
  CHECK_OK(jjb_store_open("mem:", &store, &error));
  CHECK_OK(jjb_controller_download_into(controller, id, shown, store, 0, NULL, &record, &error));
  CHECK_TEXT(jjb_record_get_id(record), id);
  CHECK_TEXT(jjb_record_get_sha1_base64(record), jjb_metadata_get_checksum(shown));
  CHECK_INT(jjb_record_get_verified(record, NULL, NULL), 1);
  jjb_record_free(record);
  CHECK_INT(jjb_controller_download_into(controller, id, NULL, store, 0, NULL, NULL, NULL), JJB_STATUS_EXISTS);
  jjb_store_free(store);

  jjb_server* second = start_server(names[1], version, NULL, NULL, NULL);
  jjb_controller* taker = connect_to(second);
  char* uploaded = NULL;
  CHECK_OK(jjb_controller_upload_file(taker, path, NULL, NULL, &uploaded, &error));
  CHECK_TEXT(uploaded, id);
  jjb_string_free(uploaded);
  CHECK_INT(jjb_controller_upload_file(taker, path, NULL, NULL, &uploaded, &error), JJB_STATUS_EXISTS);
  CHECK(uploaded == NULL);
  jjb_error_free(error);
  error = NULL;
  CHECK_INT(jjb_controller_upload_file(taker, in_scratch("nothing"), NULL, NULL, &uploaded, NULL), JJB_STATUS_NOT_FOUND);
  CHECK_OK(jjb_controller_show(taker, id, NULL, &metadata, &error));
  CHECK_TEXT(jjb_metadata_get_checksum(metadata), jjb_metadata_get_checksum(shown));
  jjb_metadata_free(metadata);
  jjb_metadata_free(shown);

  /* An ID that is not there is a line of the result, not a failure. */
  const char* const ids[] = {id, "20200101-000000." SAMPLE_MODEL};
  jjb_remove_results* results = NULL;
  CHECK_OK(jjb_controller_remove(taker, ids, 2, NULL, &results, &error));
  jjb_controller_free(taker);
  jjb_server_free(second);
  CHECK_INT(jjb_remove_results_get_count(results), 2);
  CHECK_TEXT(jjb_remove_results_get_id(results, 0), id);
  CHECK_TEXT(jjb_remove_results_get_error(results, 0), "");
  CHECK_TEXT(jjb_remove_results_get_id(results, 1), ids[1]);
  CHECK(jjb_remove_results_get_error(results, 1)[0] != 0);
  CHECK(jjb_remove_results_get_id(results, 2) == NULL);
  CHECK(jjb_remove_results_get_error(results, 2) == NULL);
  jjb_remove_results_free(results);

  CHECK_OK(jjb_controller_remove(controller, ids, 1, NULL, &results, &error));
  jjb_remove_results_free(results);
  CHECK_OK(jjb_controller_list(controller, NULL, &list, &error));
  CHECK_INT(jjb_metadata_list_get_count(list), 0);
  jjb_metadata_list_free(list);
  jjb_server_free(server);
  jjb_controller_free(controller);
}

static void kept_always(void) { kept("2.0.3"); }
static void kept_on_request(void) { kept("2.9.21"); }

/* From 2.9.22 on a backup can be fetched once, and that is all. */
static void one_shot(void) {
  jjb_error* error = NULL;
  jjb_server* server = start_server("one-shot", "3.6.3", NULL, NULL, NULL);
  jjb_controller* controller = connect_to(server);
  CHECK_INT(jjb_controller_get_offers(controller), JJB_OFFER_CREATE | JJB_OFFER_ONE_SHOT);
  jjb_metadata_list* list = NULL;
  CHECK_INT(jjb_controller_list(controller, NULL, &list, NULL), JJB_STATUS_UNSUPPORTED);
  char* id = NULL;
  CHECK_INT(jjb_controller_upload_file(controller, sample_archive(), NULL, NULL, &id, NULL), JJB_STATUS_UNSUPPORTED);

  jjb_remote_backup* backup = create(controller, "once", 0);
  CHECK_INT(jjb_remote_backup_get_one_shot(backup), 1);
  CHECK(jjb_remote_backup_get_remote_path(backup)[0] == '/');
  jjb_metadata* metadata = metadata_of(backup);
  /* What would fail here does so before the controller is asked. */
  write_file(in_scratch("taken"), "x", 1);
  CHECK_INT(jjb_controller_download_file(controller, jjb_remote_backup_get_download_id(backup), metadata, in_scratch("taken"), 0, NULL,
                                         NULL, NULL),
            JJB_STATUS_EXISTS);
  jjb_store* store = NULL;
  jjb_record* record = NULL;
  CHECK_OK(jjb_store_open(in_scratch("fetched"), &store, &error));
  CHECK_OK(jjb_controller_download_into(controller, jjb_remote_backup_get_download_id(backup), metadata, store, 0, NULL, &record, &error));
  CHECK_TEXT(jjb_record_get_sha1_base64(record), jjb_metadata_get_checksum(metadata));
  jjb_record_free(record);
  jjb_store_free(store);
  CHECK(jjb_controller_download_file(controller, jjb_remote_backup_get_download_id(backup), metadata, in_scratch("twice.tar.gz"), 0, NULL,
                                     NULL, NULL) != JJB_STATUS_OK);
  CHECK(!exists(in_scratch("twice.tar.gz")));
  jjb_metadata_free(metadata);
  jjb_controller_free(controller);
  jjb_server_free(server);
  jjb_remote_backup_free(backup);
}

/* The same backups through the functions for stores. */
static void as_a_store(void) {
  jjb_error* error = NULL;
  jjb_server* server = start_server("store", "2.9.21", NULL, NULL, NULL);
  jjb_connect_options* options = connect_options(server, "admin", ADMIN_PASSWORD);
  jjb_store* store = NULL;
  CHECK_OK(jjb_store_open_controller(options, NULL, &store, &error));
  CHECK_INT(jjb_connect_options_set_password(options, "wrong"), 0);
  jjb_store* refused = (jjb_store*)&error;
  CHECK_INT(jjb_store_open_controller(options, NULL, &refused, NULL), JJB_STATUS_PERMISSION);
  CHECK(refused == NULL);
  jjb_connect_options_free(options);
  CHECK(strncmp(jjb_store_get_url(store), "juju", 4) == 0);
  CHECK(strstr(jjb_store_get_url(store), ADMIN_PASSWORD) == NULL);

  jjb_record* record = NULL;
  CHECK_OK(jjb_store_add(store, sample_archive(), 0, NULL, &record, &error));
  CHECK_TEXT(jjb_record_get_id(record), SAMPLE_ID);
  jjb_record_free(record);
  jjb_listing* listing = NULL;
  CHECK_OK(jjb_store_list(store, NULL, &listing, &error));
  CHECK_INT(jjb_listing_get_count(listing), 1);
  jjb_listing_free(listing);
  CHECK_OK(jjb_store_save_archive(store, SAMPLE_ID, in_scratch("saved.tar.gz"), 0, NULL, NULL, &error));
  check_good(in_scratch("saved.tar.gz"));
  CHECK_OK(jjb_store_remove(store, SAMPLE_ID, &error));
  jjb_store_free(store);
  jjb_server_free(server);
}

static void null_arguments(void) {
  jjb_error* error = NULL;
  jjb_connect_options* options = jjb_connect_options_new();
  CHECK_INT(jjb_connect_options_add_endpoint(options, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_connect_options_add_endpoint(options, ""), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_connect_options_set_ca_cert(NULL, "x"), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_connect_options_set_public_hostname(options, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_connect_options_set_public_hostname(options, "juju.example.com"), 0);
  CHECK_INT(jjb_connect_options_set_user(options, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_connect_options_set_model_name(NULL, "x"), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_connect_options_add_macaroon(options, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_connect_options_add_macaroon(options, "W10="), 0);
  CHECK_INT(jjb_connect_options_set_connect_timeout_ms(options, 0), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_connect_options_set_idle_timeout_ms(NULL, 1), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_connect_options_get_endpoint_count(options), 0);
  CHECK(jjb_connect_options_get_endpoint(options, 0) == NULL);
  CHECK_TEXT(jjb_connect_options_get_user(options), "");
  CHECK_TEXT(jjb_connect_options_get_model_name(options), "");
  CHECK(jjb_connect_options_get_user(NULL) == NULL);
  CHECK(jjb_connect_options_get_model_name(NULL) == NULL);

  jjb_controller* controller = (jjb_controller*)&error;
  CHECK_FAILS(jjb_controller_connect(NULL, NULL, &controller, &error), JJB_STATUS_INVALID_ARGUMENT, "options is null");
  CHECK(controller == NULL);
  CHECK_FAILS(jjb_controller_connect(options, NULL, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "controller is null");
  CHECK_INT(jjb_controller_connect(options, NULL, &controller, NULL), JJB_STATUS_INVALID_ARGUMENT); /* no endpoint */
  jjb_connect_options_free(options);
  jjb_connect_options_free(NULL);

  jjb_remote_backup* backup = NULL;
  jjb_metadata* metadata = NULL;
  jjb_metadata_list* list = NULL;
  jjb_remove_results* results = NULL;
  char* id = (char*)"stale";
  CHECK_FAILS(jjb_controller_create(NULL, NULL, NULL, &backup, &error), JJB_STATUS_INVALID_ARGUMENT, "controller is null");
  CHECK_FAILS(jjb_controller_list(NULL, NULL, &list, &error), JJB_STATUS_INVALID_ARGUMENT, "controller is null");
  CHECK_FAILS(jjb_controller_show(NULL, "x", NULL, &metadata, &error), JJB_STATUS_INVALID_ARGUMENT, "controller is null");
  CHECK_FAILS(jjb_controller_remove(NULL, NULL, 0, NULL, &results, &error), JJB_STATUS_INVALID_ARGUMENT, "controller is null");
  CHECK_FAILS(jjb_controller_remove(NULL, NULL, 1, NULL, &results, &error), JJB_STATUS_INVALID_ARGUMENT, "ids is null");
  CHECK_FAILS(jjb_controller_download_file(NULL, "x", NULL, "x", 0, NULL, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "controller is null");
  CHECK_FAILS(jjb_controller_download_file(NULL, "x", NULL, NULL, 0, NULL, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "path is null");
  CHECK_FAILS(jjb_controller_download_into(NULL, "x", NULL, NULL, 0, NULL, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "store is null");
  CHECK_FAILS(jjb_controller_upload_file(NULL, "x", NULL, NULL, &id, &error), JJB_STATUS_INVALID_ARGUMENT, "controller is null");
  CHECK(id == NULL);
  CHECK_FAILS(jjb_remote_backup_dup_metadata(NULL, &metadata, &error), JJB_STATUS_INVALID_ARGUMENT, "backup is null");
  CHECK(jjb_remote_backup_get_download_id(NULL) == NULL);
  CHECK(jjb_remote_backup_get_remote_path(NULL) == NULL);
  CHECK_INT(jjb_remote_backup_get_one_shot(NULL), 0);
  CHECK_INT(jjb_metadata_list_get_count(NULL), 0);
  CHECK_INT(jjb_remove_results_get_count(NULL), 0);
  CHECK_INT(jjb_controller_get_offers(NULL), 0);
  CHECK(jjb_controller_get_version(NULL) == NULL);
  CHECK(jjb_controller_get_endpoint(NULL) == NULL);
  CHECK_INT(jjb_remote_create_options_set_notes(NULL, "x"), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_remote_create_options_set_download(NULL, 1), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_remote_create_options_set_keep_copy(NULL, 1), JJB_STATUS_INVALID_ARGUMENT);
  jjb_remote_create_options_free(NULL);
  jjb_remote_backup_free(NULL);
  jjb_metadata_list_free(NULL);
  jjb_remove_results_free(NULL);
  jjb_controller_free(NULL);
}

int main(void) {
  RUN(null_arguments);
  RUN(connecting);
  RUN(kept_always);
  RUN(kept_on_request);
  RUN(one_shot);
  RUN(as_a_store);
  return 0;
}
