/* Keys, encrypted files, and stores that hold encrypted backups. */
#include <sys/stat.h>

#include "check.h"

/* A key pair, and what opens and takes it. */
typedef struct key {
  char* identity;
  char* recipient;
  jjb_identities* identities;
} key;

static key make_key(void) {
  jjb_error* error = NULL;
  key made = {NULL, NULL, jjb_identities_new()};
  CHECK_OK(jjb_keygen(&made.identity, &made.recipient, &error));
  CHECK(strncmp(made.identity, "AGE-SECRET-KEY-1", 16) == 0);
  CHECK(strncmp(made.recipient, "age1", 4) == 0);
  CHECK_OK(jjb_identities_add(made.identities, made.identity, &error));
  return made;
}

static void free_key(key* made) {
  jjb_string_free(made->identity);
  jjb_string_free(made->recipient);
  jjb_identities_free(made->identities);
}

static jjb_recipients* recipients_of(const key* first, const key* second) {
  jjb_error* error = NULL;
  jjb_recipients* recipients = jjb_recipients_new();
  CHECK_OK(jjb_recipients_add(recipients, first->recipient, &error));
  if (second != NULL) CHECK_OK(jjb_recipients_add(recipients, second->recipient, &error));
  return recipients;
}

static void check_same(const char* path, const char* expected) {
  size_t size = 0, expected_size = 0;
  char* bytes = read_whole(path, &size);
  char* others = read_whole(expected, &expected_size);
  CHECK_INT(size, expected_size);
  CHECK(memcmp(bytes, others, size) == 0);
  free(bytes);
  free(others);
}

static void check_private(const char* path) {
  struct stat status;
  CHECK_INT(stat(path, &status), 0);
  CHECK_INT(status.st_mode & 07777, 0600);
}

