/* The client's own directory: backed up, shown, verified, planned, restored, undone. */
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

#define PASSWORD "hush-admin"
#define PROD_UUID "0f5e9b7c-5555-4666-8777-2b1d3c4e5f60"

static void put(const char* name, const char* text) {
  write_file(in_scratch(name), text, strlen(text));
  CHECK_INT(chmod(in_scratch(name), 0600), 0);
}

/* Below the scratch folder a home, whose client directory knows two controllers. */
static const char* home(void) {
  static int made;
  if (!made) {
    made = 1;
    put("home/.local/share/juju/controllers.yaml",
        "controllers:\n"
        "  prod:\n    uuid: " PROD_UUID
        "\n    api-endpoints: ['10.9.8.7:17070']\n    ca-cert: CERT\n    cloud: aws\n"
        "  test:\n    uuid: 1f5e9b7c-5555-4666-8777-2b1d3c4e5f61\n    api-endpoints: []\n"
        "current-controller: prod\n");
    put("home/.local/share/juju/accounts.yaml",
        "controllers:\n  prod: {user: admin, password: " PASSWORD "}\n  test: {user: bob@external}\n");
    put("home/.local/share/juju/models.yaml",
        "controllers:\n  prod:\n    models:\n"
        "      admin/controller: {uuid: 6d0c1a52-1111-4222-8333-94c7d2f0aa01}\n"
        "      admin/web: {uuid: 6d0c1a52-1111-4222-8333-94c7d2f0aa02}\n"
        "    current-model: admin/web\n");
    put("home/.local/share/juju/ssh/juju_id_rsa", PASSWORD "\n");
    CHECK_INT(chmod(in_scratch("home/.local/share/juju"), 0700), 0);
    CHECK_INT(chmod(in_scratch("home/.local/share/juju/ssh"), 0700), 0);
    CHECK_INT(setenv("HOME", in_scratch("home"), 1), 0);
    CHECK_INT(setenv("TMPDIR", scratch(), 1), 0);
    CHECK_INT(unsetenv("JUJU_DATA"), 0);
    CHECK_INT(unsetenv("XDG_DATA_HOME"), 0);
    CHECK_INT(unsetenv("JUJU_COOKIEFILE"), 0);
    CHECK_INT(unsetenv("GOCOOKIES"), 0);
  }
  return in_scratch("home");
}

/* The same trees, but for what changes by itself: lock files. */
static void check_same_tree(const char* left, const char* right) {
  char command[1024];
  snprintf(command, sizeof command, "diff -r -x '*.lock' -x '*lock*' '%s' '%s'", left, right);
  run_shell(command);
}

static void check_record(const jjb_client_record* record) {
  jjb_error* error = NULL;
  CHECK_INT(jjb_client_record_get_started(record, NULL, NULL), 1);
  CHECK_INT(jjb_client_record_get_own(record), 1);
  CHECK_TEXT(jjb_client_record_get_entry(record), ".local/share/juju");
  CHECK_TEXT(jjb_client_record_get_directory(record), in_scratch("home/.local/share/juju"));
  CHECK(jjb_client_record_get_host(record)[0] != 0);
  CHECK_TEXT(jjb_client_record_get_cookie_jar(record), "");
  CHECK(jjb_client_record_get_files(record) >= 4);
  CHECK(jjb_client_record_get_content_bytes(record) > 100);
  CHECK(jjb_client_record_get_size_bytes(record) > 100);
  CHECK_INT(strlen(jjb_client_record_get_sha1_base64(record)), 28);
  CHECK_INT(strlen(jjb_client_record_get_sha256_hex(record)), 64);
  CHECK_INT(jjb_client_record_get_warning_count(record), 0);
  CHECK(jjb_client_record_get_warning(record, 0) == NULL);
  CHECK(jjb_client_record_get_left_out(record, jjb_client_record_get_left_out_count(record)) == NULL);
  CHECK_INT(jjb_client_record_get_controller_count(record), 2);
  CHECK_TEXT(jjb_client_record_get_controller_name(record, 0), "prod");
  CHECK_TEXT(jjb_client_record_get_controller_uuid(record, 0), PROD_UUID);
  CHECK_TEXT(jjb_client_record_get_controller_user(record, 0), "admin");
  CHECK_INT(jjb_client_record_get_controller_current(record, 0), 1);
  CHECK_INT(jjb_client_record_get_model_count(record, 0), 2);
  CHECK_TEXT(jjb_client_record_get_model(record, 0, 0), "admin/controller");
  CHECK(jjb_client_record_get_model(record, 0, 2) == NULL);
  CHECK_TEXT(jjb_client_record_get_controller_name(record, 1), "test");
  CHECK_INT(jjb_client_record_get_controller_current(record, 1), 0);
  CHECK_INT(jjb_client_record_get_model_count(record, 1), 0);
  CHECK(jjb_client_record_get_controller_name(record, 2) == NULL);

  int32_t (*const dups[])(const jjb_client_record*, char**, jjb_error**) = {jjb_client_record_dup_text, jjb_client_record_dup_json,
                                                                            jjb_client_record_dup_yaml};
  for (size_t i = 0; i < 3; ++i) {
    char* text = NULL;
    CHECK_OK(dups[i](record, &text, &error));
    CHECK(strstr(text, "prod") != NULL);
    CHECK(strstr(text, PASSWORD) == NULL);
    jjb_string_free(text);
  }
}

