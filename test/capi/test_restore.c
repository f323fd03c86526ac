/* A controller machine below a folder: what speaks against a restore, the restore itself, undone, resumed, committed. */
#include <unistd.h>

#include "restore_machine.h"

/* A machine in `name` that lost nearly everything of Juju but has its own agent.conf, and one file that is not Juju's. */
static const char* broken_root(const char* name) {
  static char root[512];
  snprintf(root, sizeof root, "%s", in_scratch(name));
  make_root(root);
  put_text(root, "var/lib/juju/tools/2.9.50-ubuntu-amd64/jujud", "broken\n", 0700);
  put_text(root, "var/lib/juju/nonce.txt", "broken", 0600);
  put_text(root, "home/ubuntu/notes", "mine\n", 0644);
  char path[600];
  snprintf(path, sizeof path, "%s/var/lib/juju/server.pem", root);
  CHECK_INT(unlink(path), 0);
  return root;
}

/* ------------------------------------------------------------------------------------------------ services that record */

typedef struct recorder {
  char calls[4096]; /* "start jujud-machine-0\n" */
  int active, known, destroyed;
  int32_t fail_start_with;
  pthread_t thread;
} recorder;

static void record(recorder* into, const char* what, const char* service) {
  CHECK(pthread_equal(into->thread, pthread_self()));
  const size_t length = strlen(into->calls);
  snprintf(into->calls + length, sizeof into->calls - length, "%s %s\n", what, service);
}

static int32_t start_service(void* user, const char* machine, const char* address, int32_t here, const char* service, jjb_error** error) {
  recorder* into = user;
  CHECK(strcmp(machine, strncmp(service, "jujud", 5) == 0 ? "0" : "") == 0 && address != NULL && here == 1);
  record(into, "start", service);
  if (into->fail_start_with != 0 && strcmp(service, "jujud-machine-0") == 0) {
    *error = jjb_error_new(into->fail_start_with, "the unit is masked", 0);
    return into->fail_start_with;
  }
  into->active = 1;
  return 0;
}

static int32_t stop_service(void* user, const char* machine, const char* address, int32_t here, const char* service, jjb_error** error) {
  recorder* into = user;
  (void)error;
  CHECK(strcmp(machine, strncmp(service, "jujud", 5) == 0 ? "0" : "") == 0 && address != NULL && here == 1);
  record(into, "stop", service);
  into->active = 0;
  return 0;
}

static int32_t is_active(void* user, const char* machine, const char* address, int32_t here, const char* service, int32_t* active,
                         jjb_error** error) {
  const recorder* into = user;
  (void)error;
  CHECK(machine != NULL && address != NULL && here == 1 && service != NULL);
  *active = into->active;
  return 0;
}

static int32_t is_known(void* user, const char* service, int32_t* known, jjb_error** error) {
  const recorder* into = user;
  (void)error;
  CHECK(service[0] != 0);
  *known = into->known;
  return 0;
}

static int32_t install(void* user, const char* unit_file, jjb_error** error) {
  recorder* into = user;
  (void)error;
  CHECK_TEXT(unit_file, "/var/lib/juju/init/jujud-machine-0/jujud-machine-0.service");
  record(into, "install", "jujud-machine-0");
  into->known = 1;
  return 0;
}

static int32_t uninstall(void* user, const char* service, jjb_error** error) {
  (void)error;
  record(user, "uninstall", service);
  ((recorder*)user)->known = 0;
  return 0;
}

static void destroyed(void* user) { ++((recorder*)user)->destroyed; }

static jjb_services_callbacks services_of(recorder* into) {
  jjb_services_callbacks callbacks;
  jjb_services_callbacks_init(&callbacks);
  into->thread = pthread_self();
  callbacks.user = into;
  callbacks.destroy = destroyed;
  callbacks.start = start_service;
  callbacks.stop = stop_service;
  callbacks.is_active = is_active;
  callbacks.is_known = is_known;
  callbacks.install = install;
  callbacks.uninstall = uninstall;
  return callbacks;
}

static jjb_restore_tools* tools_with(recorder* into, const char* database_dir) {
  jjb_error* error = NULL;
  jjb_restore_tools* tools = jjb_restore_tools_new();
  const jjb_services_callbacks services = services_of(into);
  CHECK_OK(jjb_restore_tools_set_services(tools, &services, &error));
  if (database_dir != NULL) CHECK_OK(jjb_restore_tools_set_database_dir(tools, database_dir, &error));
  return tools;
}

/* ------------------------------------------------------------------------------------------------ plans */

static jjb_restore_plan* plan_of(jjb_archive* archive, const char* root, int32_t kind, const jjb_restore_tools* tools) {
  jjb_error* error = NULL;
  jjb_restore_options* options = options_for(root, kind);
  jjb_restore_plan* plan = NULL;
  CHECK_OK(jjb_restore_plan_make(archive, options, tools, NULL, &plan, &error));
  jjb_restore_options_free(options);
  return plan;
}

static size_t check_named(const jjb_restore_plan* plan, const char* name) {
  for (size_t i = 0; i < jjb_restore_plan_get_check_count(plan); ++i) {
    if (strcmp(jjb_restore_plan_get_check_name(plan, i), name) == 0) return i;
  }
  return (size_t)-1;
}