static void files(void) {
  jjb_error* error = NULL;
  key first = make_key(), second = make_key(), other = make_key();
  CHECK(strcmp(first.identity, second.identity) != 0);
  jjb_recipients* recipients = recipients_of(&first, &second);

  for (int armor = 0; armor < 2; ++armor) {
    const char* path = in_scratch(armor ? "files/armored.age" : "files/binary.age");
    write_file(path, "old", 3);
    CHECK_INT(jjb_encrypt_file(sample_archive(), path, recipients, armor, 0, NULL, NULL, NULL), JJB_STATUS_EXISTS);
    uint64_t size = 0;
    CHECK_OK(jjb_encrypt_file(sample_archive(), path, recipients, armor, 1, NULL, &size, &error));
    check_private(path);
    size_t file_size = 0, plain_size = 0;
    char* bytes = read_whole(path, &file_size);
    CHECK_INT(size, file_size);
    CHECK_INT(jjb_encrypted_check(bytes, file_size < 64 ? file_size : 64), 1);
    free(bytes);
    bytes = read_whole(sample_archive(), &plain_size);
    CHECK_INT(jjb_encrypted_check(bytes, plain_size), 0);
    free(bytes);

    jjb_encrypted_facts* facts = NULL;
    CHECK_OK(jjb_encrypted_facts_read_file(path, &facts, &error));
    CHECK_INT(jjb_encrypted_facts_get_armored(facts), armor);
    CHECK_INT(jjb_encrypted_facts_get_recipient_count(facts), 2);
    CHECK_TEXT(jjb_encrypted_facts_get_recipient_kind(facts, 0), "X25519");
    CHECK_TEXT(jjb_encrypted_facts_get_recipient_kind(facts, 1), "X25519");
    CHECK(jjb_encrypted_facts_get_recipient_kind(facts, 2) == NULL);
    CHECK_INT(jjb_encrypted_facts_get_content_bytes(facts), plain_size);
    jjb_encrypted_facts_free(facts);

    const key* const fitting[] = {&first, &second};
    for (int i = 0; i < 2; ++i) {
      const char* out = in_scratch("files/out.tar.gz");
      CHECK_OK(jjb_decrypt_file(path, out, fitting[i]->identities, i, NULL, &size, &error));
      CHECK_INT(size, plain_size);
      check_private(out);
      check_same(out, sample_archive());

      jjb_archive* archive = NULL;
      jjb_metadata* metadata = NULL;
      CHECK_OK(jjb_archive_open_encrypted(path, fitting[i]->identities, &archive, &error));
      CHECK_OK(jjb_archive_read_metadata(archive, NULL, &metadata, &error));
      CHECK_TEXT(jjb_metadata_get_notes(metadata), SAMPLE_NOTES);
      jjb_metadata_free(metadata);
      jjb_archive_free(archive);
    }
    run_shell("rm \"$JUJUBACKUP_SCRATCH/files/out.tar.gz\"");

    jjb_archive* archive = (jjb_archive*)&error;
    CHECK_FAILS(jjb_archive_open_encrypted(path, other.identities, &archive, &error), JJB_STATUS_PERMISSION,
                "no identity matches any of the recipients");
    CHECK(archive == NULL);
    CHECK_INT(jjb_archive_open_encrypted(path, NULL, &archive, &error), JJB_STATUS_PERMISSION);
    CHECK(strstr(jjb_error_get_message(error), "is encrypted: an identity is needed") != NULL);
    jjb_error_free(error);
    error = NULL;
    CHECK_INT(jjb_decrypt_file(path, in_scratch("files/never"), other.identities, 0, NULL, NULL, NULL), JJB_STATUS_PERMISSION);
    CHECK(!exists(in_scratch("files/never")));

    /* Looked at as a whole: with, without, and with damage. */
    jjb_verify_report* report = NULL;
    CHECK_OK(jjb_verify_file(path, second.identities, NULL, NULL, &report, &error));
    CHECK_INT(jjb_verify_report_get_verdict(report), JJB_VERDICT_OK);
    CHECK_INT(jjb_verify_report_get_encrypted(report), 1);
    CHECK_INT(jjb_verify_report_get_opened(report), 1);
    CHECK_INT(jjb_verify_report_get_size_bytes(report), file_size);
    jjb_verify_report_free(report);
    const jjb_identities* const not_fitting[] = {NULL, other.identities};
    for (int i = 0; i < 2; ++i) {
      CHECK_OK(jjb_verify_file(path, not_fitting[i], NULL, NULL, &report, &error));
      CHECK_INT(jjb_verify_report_get_opened(report), 0);
      CHECK_INT(jjb_verify_report_has(report, "encrypted-not-opened"), 1);
      CHECK(jjb_verify_report_get_verdict(report) != JJB_VERDICT_BAD);
      jjb_verify_report_free(report);
    }
  }

  /* Cut off, nothing comes out. */
  size_t size = 0;
  char* bytes = read_whole(in_scratch("files/binary.age"), &size);
  write_file(in_scratch("files/cut.age"), bytes, size - 1);
  free(bytes);
  CHECK_INT(jjb_decrypt_file(in_scratch("files/cut.age"), in_scratch("files/never"), first.identities, 0, NULL, NULL, NULL),
            JJB_STATUS_CORRUPT);
  CHECK(!exists(in_scratch("files/never")));

  /* What is not encrypted is opened as it is, and cannot be decrypted. */
  jjb_archive* archive = NULL;
  CHECK_OK(jjb_archive_open_encrypted(sample_archive(), NULL, &archive, &error));
  jjb_archive_free(archive);
  CHECK_INT(jjb_decrypt_file(sample_archive(), in_scratch("files/never"), first.identities, 0, NULL, NULL, NULL), JJB_STATUS_CORRUPT);
  jjb_verify_report* report = NULL;
  CHECK_OK(jjb_verify_file(sample_archive(), NULL, NULL, NULL, &report, &error));
  CHECK_INT(jjb_verify_report_get_verdict(report), JJB_VERDICT_OK);
  CHECK_INT(jjb_verify_report_get_encrypted(report), 0);
  jjb_verify_report_free(report);

  jjb_job* job = jjb_job_new();
  jjb_job_cancel(job);
  CHECK_INT(jjb_encrypt_file(sample_archive(), in_scratch("files/never"), recipients, 0, 0, job, NULL, NULL), JJB_STATUS_CANCELLED);
  CHECK(!exists(in_scratch("files/never")));
  jjb_job_free(job);
  jjb_recipients_free(recipients);
  free_key(&first);
  free_key(&second);
  free_key(&other);
}