static jjb_client_restore_options* into(const char* name) {
  jjb_client_restore_options* options = jjb_client_restore_options_new();
  CHECK_INT(jjb_client_restore_options_set_directory(options, in_scratch(name)), 0);
  return options;
}

static void round_trip(void) {
  jjb_error* error = NULL;
  home();
  char* directory = NULL;
  CHECK_OK(jjb_client_dup_default_dir(&directory, &error));
  CHECK_TEXT(directory, in_scratch("home/.local/share/juju"));

  /* Into a folder, under a name that is made up. */
  CHECK_INT(mkdir(in_scratch("backups"), 0700), 0);
  char* path = NULL;
  jjb_client_record* record = NULL;
  CHECK_OK(jjb_client_backup_file(NULL, in_scratch("backups"), 0, NULL, &path, &record, &error));
  CHECK(strncmp(path, in_scratch("backups/juju-client-"), strlen(in_scratch("backups/juju-client-"))) == 0);
  CHECK_TEXT(path + strlen(path) - 7, ".tar.gz");
  struct stat status;
  CHECK_INT(stat(path, &status), 0);
  CHECK_INT(status.st_mode & 07777, 0600);
  CHECK_INT(jjb_client_record_get_size_bytes(record), status.st_size);
  check_record(record);
  jjb_client_record_free(record);
  CHECK_INT(jjb_client_backup_file(NULL, path, 0, NULL, NULL, NULL, NULL), JJB_STATUS_EXISTS);

  CHECK_OK(jjb_client_show_file(path, NULL, NULL, &record, &error));
  check_record(record);
  jjb_client_record_free(record);
  jjb_verify_report* report = NULL;
  CHECK_OK(jjb_client_verify_file(path, NULL, NULL, &report, &error));
  CHECK_INT(jjb_verify_report_get_verdict(report), JJB_VERDICT_OK);
  CHECK_INT(jjb_verify_report_get_manifest_checked(report), 1);
  jjb_verify_report_free(report);

  /* Into an empty place: a plan, then the thing itself. */
  jjb_client_restore_options* options = into("empty/juju");
  jjb_client_plan* plan = NULL;
  CHECK_OK(jjb_client_plan_restore(path, NULL, options, NULL, &plan, &error));
  CHECK_TEXT(jjb_client_plan_get_directory(plan), in_scratch("empty/juju"));
  CHECK_INT(jjb_client_plan_get_merge(plan), 0);
  CHECK_INT(jjb_client_plan_get_needs_force(plan), 0);
  CHECK_INT(jjb_client_plan_get_changes(plan), 1);
  int seen = 0;
  for (size_t i = 0; i < jjb_client_plan_get_path_count(plan); ++i) {
    CHECK_INT(jjb_client_plan_get_path_action(plan, i), JJB_CLIENT_ACTION_CREATE);
    if (strcmp(jjb_client_plan_get_path(plan, i), "accounts.yaml") != 0) continue;
    seen = 1;
    CHECK_INT(jjb_client_plan_get_path_type(plan, i), JJB_ENTRY_FILE);
    CHECK(jjb_client_plan_get_path_note(plan, i) != NULL);
  }
  CHECK(seen);
  CHECK(jjb_client_plan_get_path(plan, jjb_client_plan_get_path_count(plan)) == NULL);
  CHECK_INT(jjb_client_plan_get_controller_count(plan), 2);
  CHECK_TEXT(jjb_client_plan_get_controller_name(plan, 0), "prod");
  CHECK_INT(jjb_client_plan_get_controller_difference(plan, 0), JJB_CLIENT_DIFFERENCE_ONLY_IN_BACKUP);
  CHECK_TEXT(jjb_client_plan_get_controller_user_in_backup(plan, 0), "admin");
  CHECK_TEXT(jjb_client_plan_get_controller_user_here(plan, 0), "");
  CHECK_INT(jjb_client_plan_get_controller_wanted(plan, 0), 1);
  char* text = NULL;
  CHECK_OK(jjb_client_plan_dup_json(plan, &text, &error));
  CHECK(text[0] == '{');
  CHECK(strstr(text, "\"action\"") != NULL && strstr(text, "accounts.yaml") != NULL && strstr(text, PASSWORD) == NULL);
  jjb_string_free(text);
  CHECK_OK(jjb_client_plan_dup_text(plan, &text, &error));
  CHECK(strstr(text, "accounts.yaml") != NULL && strstr(text, PASSWORD) == NULL);
  jjb_string_free(text);
  CHECK_OK(jjb_client_plan_dup_yaml(plan, &text, &error));
  jjb_string_free(text);
  jjb_client_plan_free(plan);
  CHECK(!exists(in_scratch("empty/juju")));

  CHECK_INT(mkdir(in_scratch("empty"), 0700) == 0 || exists(in_scratch("empty")), 1);
  jjb_client_restore_result* result = NULL;
  CHECK_OK(jjb_client_restore(path, NULL, options, NULL, &result, &error));
  CHECK_INT(jjb_client_restore_result_get_changed(result), 1);
  CHECK(jjb_client_restore_result_get_files(result) >= 4);
  CHECK_INT(jjb_client_restore_result_get_warning_count(result), 0);
  jjb_client_restore_result_free(result);
  check_same_tree(directory, in_scratch("empty/juju"));
  CHECK_INT(stat(in_scratch("empty/juju/accounts.yaml"), &status), 0);
  CHECK_INT(status.st_mode & 07777, 0600);
  jjb_client_restore_options_free(options);
  jjb_string_free(path);
  jjb_string_free(directory);
}