static void check_text_of(int32_t (*dup)(const jjb_restore_plan*, char**, jjb_error**), const jjb_restore_plan* plan, const char* part) {
  jjb_error* error = NULL;
  char* text = NULL;
  CHECK_OK(dup(plan, &text, &error));
  CHECK(strstr(text, part) != NULL && strstr(text, SECRET) == NULL);
  jjb_string_free(text);
}

static void planning(void) {
  jjb_error* error = NULL;
  jjb_archive* archive = open_backup();
  const char* root = broken_root("planning");
  char* before = tree_of(root);

  /* The facts of both sides. */
  jjb_restore_options* options = options_for(root, 0);
  char* json = NULL;
  CHECK_OK(jjb_restore_dup_backup_facts(archive, NULL, NULL, &json, &error));
  CHECK(json[0] == '{' && strstr(json, MODEL) != NULL && strstr(json, "\"root-bytes\"") != NULL && strstr(json, SECRET) == NULL);
  jjb_string_free(json);
  CHECK_OK(jjb_restore_dup_target_facts(options, NULL, NULL, &json, &error));
  CHECK(json[0] == '{' && strstr(json, CONTROLLER) != NULL && strstr(json, "\"database-problem\"") != NULL && strstr(json, SECRET) == NULL);
  jjb_string_free(json);
  jjb_verify_options* recorded = jjb_verify_options_new();
  CHECK_INT(jjb_verify_options_set_recorded_size_bytes(recorded, 17), 0);
  CHECK_INT(jjb_restore_options_set_verify(options, recorded), 0);
  jjb_verify_options_free(recorded);
  jjb_restore_plan* plan = NULL;
  CHECK_OK(jjb_restore_plan_make(archive, options, NULL, NULL, &plan, &error));
  CHECK_INT(jjb_restore_plan_get_check_state(plan, check_named(plan, "archive-verified")), JJB_CHECK_BLOCKER);
  jjb_restore_plan_free(plan);
  CHECK_INT(jjb_restore_options_set_verify(options, NULL), 0);
  jjb_restore_options_free(options);

  /* What can be done. */
  plan = plan_of(archive, root, JJB_RESTORE_KIND_FILES_ONLY, NULL);
  CHECK_INT(jjb_restore_plan_get_kind(plan), JJB_RESTORE_KIND_FILES_ONLY);
  CHECK_INT(jjb_restore_plan_get_blocked(plan), 0);
  CHECK(strstr(jjb_restore_plan_get_work_dir(plan), WORK_DIR) != NULL);
  size_t index = check_named(plan, "archive-verified");
  CHECK_INT(jjb_restore_plan_get_check_state(plan, index), JJB_CHECK_OK);
  CHECK(strstr(jjb_restore_plan_get_check_explanation(plan, index), "every byte") != NULL);
  CHECK_TEXT(jjb_restore_plan_get_check_override(plan, index), "");
  CHECK(jjb_restore_plan_get_check_name(plan, jjb_restore_plan_get_check_count(plan)) == NULL);
  CHECK(jjb_restore_plan_get_step_count(plan) >= 5);
  CHECK_TEXT(jjb_restore_plan_get_step_name(plan, 0), "stop-agent");
  CHECK_TEXT(jjb_restore_plan_get_step_what(plan, 0), "stop jujud-machine-0");
  CHECK_TEXT(jjb_restore_plan_get_step_target(plan, 0), "machine 0, this one");
  CHECK_TEXT(jjb_restore_plan_get_step_undo(plan, 0), "start it again");
  CHECK_INT(jjb_restore_plan_get_step_undoable(plan, 0), 1);
  CHECK(jjb_restore_plan_get_step_name(plan, jjb_restore_plan_get_step_count(plan)) == NULL);
  CHECK_INT(jjb_restore_plan_get_command_before_count(plan), 0);
  CHECK_INT(jjb_restore_plan_get_command_after_count(plan), 0);
  check_text_of(jjb_restore_plan_dup_text, plan, "Steps of files-only");
  check_text_of(jjb_restore_plan_dup_checks_text, plan, "ok archive-verified");
  check_text_of(jjb_restore_plan_dup_json, plan, "\"kind\": \"files-only\"");
  jjb_restore_plan_free(plan);

  /* What cannot, and one that is overridden. */
  plan = plan_of(archive, root, JJB_RESTORE_KIND_DATABASE_ONLY, NULL);
  CHECK_INT(jjb_restore_plan_get_blocked(plan), 1);
  CHECK_INT(jjb_restore_plan_get_check_state(plan, check_named(plan, "database")), JJB_CHECK_BLOCKER);
  jjb_restore_plan_free(plan);
  put_text(root, "etc/os-release", "ID=ubuntu\nVERSION_ID=\"24.04\"\n", 0644);
  plan = plan_of(archive, root, JJB_RESTORE_KIND_FILES_ONLY, NULL);
  index = check_named(plan, "series-or-base");
  CHECK_INT(jjb_restore_plan_get_check_state(plan, index), JJB_CHECK_BLOCKER);
  CHECK_TEXT(jjb_restore_plan_get_check_override(plan, index), "--override=series-or-base");
  jjb_restore_plan_free(plan);
  options = options_for(root, JJB_RESTORE_KIND_FILES_ONLY);
  CHECK_INT(jjb_restore_options_add_override(options, "series-or-base"), 0);
  CHECK_OK(jjb_restore_plan_make(archive, options, NULL, NULL, &plan, &error));
  CHECK_INT(jjb_restore_plan_get_blocked(plan), 0);
  jjb_restore_options_free(options);
  jjb_restore_plan_free(plan);
  plan = plan_of(archive, root, JJB_RESTORE_KIND_SINGLE_THEN_ENABLE_HA, NULL);
  CHECK_INT(jjb_restore_plan_get_command_after_count(plan), 1);
  CHECK_TEXT(jjb_restore_plan_get_command_after(plan, 0), "juju enable-ha -n 3");
  CHECK(jjb_restore_plan_get_command_after(plan, 1) == NULL);
  jjb_restore_plan_free(plan);
  put_text(root, "etc/os-release", "ID=ubuntu\nVERSION_ID=\"22.04\"\nVERSION_CODENAME=jammy\n", 0644);

  check_tree(root, before);
  free(before);
  jjb_archive_free(archive);
}

