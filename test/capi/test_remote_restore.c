/* A controller that is not this machine: restored over its API, or bootstrapped anew. */
#include <sys/stat.h>

#include "restore_machine.h"

typedef struct stages {
  int32_t last;
  int seen[8], destroyed;
  int32_t stop_at;
} stages;

static int32_t stage_begins(void* user, int32_t stage, const char* text, int32_t warning, uint32_t waited_s) {
  stages* into = user;
  CHECK(stage >= JJB_REMOTE_STAGE_CHECKING && stage <= JJB_REMOTE_STAGE_CLEANING_UP && text[0] != 0 && waited_s < 60);
  CHECK(warning == 0 || warning == 1);
  ++into->seen[stage];
  into->last = stage;
  return stage == into->stop_at;
}

static void stages_destroyed(void* user) { ++((stages*)user)->destroyed; }

/* An embedded controller that backs up and restores the machine `root` with the database `database`. */
static jjb_server* start_restoring_server(const char* name, const char* root, const char* database) {
  jjb_error* error = NULL;
  jjb_create_options* create = jjb_create_options_new();
  CHECK_INT(jjb_create_options_set_root(create, root), 0);
  CHECK_INT(jjb_create_options_set_dump_dir(create, database), 0);
  CHECK_INT(jjb_create_options_set_ha_nodes(create, 1), 0);
  CHECK_INT(jjb_create_options_set_check_space(create, 0), 0);
  jjb_restore_options* restore = options_for(root, 0);
  jjb_server_options* options = jjb_server_options_new();
  CHECK_INT(jjb_server_options_set_address(options, "127.0.0.1:0"), 0);
  CHECK_INT(jjb_server_options_set_state_dir(options, in_scratch(name)), 0);
  CHECK_INT(jjb_server_options_add_user(options, "admin", ADMIN_PASSWORD, 1), 0);
  CHECK_INT(jjb_server_options_set_create(options, create), 0);
  CHECK_INT(jjb_server_options_set_restore(options, restore, database), 0);
  CHECK_INT(jjb_server_options_set_restore(options, restore, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_server_options_set_restore(NULL, restore, database), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_restore_options_set_root(restore, "//"), 0);
  CHECK_INT(jjb_server_options_set_restore(options, restore, database), JJB_STATUS_INVALID_ARGUMENT);
  jjb_create_options_free(create);
  jjb_restore_options_free(restore);
  jjb_server* server = NULL;
  CHECK_OK(jjb_server_start(options, &server, &error));
  jjb_server_options_free(options);
  return server;
}

static void over_the_api(void) {
  jjb_error* error = NULL;
  char root[512], database[512];
  snprintf(root, sizeof root, "%s", in_scratch("served"));
  make_root_of(root, "2.9.21"); /* as the server says that it is */
  snprintf(database, sizeof database, "%s", in_scratch("served-database"));
  char command[2048];
  snprintf(command, sizeof command, "cp -r '%s' '%s'", dump_dir(), database);
  run_shell(command);
  char* wanted = tree_of(root);
  jjb_server* server = start_restoring_server("state", root, database);
  jjb_connect_options* connect = connect_options(server, "admin", ADMIN_PASSWORD);
  jjb_controller* controller = connect_to(server);
  CHECK(jjb_controller_get_offers(controller) & JJB_OFFER_RESTORE);
  jjb_remote_create_options* keep = jjb_remote_create_options_new();
  CHECK_INT(jjb_remote_create_options_set_keep_copy(keep, 1), 0);
  jjb_remote_backup* made = NULL;
  CHECK_OK(jjb_controller_create(controller, keep, NULL, &made, &error));
  jjb_metadata* metadata = NULL;
  CHECK_OK(jjb_remote_backup_dup_metadata(made, &metadata, &error));
  char file[512];
  snprintf(file, sizeof file, "%s", in_scratch("served.tar.gz"));
  CHECK_OK(jjb_controller_download_file(controller, jjb_remote_backup_get_download_id(made), metadata, file, 0, NULL, NULL, &error));
  jjb_controller_free(controller);
  jjb_remote_create_options_free(keep);
  jjb_remote_backup_free(made);

  stages watches = {0};
  jjb_remote_restore_options* options = jjb_remote_restore_options_new();
  CHECK_OK(jjb_remote_restore_options_set_callback(options, stage_begins, &watches, stages_destroyed, &error));
  CHECK_INT(jjb_remote_restore_options_set_dial_ms(options, 20, 60000), 0);
  CHECK_INT(jjb_remote_restore_options_set_busy_ms(options, 20, 60000), 0);
  jjb_remote_restore_result* result = NULL;
  CHECK_INT(jjb_controller_restore(connect, options, NULL, &result, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_remote_restore_options_set_backup_id(options, "20200101-000000." MODEL), 0);
  CHECK_INT(jjb_controller_restore(connect, options, NULL, &result, NULL), JJB_STATUS_NOT_FOUND);
  CHECK(result == NULL);
  int32_t end = 7;
  CHECK_OK(jjb_controller_finish_restore(connect, NULL, &end, &error));
  CHECK_INT(end, JJB_REMOTE_END_NOTHING);

  /* By ID, and the file of an archive that the controller knows. */
  for (int by_file = 0; by_file < 2; ++by_file) {
    put_text(root, "var/lib/juju/nonce.txt", "broken", 0600);
    put_text(root, "var/lib/juju/server.pem", "broken", 0600);
    snprintf(command, sizeof command, "rm '%s'/juju/settings.*", database);
    run_shell(command);
    if (by_file) {
      CHECK_INT(jjb_remote_restore_options_set_file(options, file, NULL), 0);
    } else {
      CHECK_INT(jjb_remote_restore_options_set_backup_id(options, jjb_metadata_get_id(metadata)), 0);
    }
    CHECK_OK(jjb_controller_restore(connect, options, NULL, &result, &error));
    CHECK_TEXT(jjb_remote_restore_result_get_backup_id(result), jjb_metadata_get_id(metadata));
    CHECK_INT(jjb_remote_restore_result_get_uploaded(result), 0);
    CHECK_INT(jjb_remote_restore_result_get_reused(result), by_file);
    CHECK(jjb_remote_restore_result_get_connection_lost(result) == 0 || jjb_remote_restore_result_get_connection_lost(result) == 1);
    CHECK_TEXT(jjb_remote_restore_result_get_version(result), "2.9.21");
    CHECK_TEXT(jjb_remote_restore_result_get_version_after(result), "2.9.21");
    jjb_remote_restore_result_free(result);
    check_tree(root, wanted);
    check_same_file(database, dump_dir(), "juju/settings.bson");
    CHECK_INT(watches.last, JJB_REMOTE_STAGE_FINISHING);
    CHECK(watches.seen[JJB_REMOTE_STAGE_PREPARING] > by_file && watches.seen[JJB_REMOTE_STAGE_RESTORING] > by_file);
    CHECK_INT(watches.seen[JJB_REMOTE_STAGE_CLEANING_UP], 0);
  }

  /* A callback that has enough of it: the controller is left usable. */
  watches.stop_at = JJB_REMOTE_STAGE_RESTORING;
  CHECK_INT(jjb_controller_restore(connect, options, NULL, &result, NULL), JJB_STATUS_CANCELLED);
  CHECK(watches.seen[JJB_REMOTE_STAGE_CLEANING_UP] > 0);
  check_tree(root, wanted);
  controller = connect_to(server);
  jjb_metadata_list* list = NULL;
  CHECK_OK(jjb_controller_list(controller, NULL, &list, &error));
  jjb_metadata_list_free(list);
  jjb_controller_free(controller);

  CHECK_INT(watches.destroyed, 0);
  jjb_remote_restore_options_free(options);
  CHECK_INT(watches.destroyed, 1);
  jjb_connect_options_free(connect);
  jjb_server_free(server);

  /* A release without it. */
  server = start_server("state3", "3.6.3", NULL, NULL, NULL);
  connect = connect_options(server, "admin", ADMIN_PASSWORD);
  options = jjb_remote_restore_options_new();
  CHECK_INT(jjb_remote_restore_options_set_backup_id(options, jjb_metadata_get_id(metadata)), 0);
  CHECK_INT(jjb_controller_restore(connect, options, NULL, NULL, NULL), JJB_STATUS_UNSUPPORTED);
  CHECK_INT(jjb_controller_finish_restore(connect, NULL, NULL, NULL), JJB_STATUS_UNSUPPORTED);
  jjb_remote_restore_options_free(options);
  jjb_connect_options_free(connect);
  jjb_server_free(server);
  jjb_metadata_free(metadata);
  free(wanted);
}

static void remote_nulls(void) {
  jjb_error* error = NULL;
  jjb_remote_restore_options_free(NULL);
  jjb_remote_restore_result_free(NULL);
  jjb_remote_restore_options* options = jjb_remote_restore_options_new();
  CHECK_INT(jjb_remote_restore_options_set_backup_id(options, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_remote_restore_options_set_backup_id(NULL, "x"), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_remote_restore_options_set_file(options, NULL, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_remote_restore_options_set_file(options, "", NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_remote_restore_options_set_file(NULL, "x", NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_remote_restore_options_set_dial_ms(options, 0, 1), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_remote_restore_options_set_dial_ms(NULL, 1, 1), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_remote_restore_options_set_busy_ms(options, 0, 1), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_remote_restore_options_set_busy_ms(NULL, 1, 1), JJB_STATUS_INVALID_ARGUMENT);
  stages watches = {0};
  CHECK_FAILS(jjb_remote_restore_options_set_callback(NULL, stage_begins, &watches, stages_destroyed, &error), JJB_STATUS_INVALID_ARGUMENT,
              "options is null");
  CHECK_INT(watches.destroyed, 1);
  CHECK_OK(jjb_remote_restore_options_set_callback(options, stage_begins, &watches, stages_destroyed, &error));
  CHECK_OK(jjb_remote_restore_options_set_callback(options, NULL, NULL, NULL, &error));
  CHECK_INT(watches.destroyed, 2);
  jjb_remote_restore_result* result = (jjb_remote_restore_result*)options;
  CHECK_FAILS(jjb_controller_restore(NULL, options, NULL, &result, &error), JJB_STATUS_INVALID_ARGUMENT, "connect is null");
  CHECK(result == NULL);
  jjb_connect_options* connect = jjb_connect_options_new();
  CHECK_FAILS(jjb_controller_restore(connect, NULL, NULL, &result, &error), JJB_STATUS_INVALID_ARGUMENT, "options is null");
  jjb_connect_options_free(connect);
  CHECK_FAILS(jjb_controller_finish_restore(NULL, NULL, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "connect is null");
  jjb_remote_restore_options_free(options);
  CHECK(jjb_remote_restore_result_get_backup_id(NULL) == NULL && jjb_remote_restore_result_get_version(NULL) == NULL);
  CHECK(jjb_remote_restore_result_get_version_after(NULL) == NULL);
  CHECK_INT(jjb_remote_restore_result_get_uploaded(NULL), 0);
  CHECK_INT(jjb_remote_restore_result_get_reused(NULL), 0);
  CHECK_INT(jjb_remote_restore_result_get_connection_lost(NULL), 0);
  CHECK_TEXT(jjb_remote_stage_get_name(JJB_REMOTE_STAGE_CLEANING_UP), "cleaning-up");
  CHECK_TEXT(jjb_remote_stage_get_name(0), "unknown");
}

/* ------------------------------------------------------------------------------------------------ a new controller */

#define ADMIN_SECRET "invented-admin"

static void put_program(const char* name, const char* text) { put_text(scratch(), name, text, 0700); }

/* Programs that stand in for juju, ssh and scp, and a client directory that knows a controller which is gone. */
static void make_client(void) {
  put_program("juju",
              "#!/bin/sh\n"
              "case \"$1\" in\n"
              "version) echo 2.9.50-ubuntu-amd64;;\n"
              "help) printf -- '--agent-version (= \"\")\\n--bootstrap-series\\n--bootstrap-base\\n--no-default-model\\n';;\n"
              "status) exit 1;;\n"
              "bootstrap) echo Creating the controller\n"
              "  echo 'controllers: {prod: {uuid: new, api-endpoints: [\"127.0.0.1:9\"]}}' > $JUJU_DATA/controllers.yaml\n"
              "  echo 'controllers: {prod: {user: admin, password: new}}' > $JUJU_DATA/accounts.yaml;;\n"
              "esac\n");
  put_program("ssh", "#!/bin/sh\nfor word; do last=$word; done; echo \"ssh $last\" >> \"${0%/*}/log\"\n");
  put_program("scp", "#!/bin/sh\nwhile [ \"$1\" != -- ]; do shift; done; echo \"scp $2 $3\" >> \"${0%/*}/log\"\n");
  put_text(scratch(), "client/controllers.yaml", "controllers: {prod: {uuid: " CONTROLLER ", api-endpoints: ['127.0.0.1:1']}}\n", 0600);
  put_text(scratch(), "client/accounts.yaml", "controllers: {prod: {user: admin, password: " ADMIN_SECRET "}}\n", 0600);
  put_text(scratch(), "client/bootstrap-config.yaml", "controllers: {prod: {cloud: aws, region: eu}}\n", 0600);
  CHECK_INT(chmod(in_scratch("client"), 0700), 0);
}

typedef struct printed {
  int seen[4], output, destroyed, stop;
} printed;

static int32_t print(void* user, int32_t kind, const char* text) {
  printed* into = user;
  CHECK(kind >= JJB_REBOOTSTRAP_EVENT_STAGE && kind <= JJB_REBOOTSTRAP_EVENT_WARNING && strstr(text, ADMIN_SECRET) == NULL);
  ++into->seen[kind];
  if (strcmp(text, "Creating the controller") == 0) ++into->output;
  return into->stop;
}

static void print_destroyed(void* user) { ++((printed*)user)->destroyed; }

static void rebootstrap(void) {
  jjb_error* error = NULL;
  make_client();
  jjb_archive* archive = open_backup();
  printed lines = {0};
  jjb_rebootstrap_options* options = jjb_rebootstrap_options_new();
  CHECK_INT(jjb_rebootstrap_options_set_controller(options, "prod"), 0);
  CHECK_INT(jjb_rebootstrap_options_set_client_dir(options, in_scratch("client")), 0);
  CHECK_INT(jjb_rebootstrap_options_set_juju(options, in_scratch("juju")), 0);
  CHECK_INT(jjb_rebootstrap_options_set_constraints(options, "mem=8G"), 0);
  CHECK_INT(jjb_rebootstrap_options_set_build_agent(options, 0), 0);
  CHECK_INT(jjb_rebootstrap_options_set_dial_timeout_ms(options, 2000), 0);
  CHECK_OK(jjb_rebootstrap_options_set_callback(options, print, &lines, print_destroyed, &error));
  jjb_rebootstrap_plan* plan = NULL;
  CHECK_OK(jjb_rebootstrap_plan_make(archive, options, NULL, &plan, &error));
  CHECK_TEXT(jjb_rebootstrap_plan_get_controller(plan), "prod");
  CHECK_TEXT(jjb_rebootstrap_plan_get_controller_uuid(plan), CONTROLLER);
  CHECK_INT(jjb_rebootstrap_plan_get_ha_nodes(plan), 1);
  CHECK_INT(jjb_rebootstrap_plan_get_restores_over_api(plan), 0);
  CHECK(jjb_rebootstrap_plan_get_warning(plan, jjb_rebootstrap_plan_get_warning_count(plan)) == NULL);
  char* text = NULL;
  CHECK_OK(jjb_rebootstrap_plan_dup_text(plan, &text, &error));
  CHECK(strstr(text, "mem=8G") != NULL && strstr(text, "PRIVATE") == NULL && strstr(text, ADMIN_SECRET) == NULL);
  jjb_string_free(text);

  char* before = tree_of(in_scratch("client"));
  jjb_rebootstrapped* made = NULL;
  lines.stop = 1;
  CHECK_INT(jjb_rebootstrap_run(plan, archive, options, NULL, &made, NULL), JJB_STATUS_CANCELLED);
  CHECK(made == NULL);
  lines.stop = 0;
  check_tree(in_scratch("client"), before);
  free(before);
  CHECK_OK(jjb_rebootstrap_run(plan, archive, options, NULL, &made, &error));
  CHECK_INT(lines.output, 1);
  CHECK(lines.seen[JJB_REBOOTSTRAP_EVENT_STAGE] > 0);
  char* controllers = read_whole(in_scratch("client/controllers.yaml"), NULL);
  CHECK(strstr(controllers, "127.0.0.1:1'") != NULL);
  free(controllers);
  jjb_connect_options* connect = NULL;
  CHECK_OK(jjb_connect_options_read_client_dir(jjb_rebootstrapped_get_client_dir(made), NULL, "prod", 0, NULL, &connect, &error));
  CHECK_TEXT(jjb_connect_options_get_endpoint(connect, 0), "127.0.0.1:9");
  jjb_connect_options_free(connect);

  jjb_restore_tools* tools = jjb_restore_tools_new();
  CHECK_INT(jjb_restore_tools_set_ssh_program(tools, in_scratch("ssh")), 0);
  CHECK_FAILS(jjb_rebootstrap_restore_over_ssh(plan, made, options, tools, NULL, &error), JJB_STATUS_INVALID_ARGUMENT,
              "options without program or archive");
  CHECK_INT(jjb_rebootstrap_options_set_program(options, "/usr/bin/jujubackup"), 0);
  CHECK_INT(jjb_rebootstrap_options_set_archive(options, machine_backup()), 0);
  CHECK_INT(jjb_rebootstrap_options_add_argument(options, "--allow-downgrade"), 0);
  CHECK_INT(jjb_rebootstrap_options_set_scp(options, in_scratch("scp")), 0);
  CHECK_OK(jjb_rebootstrap_restore_over_ssh(plan, made, options, tools, NULL, &error));
  char* log = read_whole(in_scratch("log"), NULL);
  CHECK(strstr(log, "scp /usr/bin/jujubackup ubuntu@127.0.0.1:") != NULL && strstr(log, "--yes --allow-downgrade\n") != NULL);
  free(log);
  CHECK_OK(jjb_rebootstrap_adopt(plan, made, NULL, &error));
  controllers = read_whole(in_scratch("client/controllers.yaml"), NULL);
  CHECK(strstr(controllers, "127.0.0.1:9") != NULL && strstr(controllers, CONTROLLER) != NULL);
  free(controllers);
  CHECK(!exists(jjb_rebootstrapped_get_client_dir(made)));

  jjb_archive_free(archive);
  jjb_rebootstrap_options_free(options);
  CHECK_INT(lines.destroyed, 1);
  jjb_rebootstrap_plan_free(plan);
  jjb_restore_tools_free(tools);
  jjb_rebootstrapped_free(made);
}

static void rebootstrap_nulls(void) {
  jjb_error* error = NULL;
  jjb_rebootstrap_options_free(NULL);
  jjb_rebootstrap_plan_free(NULL);
  jjb_rebootstrapped_free(NULL);
  jjb_rebootstrap_options* options = jjb_rebootstrap_options_new();
  int32_t (*const texts[])(jjb_rebootstrap_options*, const char*) = {
      jjb_rebootstrap_options_set_controller,  jjb_rebootstrap_options_set_client_dir, jjb_rebootstrap_options_set_juju,
      jjb_rebootstrap_options_set_constraints, jjb_rebootstrap_options_set_program,    jjb_rebootstrap_options_set_archive,
      jjb_rebootstrap_options_add_argument,    jjb_rebootstrap_options_set_scp};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; ++i) {
    CHECK_INT(texts[i](options, NULL), JJB_STATUS_INVALID_ARGUMENT);
    CHECK_INT(texts[i](NULL, "x"), JJB_STATUS_INVALID_ARGUMENT);
    CHECK_INT(texts[i](options, "x"), 0);
  }
  CHECK_INT(jjb_rebootstrap_options_set_build_agent(NULL, 1), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_rebootstrap_options_set_dial_timeout_ms(options, 0), JJB_STATUS_INVALID_ARGUMENT);
  printed lines = {0};
  CHECK_INT(jjb_rebootstrap_options_set_callback(NULL, print, &lines, print_destroyed, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(lines.destroyed, 1);
  CHECK_OK(jjb_rebootstrap_options_set_callback(options, print, &lines, print_destroyed, &error));
  CHECK_OK(jjb_rebootstrap_options_set_callback(options, NULL, NULL, NULL, &error));
  CHECK_INT(lines.destroyed, 2);
  jjb_rebootstrap_plan* plan = (jjb_rebootstrap_plan*)options;
  CHECK_FAILS(jjb_rebootstrap_plan_make(NULL, options, NULL, &plan, &error), JJB_STATUS_INVALID_ARGUMENT, "archive is null");
  CHECK(plan == NULL);
  jjb_rebootstrapped* made = (jjb_rebootstrapped*)options;
  CHECK_FAILS(jjb_rebootstrap_run(NULL, NULL, NULL, NULL, &made, &error), JJB_STATUS_INVALID_ARGUMENT, "plan is null");
  CHECK(made == NULL);
  CHECK_FAILS(jjb_rebootstrap_restore_over_ssh(NULL, NULL, options, NULL, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "plan is null");
  CHECK_FAILS(jjb_rebootstrap_adopt(NULL, NULL, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "plan is null");
  char* text = NULL;
  CHECK_FAILS(jjb_rebootstrap_plan_dup_text(NULL, &text, &error), JJB_STATUS_INVALID_ARGUMENT, "plan is null");
  CHECK(jjb_rebootstrap_plan_get_controller(NULL) == NULL && jjb_rebootstrap_plan_get_controller_uuid(NULL) == NULL);
  CHECK_INT(jjb_rebootstrap_plan_get_ha_nodes(NULL), 0);
  CHECK_INT(jjb_rebootstrap_plan_get_restores_over_api(NULL), 0);
  CHECK_INT(jjb_rebootstrap_plan_get_warning_count(NULL), 0);
  CHECK(jjb_rebootstrap_plan_get_warning(NULL, 0) == NULL && jjb_rebootstrapped_get_client_dir(NULL) == NULL);
  jjb_rebootstrap_options_free(options);
}

int main(void) {
  RUN(over_the_api);
  RUN(remote_nulls);
  RUN(rebootstrap);
  RUN(rebootstrap_nulls);
  return 0;
}