static void overwriting(void) {
  jjb_error* error = NULL;
  home();
  char backup[512], place[512]; /* in_scratch gives its texts out for a while only */
  snprintf(backup, sizeof backup, "%s", in_scratch("client.tar.gz"));
  snprintf(place, sizeof place, "%s", in_scratch("other/juju"));
  CHECK_OK(jjb_client_backup_file(NULL, backup, 0, NULL, NULL, NULL, &error));
  put("other/juju/accounts.yaml", "controllers:\n  prod: {user: eve, password: mine}\n");
  put("other/juju/notes", "stays\n");
  CHECK_INT(chmod(in_scratch("other/juju"), 0700), 0);
  run_shell("cp -a \"$TMPDIR/other\" \"$TMPDIR/other-before\"");
  jjb_client_restore_options* options = into("other/juju");

  jjb_client_plan* plan = NULL;
  CHECK_OK(jjb_client_plan_restore(backup, NULL, options, NULL, &plan, &error));
  CHECK_INT(jjb_client_plan_get_needs_force(plan), 1);
  CHECK_INT(jjb_client_plan_get_controller_account(plan, 0), JJB_CLIENT_DIFFERENCE_DIFFERS);
  CHECK_TEXT(jjb_client_plan_get_controller_user_here(plan, 0), "eve");
  for (size_t i = 0; i < jjb_client_plan_get_path_count(plan); ++i) {
    const char* path = jjb_client_plan_get_path(plan, i);
    if (strcmp(path, "accounts.yaml") == 0) CHECK_INT(jjb_client_plan_get_path_action(plan, i), JJB_CLIENT_ACTION_OVERWRITE);
    if (strcmp(path, "notes") == 0) CHECK_INT(jjb_client_plan_get_path_action(plan, i), JJB_CLIENT_ACTION_LEAVE);
  }
  jjb_client_plan_free(plan);
  jjb_client_restore_result* result = NULL;
  CHECK_INT(jjb_client_restore(backup, NULL, options, NULL, &result, NULL), JJB_STATUS_EXISTS);
  CHECK(result == NULL);
  check_same_tree(in_scratch("other/juju"), in_scratch("other-before/juju"));

  /* With force, twice: undone, then committed. */
  CHECK_INT(jjb_client_restore_options_set_force(options, 1), 0);
  jjb_client_unfinished* unfinished = NULL;
  for (int commit = 0; commit < 2; ++commit) {
    CHECK_OK(jjb_client_find_unfinished(place, &unfinished, &error));
    CHECK(unfinished == NULL);
    CHECK_INT(jjb_client_finish_restore(place, NULL, NULL), JJB_STATUS_NOT_FOUND);
    CHECK_OK(jjb_client_restore(backup, NULL, options, NULL, &result, &error));
    char kept[512];
    snprintf(kept, sizeof kept, "%s", jjb_client_restore_result_get_kept(result));
    CHECK(kept[0] != 0 && exists(kept));
    jjb_client_restore_result_free(result);
    CHECK(exists(in_scratch("other/juju/ssh/juju_id_rsa")));
    CHECK(exists(in_scratch("other/juju/notes")));

    CHECK_OK(jjb_client_find_unfinished(place, &unfinished, &error));
    CHECK_INT(jjb_client_unfinished_get_state(unfinished), JJB_CLIENT_STATE_RESTORED);
    CHECK_TEXT(jjb_client_state_get_name(jjb_client_unfinished_get_state(unfinished)), "restored");
    CHECK_TEXT(jjb_client_unfinished_get_kept(unfinished), kept);
    CHECK_INT(jjb_client_unfinished_get_new_in_place(unfinished), 1);
    CHECK_INT(jjb_client_unfinished_get_can_finish(unfinished), 1);
    CHECK_INT(jjb_client_unfinished_get_can_undo(unfinished), 1);
    CHECK_INT(jjb_client_unfinished_get_started(unfinished, NULL, NULL), 1);
    CHECK(jjb_client_unfinished_get_text(unfinished)[0] != 0);
    CHECK_TEXT(jjb_client_unfinished_get_directory(unfinished), place);
    CHECK(jjb_client_unfinished_get_leftover(unfinished, jjb_client_unfinished_get_leftover_count(unfinished)) == NULL);
    jjb_client_unfinished_free(unfinished);
    CHECK_INT(jjb_client_restore(backup, NULL, options, NULL, NULL, NULL), JJB_STATUS_EXISTS);

    if (commit) {
      CHECK_OK(jjb_client_commit_restore(place, NULL, &error));
    } else {
      CHECK_OK(jjb_client_undo_restore(place, NULL, &error));
      check_same_tree(place, in_scratch("other-before/juju"));
    }
    CHECK(!exists(kept));
  }
  CHECK(exists(in_scratch("other/juju/ssh/juju_id_rsa")));
  jjb_client_restore_options_free(options);

  /* One controller alone. */
  put("merged/juju/controllers.yaml", "controllers:\n  mine:\n    uuid: 2f5e9b7c-5555-4666-8777-2b1d3c4e5f62\n    api-endpoints: []\n");
  CHECK_INT(chmod(in_scratch("merged/juju"), 0700), 0);
  options = into("merged/juju");
  CHECK_INT(jjb_client_restore_options_add_controller(options, "prod"), 0);
  CHECK_OK(jjb_client_plan_restore(backup, NULL, options, NULL, &plan, &error));
  CHECK_INT(jjb_client_plan_get_merge(plan), 1);
  CHECK_INT(jjb_client_plan_get_needs_force(plan), 0);
  jjb_client_plan_free(plan);
  CHECK_OK(jjb_client_restore(backup, NULL, options, NULL, NULL, &error));
  size_t size = 0;
  char* text = read_whole(in_scratch("merged/juju/controllers.yaml"), &size);
  CHECK(strstr(text, "prod:") != NULL && strstr(text, "mine:") != NULL && strstr(text, "test:") == NULL);
  free(text);
  CHECK(!exists(in_scratch("merged/juju/ssh")));
  CHECK_INT(jjb_client_restore_options_add_controller(options, "nobody"), 0);
  CHECK_INT(jjb_client_plan_restore(backup, NULL, options, NULL, &plan, NULL), JJB_STATUS_NOT_FOUND);
  jjb_client_restore_options_free(options);
}