/* ------------------------------------------------------------------------------------------------ carrying out */

typedef struct watcher {
  int asked, destroyed;
  int32_t answer;
  size_t begun, ended, undo_begun, undo_ended, count;
  const char* stop_at; /* the step at whose end the restore is stopped */
  char last_undo[64];
} watcher;

static int32_t confirm(void* user, const jjb_restore_plan* plan) {
  watcher* into = user;
  ++into->asked;
  CHECK_INT(into->begun, 0);
  CHECK_INT(jjb_restore_plan_get_blocked(plan), 0);
  CHECK(jjb_restore_plan_get_step_count(plan) > 0);
  return into->answer;
}

static int32_t event(void* user, int32_t kind, size_t index, size_t count, const char* step, int32_t state, const char* text) {
  watcher* into = user;
  into->count = count;
  CHECK(text != NULL && strstr(text, SECRET) == NULL);
  if (kind == JJB_RESTORE_EVENT_NOTE) return 0;
  CHECK(index < count && step[0] != 0);
  if (kind == JJB_RESTORE_EVENT_STEP_BEGINS) {
    ++into->begun;
    CHECK(text[0] != 0);
  } else if (kind == JJB_RESTORE_EVENT_STEP_ENDS) {
    ++into->ended;
    CHECK(state == JJB_STEP_DONE || state == JJB_STEP_FAILED);
    CHECK((state == JJB_STEP_FAILED) == (text[0] != 0));
    if (into->stop_at != NULL && strcmp(step, into->stop_at) == 0) return 1;
  } else if (kind == JJB_RESTORE_EVENT_UNDO_BEGINS) {
    ++into->undo_begun;
  } else {
    CHECK_INT(kind, JJB_RESTORE_EVENT_UNDO_ENDS);
    ++into->undo_ended;
    snprintf(into->last_undo, sizeof into->last_undo, "%s", step);
  }
  return 0;
}

static void watcher_destroyed(void* user) { ++((watcher*)user)->destroyed; }

static jjb_restore_callbacks callbacks_for(watcher* into) {
  jjb_restore_callbacks callbacks;
  jjb_restore_callbacks_init(&callbacks);
  callbacks.user = into;
  callbacks.destroy = watcher_destroyed;
  callbacks.confirm = confirm;
  callbacks.event = event;
  return callbacks;
}

static void check_restored(const jjb_restore_report* report) {
  jjb_error* error = NULL;
  if (jjb_restore_report_get_state(report) != JJB_RESTORE_STATE_RESTORED) fprintf(stderr, "%s\n", jjb_restore_report_get_error(report));
  CHECK_INT(jjb_restore_report_get_state(report), JJB_RESTORE_STATE_RESTORED);
  CHECK_TEXT(jjb_restore_report_get_error(report), "");
  CHECK_TEXT(jjb_restore_report_get_source(report), machine_backup());
  CHECK(strstr(jjb_restore_report_get_work_dir(report), WORK_DIR) != NULL);
  CHECK_INT(jjb_restore_report_get_started(report, NULL, NULL), 1);
  for (size_t i = 0; i < jjb_restore_report_get_step_count(report); ++i) {
    CHECK_INT(jjb_restore_report_get_step_state(report, i), JJB_STEP_DONE);
    CHECK(jjb_restore_report_get_step_name(report, i)[0] != 0 && jjb_restore_report_get_step_what(report, i)[0] != 0);
    CHECK(jjb_restore_report_get_step_target(report, i) != NULL);
    CHECK_TEXT(jjb_restore_report_get_step_message(report, i), "");
    for (size_t j = 0; j < jjb_restore_report_get_step_warning_count(report, i); ++j) {
      CHECK(jjb_restore_report_get_step_warning(report, i, j) != NULL);
    }
    CHECK(jjb_restore_report_get_step_warning(report, i, jjb_restore_report_get_step_warning_count(report, i)) == NULL);
  }
  char* text = NULL;
  CHECK_OK(jjb_restore_report_dup_json(report, &text, &error));
  CHECK(text[0] == '{' && strstr(text, "\"restored\"") != NULL && strstr(text, SECRET) == NULL);
  jjb_string_free(text);
  CHECK_OK(jjb_restore_report_dup_text(report, &text, &error));
  CHECK(strstr(text, SECRET) == NULL && text[0] != 0);
  jjb_string_free(text);
}