static void passphrases(void) {
  jjb_error* error = NULL;
  jjb_recipients* recipients = jjb_recipients_new();
  CHECK_INT(jjb_recipients_set_passphrase(recipients, "", 1), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_recipients_set_passphrase(recipients, "open sesame", 23), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_recipients_set_passphrase(recipients, "open sesame", 2), 0);
  const char* path = in_scratch("passphrase.age");
  CHECK_OK(jjb_encrypt_file(sample_archive(), path, recipients, 0, 0, NULL, NULL, &error));
  jjb_recipients_free(recipients);

  const struct {
    const char* passphrase;
    uint32_t highest;
    int32_t status;
  } cases[] = {{"open sesame", 0, JJB_STATUS_OK}, {"open barley", 0, JJB_STATUS_PERMISSION}, {"open sesame", 1, JJB_STATUS_LIMIT}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    jjb_identities* identities = jjb_identities_new();
    CHECK_INT(jjb_identities_set_passphrase(identities, cases[i].passphrase, cases[i].highest), 0);
    CHECK_INT(jjb_decrypt_file(path, in_scratch("passphrase"), identities, 0, NULL, NULL, &error), cases[i].status);
    CHECK(strstr(jjb_error_get_text(error), "open") == NULL);
    jjb_error_free(error);
    error = NULL;
    jjb_identities_free(identities);
  }
  check_same(in_scratch("passphrase"), sample_archive());
}