static void encrypted(void) {
  jjb_error* error = NULL;
  home();
  char *identity = NULL, *recipient = NULL;
  CHECK_OK(jjb_keygen(&identity, &recipient, &error));
  jjb_recipients* recipients = jjb_recipients_new();
  CHECK_OK(jjb_recipients_add(recipients, recipient, &error));
  jjb_identities* identities = jjb_identities_new();
  CHECK_OK(jjb_identities_add(identities, identity, &error));
  jjb_string_free(identity);
  jjb_string_free(recipient);

  for (int armor = 0; armor < 2; ++armor) {
    const char* folder = in_scratch(armor ? "armored" : "binary");
    CHECK_INT(mkdir(folder, 0700), 0);
    jjb_client_backup_options* options = jjb_client_backup_options_new();
    CHECK_INT(jjb_client_backup_options_set_encryption(options, recipients, armor), 0);
    CHECK_INT(jjb_client_backup_options_set_utc(options, 1), 0);
    CHECK_INT(jjb_client_backup_options_set_strict(options, 1), 0);
    CHECK_INT(jjb_client_backup_options_set_cookie_jar(options, 0), 0);
    CHECK_INT(jjb_client_backup_options_set_go_on_without_lock(options, 0), 0);
    CHECK_INT(jjb_client_backup_options_set_directory(options, in_scratch("home/.local/share/juju")), 0);
    char* path = NULL;
    CHECK_OK(jjb_client_backup_file(options, folder, 0, NULL, &path, NULL, &error));
    jjb_client_backup_options_free(options);
    CHECK_TEXT(path + strlen(path) - 11, ".tar.gz.age");

    jjb_client_record* record = (jjb_client_record*)&error;
    CHECK_INT(jjb_client_show_file(path, NULL, NULL, &record, NULL), JJB_STATUS_PERMISSION);
    CHECK(record == NULL);
    CHECK_OK(jjb_client_show_file(path, identities, NULL, &record, &error));
    check_record(record);
    jjb_client_record_free(record);
    jjb_verify_report* report = NULL;
    CHECK_OK(jjb_client_verify_file(path, identities, NULL, &report, &error));
    CHECK_INT(jjb_verify_report_get_verdict(report), JJB_VERDICT_OK);
    jjb_verify_report_free(report);

    char place[64];
    snprintf(place, sizeof place, "%s-restored", armor ? "armored" : "binary");
    jjb_client_restore_options* restore = into(place);
    CHECK_INT(jjb_client_restore(path, NULL, restore, NULL, NULL, NULL), JJB_STATUS_PERMISSION);
    CHECK_OK(jjb_client_restore(path, identities, restore, NULL, NULL, &error));
    jjb_client_restore_options_free(restore);
    check_same_tree(in_scratch("home/.local/share/juju"), in_scratch(place));
    jjb_string_free(path);
  }
  jjb_recipients_free(recipients);
  jjb_identities_free(identities);
}