/* The files of the machine: not confirmed, stopped midway, restored and undone, restored and committed. */
static void files(void) {
  jjb_error* error = NULL;
  jjb_archive* archive = open_backup();
  char root[512];
  snprintf(root, sizeof root, "%s", broken_root("files"));
  char* before = tree_of(root);
  recorder services = {.active = 1};
  jjb_restore_tools* tools = tools_with(&services, NULL);
  jjb_restore_plan* plan = plan_of(archive, root, JJB_RESTORE_KIND_FILES_ONLY, tools);
  jjb_restore_report* report = NULL;

  watcher refuses = {.answer = 1};
  jjb_restore_callbacks callbacks = callbacks_for(&refuses);
  CHECK_FAILS(jjb_restore_run(plan, archive, tools, &callbacks, 1, NULL, &report, &error), JJB_STATUS_CANCELLED,
              "the restore was not confirmed");
  CHECK(report == NULL);
  CHECK_INT(refuses.asked, 1);
  CHECK_INT(refuses.begun, 0);
  CHECK_INT(refuses.destroyed, 1);
  CHECK_TEXT(services.calls, "");
  check_tree(root, before);
  CHECK_OK(jjb_restore_find(root, NULL, &report, &error));
  CHECK(report == NULL);

  /* Without what it needs to stop services, nothing begins. */
  CHECK_INT(jjb_restore_run(plan, archive, NULL, NULL, 1, NULL, &report, NULL), JJB_STATUS_INVALID_ARGUMENT);
  check_tree(root, before);

  watcher stops = {.stop_at = "unpack-root"};
  callbacks = callbacks_for(&stops);
  CHECK_OK(jjb_restore_run(plan, archive, tools, &callbacks, 1, NULL, &report, &error));
  CHECK_INT(jjb_restore_report_get_state(report), JJB_RESTORE_STATE_UNDONE);
  CHECK(jjb_restore_report_get_error(report)[0] != 0);
  CHECK_INT(stops.destroyed, 1);
  CHECK_INT(stops.undo_begun, stops.undo_ended);
  CHECK_TEXT(stops.last_undo, "stop-agent");
  CHECK_INT(services.active, 1);
  jjb_restore_report_free(report);
  check_tree(root, before);

  for (int commit = 0; commit < 2; ++commit) {
    services.calls[0] = 0;
    watcher watches = {0};
    callbacks = callbacks_for(&watches);
    CHECK_OK(jjb_restore_run(plan, archive, tools, &callbacks, 1, NULL, &report, &error));
    check_restored(report);
    CHECK_INT(jjb_restore_report_get_kind(report), JJB_RESTORE_KIND_FILES_ONLY);
    CHECK_INT(jjb_restore_report_get_ended(report, NULL, NULL), 1);
    CHECK_INT(jjb_restore_report_get_step_count(report), watches.count);
    CHECK_INT(watches.asked, 1);
    CHECK_INT(watches.begun, watches.count);
    CHECK_INT(watches.ended, watches.count);
    CHECK_INT(watches.undo_begun, 0);
    CHECK_INT(watches.destroyed, 1);
    CHECK(strstr(services.calls, "stop jujud-machine-0\nstop juju-db\n") == services.calls);
    CHECK(strstr(services.calls, "install jujud-machine-0\n") != NULL);
    CHECK(strstr(services.calls, "start juju-db\nstart jujud-machine-0\n") != NULL);
    jjb_restore_report_free(report);
    check_file(root, "var/lib/juju/nonce.txt", "user-admin:bootstrap");
    check_file(root, "home/ubuntu/notes", "mine\n");

    CHECK_INT(jjb_restore_run(plan, archive, tools, NULL, 1, NULL, &report, NULL), JJB_STATUS_EXISTS);
    CHECK_OK(jjb_restore_find(root, jjb_restore_plan_get_work_dir(plan), &report, &error));
    check_restored(report);
    jjb_restore_report_free(report);
    if (commit) {
      CHECK_OK(jjb_restore_commit(root, NULL, NULL, &error));
    } else {
      watcher undoes = {0};
      callbacks = callbacks_for(&undoes);
      CHECK_OK(jjb_restore_undo(root, NULL, tools, &callbacks, NULL, &report, &error));
      CHECK_INT(jjb_restore_report_get_state(report), JJB_RESTORE_STATE_UNDONE);
      CHECK_INT(undoes.asked, 0);
      CHECK_INT(undoes.undo_begun, undoes.undo_ended);
      CHECK_INT(undoes.destroyed, 1);
      jjb_restore_report_free(report);
      check_tree(root, before);
    }
    CHECK_OK(jjb_restore_find(root, NULL, &report, &error));
    CHECK(report == NULL);
  }
  free(before);

  /* All of Juju's is as it was on the machine that was backed up. */
  char* wanted = tree_of(in_scratch("source"));
  char notes[600];
  snprintf(notes, sizeof notes, "%s/home/ubuntu/notes", root);
  CHECK_INT(unlink(notes), 0);
  check_tree(root, wanted);
  free(wanted);
  CHECK_INT(jjb_restore_undo(root, NULL, tools, NULL, NULL, NULL, NULL), JJB_STATUS_NOT_FOUND);
  CHECK_INT(jjb_restore_commit(root, NULL, NULL, NULL), JJB_STATUS_NOT_FOUND);
  CHECK_INT(jjb_restore_resume(root, NULL, archive, tools, NULL, 1, NULL, &report, NULL), JJB_STATUS_NOT_FOUND);
  CHECK_INT(jjb_restore_update_agents(root, NULL, tools, NULL, NULL, &report, NULL), JJB_STATUS_NOT_FOUND);

  CHECK_INT(services.destroyed, 0);
  jjb_restore_tools_free(tools);
  CHECK_INT(services.destroyed, 1);
  jjb_archive_free(archive);
  jjb_restore_plan_free(plan);
}