static void key_files(void) {
  jjb_error* error = NULL;
  key made = make_key();
  char text[512];
  snprintf(text, sizeof text, "# for the tests\n\n%s\n", made.recipient);
  write_file(in_scratch("recipients"), text, strlen(text));
  snprintf(text, sizeof text, "# for the tests\n%s\n", made.identity);
  write_file(in_scratch("identities"), text, strlen(text));
  jjb_recipients* recipients = jjb_recipients_new();
  CHECK_OK(jjb_recipients_add_file(recipients, in_scratch("recipients"), &error));
  jjb_identities* identities = jjb_identities_new();
  CHECK_OK(jjb_identities_add_file(identities, in_scratch("identities"), &error));
  CHECK_OK(jjb_encrypt_file(sample_archive(), in_scratch("by-files.age"), recipients, 0, 0, NULL, NULL, &error));
  CHECK_OK(jjb_decrypt_file(in_scratch("by-files.age"), in_scratch("by-files"), identities, 0, NULL, NULL, &error));
  check_same(in_scratch("by-files"), sample_archive());

  CHECK_INT(jjb_recipients_add(recipients, "age1nonsense", NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_recipients_add_file(recipients, in_scratch("nothing"), NULL), JJB_STATUS_NOT_FOUND);
  CHECK_INT(jjb_identities_add_file(identities, in_scratch("nothing"), NULL), JJB_STATUS_NOT_FOUND);
  /* The message tells the line, and nothing of what is in it. */
  CHECK_INT(jjb_identities_add(identities, "AGE-SECRET-KEY-1HUSHHUSH\n", &error), JJB_STATUS_INVALID_ARGUMENT);
  CHECK(strstr(jjb_error_get_text(error), "HUSH") == NULL);
  CHECK(strstr(jjb_error_get_text(error), "1") != NULL);
  jjb_error_free(error);
  jjb_recipients_free(recipients);
  jjb_identities_free(identities);
  free_key(&made);
}

static void stores(void) {
  jjb_error* error = NULL;
  key first = make_key(), second = make_key(), other = make_key();
  jjb_recipients* recipients = recipients_of(&first, &second);
  jjb_add_options* options = jjb_add_options_new();
  CHECK_INT(jjb_add_options_set_encryption(options, recipients, 1), 0);
  /* It is used by the options now. */
  CHECK_FAILS(jjb_recipients_add(recipients, other.recipient, &error), JJB_STATUS_INVALID_ARGUMENT,
              "recipients are in use, and cannot be changed any more");
  CHECK_INT(jjb_recipients_set_passphrase(recipients, "x", 1), JJB_STATUS_INVALID_ARGUMENT);
  jjb_recipients_free(recipients);

  jjb_store* store = NULL;
  jjb_record* record = NULL;
  CHECK_OK(jjb_store_open(in_scratch("store"), &store, &error));
  CHECK_OK(jjb_store_add_with(store, sample_archive(), options, NULL, &record, &error));
  jjb_add_options_free(options);
  CHECK_TEXT(jjb_record_get_id(record), SAMPLE_ID);
  CHECK_INT(jjb_record_get_encrypted(record), 1);
  CHECK_TEXT(jjb_record_get_file_name(record), "juju-backup-" SAMPLE_ID ".tar.gz.age");
  CHECK(!exists(in_scratch("store/juju-backup-" SAMPLE_ID ".tar.gz")));
  const char* path = in_scratch("store/juju-backup-" SAMPLE_ID ".tar.gz.age");
  size_t size = 0;
  free(read_whole(path, &size));
  CHECK_INT(jjb_record_get_size_bytes(record), size);
  char* text = NULL;
  CHECK_OK(jjb_record_dup_json(record, &text, &error));
  CHECK(strstr(text, SAMPLE_NOTES) == NULL);
  jjb_string_free(text);
  jjb_record_free(record);

  /* Without an identity: listed and shown; verified from outside; not opened. */
  jjb_listing* listing = NULL;
  CHECK_OK(jjb_store_list(store, NULL, &listing, &error));
  CHECK_INT(jjb_listing_get_count(listing), 1);
  CHECK_INT(jjb_listing_get_problem_count(listing), 0);
  CHECK_TEXT(jjb_listing_get_id(listing, 0), SAMPLE_ID);
  jjb_listing_free(listing);
  jjb_verify_report* report = NULL;
  CHECK_OK(jjb_store_verify(store, SAMPLE_ID, JJB_DEPTH_FULL, NULL, &report, &error));
  CHECK_INT(jjb_verify_report_get_encrypted(report), 1);
  CHECK_INT(jjb_verify_report_get_opened(report), 0);
  CHECK_INT(jjb_verify_report_has(report, "encrypted-not-opened"), 1);
  jjb_verify_report_free(report);
  jjb_archive* archive = NULL;
  CHECK_INT(jjb_store_open_archive(store, SAMPLE_ID, &archive, NULL), JJB_STATUS_PERMISSION);
  CHECK_INT(jjb_store_save_content(store, SAMPLE_ID, in_scratch("content"), 0, NULL, NULL, NULL), JJB_STATUS_PERMISSION);
  CHECK(archive == NULL && !exists(in_scratch("content")));
  CHECK_INT(jjb_store_set_identities(store, other.identities), 0);
  CHECK_INT(jjb_store_open_archive(store, SAMPLE_ID, &archive, NULL), JJB_STATUS_PERMISSION);

  /* With one that fits; the handle is not needed any longer. */
  CHECK_INT(jjb_store_set_identities(store, second.identities), 0);
  CHECK_FAILS(jjb_identities_add(second.identities, first.identity, &error), JJB_STATUS_INVALID_ARGUMENT,
              "identities are in use, and cannot be changed any more");
  free_key(&second);
  CHECK_OK(jjb_store_verify(store, SAMPLE_ID, JJB_DEPTH_FULL, NULL, &report, &error));
  CHECK_INT(jjb_verify_report_get_verdict(report), JJB_VERDICT_OK);
  CHECK_INT(jjb_verify_report_get_opened(report), 1);
  CHECK(jjb_verify_report_get_documents(report) > 0);
  jjb_verify_report_free(report);
  uint64_t saved = 0;
  CHECK_OK(jjb_store_save_content(store, SAMPLE_ID, in_scratch("content"), 0, NULL, &saved, &error));
  check_same(in_scratch("content"), sample_archive());
  check_private(in_scratch("content"));
  CHECK_OK(jjb_store_save_archive(store, SAMPLE_ID, in_scratch("copy.age"), 0, NULL, &saved, &error));
  CHECK_INT(saved, size);
  check_same(in_scratch("copy.age"), path);
  CHECK_OK(jjb_store_open_archive(store, SAMPLE_ID, &archive, &error));
  jjb_store_free(store);
  jjb_metadata* metadata = NULL;
  CHECK_OK(jjb_archive_read_metadata(archive, NULL, &metadata, &error));
  CHECK_TEXT(jjb_metadata_get_notes(metadata), SAMPLE_NOTES);
  jjb_metadata_free(metadata);
  jjb_archive_free(archive);

  /* Taken on as it is by another store, which has an identity to look at it. */
  CHECK_OK(jjb_store_open("mem:", &store, &error));
  CHECK_INT(jjb_store_set_identities(store, first.identities), 0);
  CHECK_OK(jjb_store_add(store, in_scratch("copy.age"), 0, NULL, &record, &error));
  CHECK_INT(jjb_record_get_encrypted(record), 1);
  CHECK_INT(jjb_record_get_size_bytes(record), size);
  jjb_record_free(record);
  jjb_store_free(store);
  free_key(&first);
  free_key(&other);
}

static int32_t append(void* user, const void* bytes, size_t size_bytes, jjb_error** error) {
  (void)error;
  return fwrite(bytes, 1, size_bytes, user) == size_bytes ? JJB_STATUS_OK : JJB_STATUS_IO;
}

static jjb_create_options* create_options(void) {
  jjb_create_options* options = jjb_create_options_new();
  CHECK_INT(jjb_create_options_set_root(options, sample_root()), 0);
  CHECK_INT(jjb_create_options_set_dump_dir(options, sample_dump()), 0);
  CHECK_INT(jjb_create_options_set_check_space(options, 0), 0);
  return options;
}

static void made_encrypted(void) {
  jjb_error* error = NULL;
  key made = make_key();
  jjb_recipients* recipients = recipients_of(&made, NULL);
  jjb_store* store = NULL;
  jjb_record* record = NULL;
  CHECK_OK(jjb_store_open("mem:", &store, &error));
  CHECK_INT(jjb_store_set_identities(store, made.identities), 0);

  jjb_create_options* create = create_options();
  CHECK_INT(jjb_create_options_set_encryption(create, recipients, 0), 0);
  CHECK_OK(jjb_store_create_backup(store, create, NULL, &record, &error));
  CHECK_INT(jjb_record_get_encrypted(record), 1);
  jjb_verify_report* report = NULL;
  CHECK_OK(jjb_store_verify(store, jjb_record_get_id(record), JJB_DEPTH_FULL, NULL, &report, &error));
  CHECK_INT(jjb_verify_report_get_opened(report), 1);
  CHECK(jjb_verify_report_get_verdict(report) != JJB_VERDICT_BAD);
  jjb_verify_report_free(report);
  CHECK_OK(jjb_store_remove(store, jjb_record_get_id(record), &error));
  jjb_record_free(record);

  /* Clients of a controller could not read them. */
  jjb_server_options* server = jjb_server_options_new();
  CHECK_INT(jjb_server_options_set_create(server, create), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_create_options_set_encryption(create, NULL, 0), 0);
  CHECK_INT(jjb_server_options_set_create(server, create), 0);
  jjb_server_options_free(server);

  jjb_metadata* metadata = NULL;
  CHECK_OK(jjb_metadata_parse(sample_metadata, strlen(sample_metadata), &metadata, &error));
  jjb_archive_input* input = jjb_archive_input_new(metadata);
  CHECK_OK(jjb_archive_input_add_controller_files(input, create, NULL, &error));
  CHECK_OK(jjb_archive_input_add_dump_dir(input, sample_dump(), NULL, &error));
  jjb_write_options* write = jjb_write_options_new();
  CHECK_INT(jjb_write_options_set_encryption(write, recipients, 0), 0);
  CHECK_OK(jjb_store_create(store, input, write, NULL, &record, &error));
  CHECK_INT(jjb_record_get_encrypted(record), 1);
  jjb_record_free(record);

  FILE* file = fopen(in_scratch("written.age"), "wb");
  CHECK(file != NULL);
  jjb_write_result* result = NULL;
  CHECK_OK(jjb_archive_write(input, write, append, file, NULL, &result, &error));
  CHECK_INT(fclose(file), 0);
  uint64_t size = 0;
  CHECK_OK(jjb_decrypt_file(in_scratch("written.age"), in_scratch("written"), made.identities, 0, NULL, &size, &error));
  CHECK_INT(jjb_write_result_get_size_bytes(result), size);
  jjb_write_result_free(result);

  jjb_write_options_free(write);
  jjb_archive_input_free(input);
  jjb_metadata_free(metadata);
  jjb_create_options_free(create);
  jjb_recipients_free(recipients);
  jjb_store_free(store);
  free_key(&made);
}

/* Through callbacks, and from a controller. */
static void on_the_way(void) {
  jjb_error* error = NULL;
  key made = make_key();
  jjb_recipients* recipients = recipients_of(&made, NULL);
  jjb_add_options* options = jjb_add_options_new();
  CHECK_INT(jjb_add_options_set_encryption(options, recipients, 0), 0);
  jjb_recipients_free(recipients);

  memory_source source = {0};
  char* bytes = read_whole(sample_archive(), &source.size_bytes);
  source.bytes = (const unsigned char*)bytes;
  jjb_source_callbacks callbacks = callbacks_of(&source, 0);
  jjb_store* store = NULL;
  jjb_record* record = NULL;
  CHECK_OK(jjb_store_open("mem:", &store, &error));
  CHECK_OK(jjb_store_add_source_with(store, &callbacks, "memory", options, NULL, &record, &error));
  CHECK_INT(source.destroyed, 1);
  CHECK_INT(jjb_record_get_encrypted(record), 1);
  jjb_record_free(record);
  callbacks = callbacks_of(&source, 0);
  CHECK_INT(jjb_store_add_source_with(NULL, &callbacks, "memory", options, NULL, &record, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(source.destroyed, 2);
  jjb_store_free(store);
  free(bytes);

  jjb_server* server = start_server("server", "2.9.21", NULL, NULL, NULL);
  jjb_controller* controller = connect_to(server);
  jjb_remote_backup* backup = NULL;
  CHECK_OK(jjb_controller_create(controller, NULL, NULL, &backup, &error));
  jjb_metadata* metadata = NULL;
  CHECK_OK(jjb_remote_backup_dup_metadata(backup, &metadata, &error));
  CHECK_OK(jjb_store_open("mem:", &store, &error));
  CHECK_OK(jjb_controller_download_into_with(controller, jjb_remote_backup_get_download_id(backup), metadata, store, options, NULL, &record,
                                             &error));
  CHECK_INT(jjb_record_get_encrypted(record), 1);
  jjb_verify_report* report = NULL;
  CHECK_INT(jjb_store_set_identities(store, made.identities), 0);
  CHECK_OK(jjb_store_verify(store, jjb_record_get_id(record), JJB_DEPTH_FULL, NULL, &report, &error));
  CHECK_INT(jjb_verify_report_get_opened(report), 1);
  CHECK(jjb_verify_report_get_verdict(report) != JJB_VERDICT_BAD);
  jjb_verify_report_free(report);
  jjb_record_free(record);
  jjb_store_free(store);
  jjb_add_options_free(options);
  jjb_metadata_free(metadata);
  jjb_remote_backup_free(backup);
  jjb_controller_free(controller);
  jjb_server_free(server);
  free_key(&made);
}

static void null_arguments(void) {
  jjb_error* error = NULL;
  char *identity = (char*)"stale", *recipient = (char*)"stale";
  CHECK_FAILS(jjb_keygen(NULL, &recipient, &error), JJB_STATUS_INVALID_ARGUMENT, "identity is null");
  CHECK(recipient == NULL);
  CHECK_FAILS(jjb_keygen(&identity, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "recipient is null");
  CHECK(identity == NULL);
  CHECK_FAILS(jjb_recipients_add(NULL, "x", &error), JJB_STATUS_INVALID_ARGUMENT, "recipients is null");
  CHECK_FAILS(jjb_identities_add(NULL, "x", &error), JJB_STATUS_INVALID_ARGUMENT, "identities is null");
  CHECK_INT(jjb_recipients_set_passphrase(NULL, "x", 0), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_identities_set_passphrase(NULL, "x", 0), JJB_STATUS_INVALID_ARGUMENT);

  jjb_recipients* nobody = jjb_recipients_new();
  jjb_identities* nothing = jjb_identities_new();
  CHECK_FAILS(jjb_recipients_add(nobody, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "recipient is null");
  CHECK_FAILS(jjb_recipients_add_file(nobody, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "path is null");
  CHECK_FAILS(jjb_identities_add(nothing, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "text is null");
  CHECK_INT(jjb_recipients_set_passphrase(nobody, NULL, 0), JJB_STATUS_INVALID_ARGUMENT);
  uint64_t size = 7;
  CHECK_FAILS(jjb_encrypt_file(sample_archive(), in_scratch("never"), nobody, 0, 0, NULL, &size, &error), JJB_STATUS_INVALID_ARGUMENT,
              "there are no recipients");
  CHECK_INT(size, 0);
  CHECK_FAILS(jjb_encrypt_file(sample_archive(), in_scratch("never"), NULL, 0, 0, NULL, NULL, &error), JJB_STATUS_INVALID_ARGUMENT,
              "recipients is null");
  CHECK_FAILS(jjb_decrypt_file(sample_archive(), in_scratch("never"), NULL, 0, NULL, NULL, &error), JJB_STATUS_INVALID_ARGUMENT,
              "identities is null");
  CHECK(!exists(in_scratch("never")));
  CHECK_INT(jjb_encrypted_check(NULL, 64), 0);

  /* Nobody to encrypt to is refused where it is said, and the options stay as they were. */
  jjb_add_options* add = jjb_add_options_new();
  CHECK_INT(jjb_add_options_set_encryption(add, nobody, 0), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_add_options_set_encryption(add, NULL, 0), 0);
  CHECK_INT(jjb_add_options_set_encryption(NULL, nobody, 0), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_add_options_set_accept_bad(NULL, 0), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_create_options_set_encryption(NULL, nobody, 0), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_write_options_set_encryption(NULL, nobody, 0), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_store_set_identities(NULL, nothing), JJB_STATUS_INVALID_ARGUMENT);
  jjb_store* store = NULL;
  CHECK_OK(jjb_store_open("mem:", &store, &error));
  CHECK_INT(jjb_store_set_identities(store, NULL), 0);
  CHECK_OK(jjb_store_add_with(store, sample_archive(), NULL, NULL, NULL, &error));
  jjb_store_free(store);
  jjb_add_options_free(add);
  jjb_add_options_free(NULL);
  jjb_recipients_free(nobody);
  jjb_recipients_free(NULL);
  jjb_identities_free(nothing);
  jjb_identities_free(NULL);

  jjb_encrypted_facts* facts = (jjb_encrypted_facts*)&error;
  CHECK_INT(jjb_encrypted_facts_read_file(NULL, &facts, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK(facts == NULL);
  CHECK_INT(jjb_encrypted_facts_read_file(sample_archive(), &facts, NULL), JJB_STATUS_CORRUPT);
  CHECK_INT(jjb_encrypted_facts_get_armored(NULL), 0);
  CHECK_INT(jjb_encrypted_facts_get_recipient_count(NULL), 0);
  CHECK(jjb_encrypted_facts_get_recipient_kind(NULL, 0) == NULL);
  CHECK_INT(jjb_encrypted_facts_get_content_bytes(NULL), 0);
  jjb_encrypted_facts_free(NULL);
  CHECK_INT(jjb_record_get_encrypted(NULL), 0);
  CHECK_INT(jjb_verify_report_get_encrypted(NULL), 0);
  CHECK_INT(jjb_verify_report_get_opened(NULL), 0);
}

int main(void) {
  CHECK_INT(setenv("JUJUBACKUP_SCRATCH", scratch(), 1), 0);
  RUN(null_arguments);
  RUN(files);
  RUN(passphrases);
  RUN(key_files);
  RUN(stores);
  RUN(made_encrypted);
  RUN(on_the_way);
  return 0;
}