static void null_arguments(void) {
  jjb_error* error = NULL;
  home();
  CHECK_FAILS(jjb_client_backup_file(NULL, NULL, 0, NULL, NULL, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "path is null");
  jjb_client_backup_options* options = jjb_client_backup_options_new();
  CHECK_INT(jjb_client_backup_options_set_directory(options, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_client_backup_options_set_directory(options, in_scratch("nothing")), 0);
  CHECK_INT(jjb_client_backup_options_set_utc(NULL, 1), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_client_backup_options_set_encryption(options, NULL, 0), 0);
  char* written = (char*)"stale";
  jjb_client_record* record = (jjb_client_record*)&error;
  CHECK_INT(jjb_client_backup_file(options, in_scratch("never.tar.gz"), 0, NULL, &written, &record, NULL), JJB_STATUS_NOT_FOUND);
  CHECK(written == NULL && record == NULL && !exists(in_scratch("never.tar.gz")));
  jjb_client_backup_options_free(options);
  jjb_client_backup_options_free(NULL);
  CHECK_INT(jjb_client_show_file(in_scratch("never.tar.gz"), NULL, NULL, &record, NULL), JJB_STATUS_NOT_FOUND);
  CHECK_FAILS(jjb_client_show_file(NULL, NULL, NULL, &record, &error), JJB_STATUS_INVALID_ARGUMENT, "path is null");
  CHECK_INT(jjb_client_show_file(sample_archive(), NULL, NULL, &record, NULL), JJB_STATUS_UNSUPPORTED);
  CHECK(jjb_client_record_get_host(NULL) == NULL);
  CHECK_INT(jjb_client_record_get_controller_count(NULL), 0);
  CHECK(jjb_client_record_get_controller_name(NULL, 0) == NULL);
  CHECK_INT(jjb_client_record_get_started(NULL, NULL, NULL), 0);
  CHECK_FAILS(jjb_client_record_dup_json(NULL, &written, &error), JJB_STATUS_INVALID_ARGUMENT, "record is null");
  jjb_client_record_free(NULL);

  CHECK_INT(jjb_client_restore_options_set_directory(NULL, "x"), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_client_restore_options_set_cookie_jar(NULL, 1), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_client_restore_options_add_controller(NULL, "x"), JJB_STATUS_INVALID_ARGUMENT);
  jjb_client_restore_options* restore = jjb_client_restore_options_new();
  CHECK_INT(jjb_client_restore_options_add_controller(restore, ""), JJB_STATUS_INVALID_ARGUMENT);
  jjb_client_restore_options_free(restore);
  jjb_client_restore_options_free(NULL);
  jjb_client_plan* plan = (jjb_client_plan*)&error;
  CHECK_FAILS(jjb_client_plan_restore(NULL, NULL, NULL, NULL, &plan, &error), JJB_STATUS_INVALID_ARGUMENT, "path is null");
  CHECK(plan == NULL);
  CHECK_FAILS(jjb_client_plan_dup_json(NULL, &written, &error), JJB_STATUS_INVALID_ARGUMENT, "plan is null");
  CHECK_INT(jjb_client_plan_get_path_count(NULL), 0);
  CHECK_INT(jjb_client_plan_get_path_action(NULL, 0), 0);
  CHECK_INT(jjb_client_plan_get_needs_force(NULL), 0);
  CHECK(jjb_client_plan_get_directory(NULL) == NULL);
  jjb_client_plan_free(NULL);
  CHECK(jjb_client_restore_result_get_kept(NULL) == NULL);
  jjb_client_restore_result_free(NULL);
  CHECK_INT(jjb_client_unfinished_get_state(NULL), 0);
  CHECK(jjb_client_unfinished_get_text(NULL) == NULL);
  jjb_client_unfinished_free(NULL);
  CHECK_FAILS(jjb_client_find_unfinished(NULL, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "unfinished is null");
  CHECK_INT(jjb_client_undo_restore(NULL, NULL, NULL), JJB_STATUS_NOT_FOUND);

  CHECK_TEXT(jjb_client_action_get_name(JJB_CLIENT_ACTION_OVERWRITE), "overwrite");
  CHECK_TEXT(jjb_client_action_get_name(0), "unknown");
  CHECK_TEXT(jjb_client_difference_get_name(JJB_CLIENT_DIFFERENCE_ONLY_HERE), "only-here");
  CHECK_TEXT(jjb_client_state_get_name(JJB_CLIENT_STATE_CHANGED), "changed");
}

int main(void) {
  RUN(null_arguments);
  RUN(round_trip);
  RUN(overwriting);
  RUN(encrypted);
  return 0;
}