/* A database of test/data/dump that lost a collection, in `name` below the scratch folder, with the modes that files of one have. */
static const char* broken_database(const char* name) {
  static char folder[512];
  snprintf(folder, sizeof folder, "%s", in_scratch(name));
  char command[2048];
  snprintf(command, sizeof command, "cp -r '%s' '%s' && rm '%s'/juju/settings.* && find '%s' -type f -exec chmod 600 {} +", dump_dir(),
           folder, folder, folder);
  run_shell(command);
  return folder;
}

/* Files and database, stopped in the midst without undoing, and resumed. */
static void whole_machine(void) {
  jjb_error* error = NULL;
  jjb_archive* archive = open_backup();
  char root[512], database[512];
  snprintf(root, sizeof root, "%s", broken_root("whole"));
  snprintf(database, sizeof database, "%s", broken_database("database"));
  char* root_before = tree_of(root);
  char* database_before = tree_of(database);
  recorder services = {.active = 1};
  jjb_restore_tools* tools = tools_with(&services, database);
  jjb_restore_plan* plan = plan_of(archive, root, JJB_RESTORE_KIND_FULL_MACHINE, tools);
  char* text = NULL;
  CHECK_OK(jjb_restore_plan_dup_checks_text(plan, &text, &error));
  if (jjb_restore_plan_get_blocked(plan)) fputs(text, stderr);
  CHECK_INT(jjb_restore_plan_get_blocked(plan), 0);
  jjb_string_free(text);
  jjb_restore_report* report = NULL;

  for (int commit = 0; commit < 2; ++commit) {
    watcher stops = {.stop_at = "restore-database"};
    jjb_restore_callbacks callbacks = callbacks_for(&stops);
    CHECK_OK(jjb_restore_run(plan, archive, tools, &callbacks, 0, NULL, &report, &error));
    CHECK_INT(jjb_restore_report_get_state(report), JJB_RESTORE_STATE_FAILED);
    CHECK_INT(stops.undo_begun, 0);
    jjb_restore_report_free(report);
    CHECK_OK(jjb_restore_find(root, NULL, &report, &error));
    const int32_t state = jjb_restore_report_get_state(report);
    CHECK(state == JJB_RESTORE_STATE_FAILED || state == JJB_RESTORE_STATE_INTERRUPTED);
    jjb_restore_report_free(report);
    CHECK_INT(jjb_restore_commit(root, NULL, NULL, NULL), JJB_STATUS_UNSUPPORTED);

    watcher resumes = {0};
    callbacks = callbacks_for(&resumes);
    CHECK_OK(jjb_restore_resume(root, NULL, archive, tools, &callbacks, 1, NULL, &report, &error));
    check_restored(report);
    CHECK_INT(resumes.asked, 0);
    CHECK(resumes.begun > 0 && resumes.begun < resumes.count);
    CHECK_INT(resumes.destroyed, 1);
    jjb_restore_report_free(report);
    check_same_file(database, dump_dir(), "juju/settings.bson");
    check_same_file(database, dump_dir(), "juju/models.bson");
    if (commit) {
      CHECK_OK(jjb_restore_commit(root, NULL, NULL, &error));
    } else {
      CHECK_OK(jjb_restore_undo(root, NULL, tools, NULL, NULL, NULL, &error));
      check_tree(root, root_before);
      check_tree(database, database_before);
    }
  }
  char notes[600];
  snprintf(notes, sizeof notes, "%s/home/ubuntu/notes", root);
  CHECK_INT(unlink(notes), 0);
  char* wanted = tree_of(in_scratch("source"));
  check_tree(root, wanted);
  free(wanted);
  free(root_before);
  free(database_before);
  jjb_restore_plan_free(plan);
  jjb_restore_tools_free(tools);
  jjb_archive_free(archive);
}

/* A service that does not start fails the restore, and then the undoing of the step that stopped it. */
static void failing(void) {
  jjb_error* error = NULL;
  jjb_archive* archive = open_backup();
  char root[512];
  snprintf(root, sizeof root, "%s", broken_root("failing"));
  char* before = tree_of(root);
  recorder services = {.active = 1, .fail_start_with = JJB_STATUS_PROGRAM};
  jjb_restore_tools* tools = tools_with(&services, NULL);
  jjb_restore_plan* plan = plan_of(archive, root, JJB_RESTORE_KIND_FILES_ONLY, tools);
  jjb_restore_report* report = NULL;
  CHECK_OK(jjb_restore_run(plan, archive, tools, NULL, 1, NULL, &report, &error));
  CHECK_INT(jjb_restore_report_get_state(report), JJB_RESTORE_STATE_UNDO_FAILED);
  CHECK(strstr(jjb_restore_report_get_error(report), "start-agent: ") == jjb_restore_report_get_error(report));
  CHECK(strstr(jjb_restore_report_get_error(report), "the unit is masked") != NULL);
  CHECK_INT(jjb_restore_report_get_step_state(report, 0), JJB_STEP_UNDO_FAILED);
  CHECK(strstr(jjb_restore_report_get_step_message(report, 0), "the unit is masked") != NULL);
  CHECK_INT(jjb_restore_report_get_step_state(report, 1), JJB_STEP_UNDONE);
  CHECK_INT(jjb_restore_report_get_command_after_count(report), 0);
  CHECK(jjb_restore_report_get_command_after(report, 0) == NULL);
  jjb_restore_report_free(report);
  check_tree(root, before);
  services.fail_start_with = 0;
  CHECK_OK(jjb_restore_undo(root, NULL, tools, NULL, NULL, &report, &error));
  CHECK_INT(services.active, 1);

  /* Whatever is freed first. */
  jjb_restore_tools_free(tools);
  jjb_restore_plan_free(plan);
  jjb_archive_free(archive);
  CHECK_INT(jjb_restore_report_get_state(report), JJB_RESTORE_STATE_UNDONE);
  jjb_restore_report_free(report);
  free(before);

  /* Somebody else had enough of it. */
  jjb_job* job = jjb_job_new();
  jjb_job_cancel(job);
  archive = open_backup();
  CHECK_INT(jjb_restore_plan_make(archive, NULL, NULL, job, &plan, NULL), JJB_STATUS_CANCELLED);
  CHECK(plan == NULL);
  jjb_job_free(job);
  jjb_archive_free(archive);
}

/* ------------------------------------------------------------------------------------------------ rules */

static void nulls(void) {
  jjb_error* error = NULL;
  jjb_restore_options_free(NULL);
  jjb_restore_tools_free(NULL);
  jjb_restore_plan_free(NULL);
  jjb_restore_report_free(NULL);
  jjb_services_callbacks_init(NULL);
  jjb_restore_callbacks_init(NULL);

  jjb_restore_options* options = jjb_restore_options_new();
  int32_t (*const texts[])(jjb_restore_options*, const char*) = {
      jjb_restore_options_set_root,         jjb_restore_options_set_data_dir,        jjb_restore_options_set_machine_id,
      jjb_restore_options_add_override,     jjb_restore_options_set_private_address, jjb_restore_options_set_public_address,
      jjb_restore_options_set_instance_id,  jjb_restore_options_set_work_dir,        jjb_restore_options_set_staging_dir,
      jjb_restore_options_set_mongorestore, jjb_restore_options_set_mongo_host};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i) {
    CHECK_INT(texts[i](options, NULL), JJB_STATUS_INVALID_ARGUMENT);
    CHECK_INT(texts[i](NULL, "x"), JJB_STATUS_INVALID_ARGUMENT);
    CHECK_INT(texts[i](options, "x"), 0);
  }
  CHECK_INT(jjb_restore_options_add_override(options, ""), JJB_STATUS_INVALID_ARGUMENT);
  int32_t (*const flags[])(jjb_restore_options*, int32_t) = {
      jjb_restore_options_set_allow_downgrade, jjb_restore_options_set_copy_controller, jjb_restore_options_set_include_status_history,
      jjb_restore_options_set_manual_agent_control, jjb_restore_options_set_update_agents};
  for (size_t i = 0; i < sizeof flags / sizeof *flags; ++i) {
    CHECK_INT(flags[i](NULL, 1), JJB_STATUS_INVALID_ARGUMENT);
    CHECK_INT(flags[i](options, 1), 0);
  }
  CHECK_INT(jjb_restore_options_set_kind(options, 7), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_restore_options_set_kind(options, -1), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_restore_options_set_kind(NULL, 1), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_restore_options_set_verify(NULL, NULL), JJB_STATUS_INVALID_ARGUMENT);
  jjb_restore_options_free(options);

  jjb_restore_tools* tools = jjb_restore_tools_new();
  int32_t (*const tool_texts[])(jjb_restore_tools*, const char*) = {
      jjb_restore_tools_set_ssh_program,     jjb_restore_tools_set_ssh_user,     jjb_restore_tools_set_ssh_identity,
      jjb_restore_tools_set_ssh_known_hosts, jjb_restore_tools_add_ssh_argument, jjb_restore_tools_set_systemd_program,
      jjb_restore_tools_set_systemd_root};
  for (size_t i = 0; i < sizeof tool_texts / sizeof *tool_texts; ++i) {
    CHECK_INT(tool_texts[i](tools, NULL), JJB_STATUS_INVALID_ARGUMENT);
    CHECK_INT(tool_texts[i](NULL, "x"), JJB_STATUS_INVALID_ARGUMENT);
    CHECK_INT(tool_texts[i](tools, "x"), 0);
  }
  CHECK_INT(jjb_restore_tools_set_ssh_connect_timeout_s(tools, 0), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_restore_tools_set_ssh_connect_timeout_s(tools, 5), 0);
  CHECK_INT(jjb_restore_tools_set_ssh_port(tools, 22), 0);
  CHECK_INT(jjb_restore_tools_set_ssh_port(NULL, 22), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_restore_tools_set_ssh_strict_host_keys(tools, 1), 0);
  CHECK_INT(jjb_restore_tools_set_ssh_strict_host_keys(NULL, 1), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_restore_tools_set_ssh(NULL, 1), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_restore_tools_set_ssh(tools, 1), 0);
  CHECK_INT(jjb_restore_tools_set_systemd(NULL, 1), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_restore_tools_set_systemd(tools, 1), 0);
  CHECK_FAILS(jjb_restore_tools_set_machine(NULL, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "tools is null");
  CHECK_FAILS(jjb_restore_tools_set_mongo(NULL, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "tools is null");
  CHECK_FAILS(jjb_restore_tools_set_database_dir(NULL, "x", &error), JJB_STATUS_INVALID_ARGUMENT, "tools is null");
  CHECK_FAILS(jjb_restore_tools_set_database_dir(tools, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "directory is null");
  CHECK_OK(jjb_restore_tools_set_machine(tools, NULL, &error));

  /* Tables: whatever is refused is destroyed, once. */
  recorder services = {0};
  jjb_services_callbacks table = services_of(&services);
  CHECK_FAILS(jjb_restore_tools_set_services(tools, NULL, &error), JJB_STATUS_INVALID_ARGUMENT,
              "services callbacks is null or was not filled by its init function");
  table.uninstall = NULL;
  CHECK_FAILS(jjb_restore_tools_set_services(tools, &table, &error), JJB_STATUS_INVALID_ARGUMENT,
              "services callbacks with a function missing");
  CHECK_INT(services.destroyed, 1);
  table.size = sizeof table - 1;
  CHECK_INT(jjb_restore_tools_set_services(tools, &table, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(services.destroyed, 2);
  table = services_of(&services);
  CHECK_INT(jjb_restore_tools_set_services(NULL, &table, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(services.destroyed, 3);
  CHECK_OK(jjb_restore_tools_set_services(tools, &table, &error));
  CHECK_OK(jjb_restore_tools_set_services(tools, &table, &error)); /* the one before is not used any more */
  CHECK_INT(services.destroyed, 4);
  CHECK_INT(jjb_restore_tools_set_systemd(tools, 1), 0);
  CHECK_INT(services.destroyed, 5);
  jjb_restore_tools_free(tools);
  CHECK_INT(services.destroyed, 5);

  jjb_archive* archive = open_backup();
  jjb_restore_plan* plan = (jjb_restore_plan*)archive;
  jjb_restore_report* report = (jjb_restore_report*)archive;
  char* text = NULL;
  CHECK_FAILS(jjb_restore_plan_make(NULL, NULL, NULL, NULL, &plan, &error), JJB_STATUS_INVALID_ARGUMENT, "archive is null");
  CHECK(plan == NULL);
  CHECK_FAILS(jjb_restore_plan_make(archive, NULL, NULL, NULL, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "plan is null");
  CHECK_FAILS(jjb_restore_dup_backup_facts(NULL, NULL, NULL, &text, &error), JJB_STATUS_INVALID_ARGUMENT, "archive is null");
  CHECK_FAILS(jjb_restore_dup_target_facts(NULL, NULL, NULL, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "json is null");
  watcher watches = {0};
  jjb_restore_callbacks callbacks = callbacks_for(&watches);
  CHECK_FAILS(jjb_restore_run(NULL, archive, NULL, &callbacks, 1, NULL, &report, &error), JJB_STATUS_INVALID_ARGUMENT, "plan is null");
  CHECK(report == NULL);
  CHECK_INT(watches.destroyed, 1);
  CHECK_INT(jjb_restore_resume(NULL, NULL, NULL, NULL, &callbacks, 1, NULL, &report, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(watches.destroyed, 2);
  callbacks.size = 4;
  CHECK_INT(jjb_restore_undo(scratch(), NULL, NULL, &callbacks, NULL, NULL, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(watches.destroyed, 2); /* nothing of it can be trusted */
  CHECK_INT(jjb_restore_find(NULL, NULL, NULL, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(watches.asked, 0);

  /* A plan that is blocked is not asked about. */
  plan = plan_of(archive, in_scratch("source"), JJB_RESTORE_KIND_DATABASE_ONLY, NULL);
  callbacks = callbacks_for(&watches);
  CHECK_INT(jjb_restore_run(plan, archive, NULL, &callbacks, 1, NULL, &report, &error), JJB_STATUS_INVALID_ARGUMENT);
  CHECK(strstr(jjb_error_get_message(error), "the plan is blocked by its checks: database") != NULL);
  jjb_error_free(error);
  error = NULL;
  CHECK_INT(watches.asked, 0);
  CHECK_INT(jjb_restore_run(plan, NULL, NULL, NULL, 1, NULL, &report, NULL), JJB_STATUS_INVALID_ARGUMENT);
  jjb_archive_free(archive);
  CHECK(jjb_restore_plan_get_check_name(plan, 0) != NULL);
  jjb_restore_plan_free(plan);

  CHECK_INT(jjb_restore_plan_get_kind(NULL), 0);
  CHECK_INT(jjb_restore_plan_get_blocked(NULL), 0);
  CHECK(jjb_restore_plan_get_work_dir(NULL) == NULL);
  CHECK_INT(jjb_restore_plan_get_check_count(NULL), 0);
  CHECK(jjb_restore_plan_get_check_name(NULL, 0) == NULL);
  CHECK_INT(jjb_restore_plan_get_check_state(NULL, 0), 0);
  CHECK(jjb_restore_plan_get_check_explanation(NULL, 0) == NULL && jjb_restore_plan_get_check_override(NULL, 0) == NULL);
  CHECK_INT(jjb_restore_plan_get_step_count(NULL), 0);
  CHECK(jjb_restore_plan_get_step_name(NULL, 0) == NULL && jjb_restore_plan_get_step_what(NULL, 0) == NULL);
  CHECK(jjb_restore_plan_get_step_target(NULL, 0) == NULL && jjb_restore_plan_get_step_undo(NULL, 0) == NULL);
  CHECK_INT(jjb_restore_plan_get_step_undoable(NULL, 0), 0);
  CHECK_INT(jjb_restore_plan_get_command_before_count(NULL), 0);
  CHECK_INT(jjb_restore_plan_get_command_after_count(NULL), 0);
  CHECK(jjb_restore_plan_get_command_before(NULL, 0) == NULL && jjb_restore_plan_get_command_after(NULL, 0) == NULL);
  CHECK_FAILS(jjb_restore_plan_dup_text(NULL, &text, &error), JJB_STATUS_INVALID_ARGUMENT, "plan is null");
  CHECK_FAILS(jjb_restore_report_dup_json(NULL, &text, &error), JJB_STATUS_INVALID_ARGUMENT, "report is null");
  CHECK_INT(jjb_restore_report_get_state(NULL), 0);
  CHECK_INT(jjb_restore_report_get_kind(NULL), 0);
  CHECK(jjb_restore_report_get_source(NULL) == NULL && jjb_restore_report_get_work_dir(NULL) == NULL);
  CHECK(jjb_restore_report_get_error(NULL) == NULL);
  CHECK_INT(jjb_restore_report_get_started(NULL, NULL, NULL), 0);
  CHECK_INT(jjb_restore_report_get_ended(NULL, NULL, NULL), 0);
  CHECK_INT(jjb_restore_report_get_step_count(NULL), 0);
  CHECK(jjb_restore_report_get_step_name(NULL, 0) == NULL && jjb_restore_report_get_step_what(NULL, 0) == NULL);
  CHECK(jjb_restore_report_get_step_target(NULL, 0) == NULL && jjb_restore_report_get_step_message(NULL, 0) == NULL);
  CHECK_INT(jjb_restore_report_get_step_state(NULL, 0), 0);
  CHECK_INT(jjb_restore_report_get_step_warning_count(NULL, 0), 0);
  CHECK(jjb_restore_report_get_step_warning(NULL, 0, 0) == NULL);
  CHECK_INT(jjb_restore_report_get_command_after_count(NULL), 0);
  CHECK(jjb_restore_report_get_command_after(NULL, 0) == NULL);
}

static void names(void) {
  for (int32_t kind = 1; kind <= 6; ++kind) CHECK_INT(jjb_restore_kind_find(jjb_restore_kind_get_name(kind)), kind);
  CHECK_TEXT(jjb_restore_kind_get_name(JJB_RESTORE_KIND_FULL_MACHINE), "full-machine");
  CHECK_TEXT(jjb_restore_kind_get_name(0), "unknown");
  CHECK_INT(jjb_restore_kind_find("unknown"), 0);
  CHECK_INT(jjb_restore_kind_find(NULL), 0);
  CHECK_TEXT(jjb_check_get_name(JJB_CHECK_BLOCKER), "blocker");
  CHECK_TEXT(jjb_check_get_name(3), "unknown");
  CHECK_TEXT(jjb_step_get_name(JJB_STEP_UNDO_FAILED), "undo-failed");
  CHECK_TEXT(jjb_step_get_name(6), "unknown");
  CHECK_TEXT(jjb_restore_state_get_name(JJB_RESTORE_STATE_RESTORED), "restored");
  CHECK_TEXT(jjb_restore_state_get_name(0), "unknown");
}

int main(void) {
  RUN(planning);
  RUN(nulls);
  RUN(names);
  RUN(files);
  RUN(failing);
  RUN(whole_machine);
  return 0;
}
