/* The embedded controller: its options, its life, and what a client of Juju's needs to find it. */
#include <ctype.h>
#include <sys/stat.h>

#include "check.h"

/* What the log said. The server's threads call it one at a time, and all of them are gone when it is read. */
typedef struct log_lines {
  char text[65536];
  size_t size, lines;
  int destroyed;
} log_lines;

static void log_line(void* user, const char* line) {
  log_lines* log = user;
  const size_t size = strlen(line);
  if (log->size + size + 2 > sizeof log->text) return;
  memcpy(log->text + log->size, line, size);
  log->size += size;
  log->text[log->size++] = '\n';
  ++log->lines;
}

static void log_destroyed(void* user) { ++((log_lines*)user)->destroyed; }

static int is_uuid(const char* text) {
  if (text == NULL || strlen(text) != 36) return 0;
  for (int i = 0; i < 36; ++i) {
    const int dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i])) return 0;
  }
  return 1;
}

static mode_t mode_of(const char* path) {
  struct stat status;
  CHECK(stat(path, &status) == 0);
  return status.st_mode & 07777;
}

static void option_refusals(void) {
  jjb_server_options* options = jjb_server_options_new();
  CHECK_INT(jjb_server_options_set_address(options, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_server_options_set_address(NULL, "127.0.0.1:0"), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_server_options_add_advertised(options, ""), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_server_options_set_state_dir(options, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_server_options_set_store_url(NULL, "mem:"), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_server_options_set_backup_dir(options, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_server_options_set_version(options, "new"), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_server_options_add_user(options, "", "x", 1), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_server_options_add_user(options, "admin", NULL, 1), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_server_options_add_user(options, "admin", "x", 1), 0);
  CHECK_INT(jjb_server_options_add_user(options, "admin", "y", 0), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_server_options_set_create(NULL, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_server_options_set_create(options, NULL), 0);
  CHECK_INT(jjb_server_options_set_max_connections(options, 0), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_server_options_set_handshake_timeout_ms(options, 0), JJB_STATUS_INVALID_ARGUMENT);
  CHECK_INT(jjb_server_options_set_idle_timeout_ms(NULL, 1), JJB_STATUS_INVALID_ARGUMENT);

  /* A user pointer that is refused or replaced is destroyed as well. */
  static log_lines log;
  jjb_error* error = NULL;
  CHECK_FAILS(jjb_server_options_set_log_callback(NULL, log_line, &log, log_destroyed, &error), JJB_STATUS_INVALID_ARGUMENT,
              "options is null");
  CHECK_INT(log.destroyed, 1);
  CHECK_OK(jjb_server_options_set_log_callback(options, log_line, &log, log_destroyed, &error));
  CHECK_INT(log.destroyed, 1);
  CHECK_OK(jjb_server_options_set_log_callback(options, NULL, NULL, NULL, &error));
  CHECK_INT(log.destroyed, 2);

  jjb_server* server = (jjb_server*)&error;
  CHECK_FAILS(jjb_server_start(NULL, &server, &error), JJB_STATUS_INVALID_ARGUMENT, "options is null");
  CHECK(server == NULL);
  CHECK_FAILS(jjb_server_start(options, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "server is null");
  jjb_server_options_free(options);
  jjb_server_options_free(NULL);

  /* Nobody could log in. */
  options = jjb_server_options_new();
  CHECK_INT(jjb_server_options_set_address(options, "127.0.0.1:0"), 0);
  CHECK_INT(jjb_server_options_set_state_dir(options, in_scratch("nobody")), 0);
  CHECK_INT(jjb_server_start(options, &server, NULL), JJB_STATUS_INVALID_ARGUMENT);
  CHECK(server == NULL);
  jjb_server_options_free(options);

  CHECK(jjb_server_get_address(NULL) == NULL);
  CHECK(jjb_server_get_ca_cert(NULL) == NULL);
  CHECK(jjb_server_get_controller_uuid(NULL) == NULL);
  CHECK(jjb_server_get_model_uuid(NULL) == NULL);
  CHECK_FAILS(jjb_server_stop(NULL, 0, &error), JJB_STATUS_INVALID_ARGUMENT, "server is null");
  CHECK_FAILS(jjb_server_write_client_dir(NULL, "x", "x", "x", "x", &error), JJB_STATUS_INVALID_ARGUMENT, "server is null");
  jjb_server_free(NULL);
}

static void every_option_counts(void) {
  jjb_error* error = NULL;
  jjb_server_options* options = jjb_server_options_new();
  CHECK_INT(jjb_server_options_set_address(options, "127.0.0.1:0"), 0);
  CHECK_INT(jjb_server_options_add_advertised(options, "juju.example.com:17070"), 0);
  CHECK_INT(jjb_server_options_set_state_dir(options, in_scratch("options")), 0);
  CHECK_INT(jjb_server_options_set_store_url(options, in_scratch("options-store")), 0);
  CHECK_INT(jjb_server_options_set_backup_dir(options, in_scratch("options-backups")), 0);
  CHECK_INT(jjb_server_options_set_version(options, "2.0.3"), 0);
  CHECK_INT(jjb_server_options_add_user(options, "admin", ADMIN_PASSWORD, 1), 0);
  CHECK_INT(jjb_server_options_set_max_connections(options, 10), 0);
  CHECK_INT(jjb_server_options_set_handshake_timeout_ms(options, 5000), 0);
  CHECK_INT(jjb_server_options_set_idle_timeout_ms(options, 5000), 0);
  jjb_server* server = NULL;
  CHECK_OK(jjb_server_start(options, &server, &error));
  /* The place is taken. */
  CHECK_INT(jjb_server_options_set_address(options, jjb_server_get_address(server)), 0);
  CHECK_INT(jjb_server_options_set_state_dir(options, in_scratch("other")), 0);
  jjb_server* other = NULL;
  CHECK(jjb_server_start(options, &other, NULL) != JJB_STATUS_OK);
  CHECK(other == NULL);
  jjb_server_options_free(options);

  jjb_controller* controller = connect_to(server);
  CHECK_TEXT(jjb_controller_get_version(controller), "2.0.3");
  char* id = NULL;
  CHECK_OK(jjb_controller_upload_file(controller, sample_archive(), NULL, NULL, &id, &error));
  CHECK_TEXT(id, SAMPLE_ID);
  jjb_string_free(id);
  CHECK(exists(in_scratch("options-store/juju-backup-" SAMPLE_ID ".tar.gz")));
  /* Without a machine to back up there is nothing to make. */
  jjb_remote_backup* backup = NULL;
  CHECK(jjb_controller_create(controller, NULL, NULL, &backup, &error) != JJB_STATUS_OK);
  CHECK(backup == NULL);
  jjb_error_free(error);
  error = NULL;
  jjb_controller_free(controller);

  CHECK_OK(jjb_server_write_client_dir(server, in_scratch("options-client"), "there", "admin", ADMIN_PASSWORD, &error));
  jjb_connect_options* found = NULL;
  CHECK_OK(jjb_connect_options_read_client_dir(in_scratch("options-client"), "there:admin/controller", NULL, 0, NULL, &found, &error));
  CHECK_INT(jjb_connect_options_get_endpoint_count(found), 1);
  CHECK_TEXT(jjb_connect_options_get_endpoint(found, 0), "juju.example.com:17070");
  jjb_connect_options_free(found);
  jjb_server_free(server);
}

static void starting_and_stopping(void) {
  jjb_error* error = NULL;
  static log_lines log;
  jjb_server* server = start_server("life", "2.9.21", log_line, &log, log_destroyed);
  CHECK(strncmp(jjb_server_get_address(server), "127.0.0.1:", 10) == 0);
  CHECK(atoi(jjb_server_get_address(server) + 10) > 0);
  CHECK(strncmp(jjb_server_get_ca_cert(server), "-----BEGIN CERTIFICATE-----", 27) == 0);
  CHECK(is_uuid(jjb_server_get_controller_uuid(server)));
  CHECK(is_uuid(jjb_server_get_model_uuid(server)));
  CHECK(strcmp(jjb_server_get_controller_uuid(server), jjb_server_get_model_uuid(server)) != 0);
  CHECK_INT(mode_of(in_scratch("life")), 0700);

  jjb_controller* controller = connect_to(server);
  jjb_connect_options* options = connect_options(server, "admin", "wrong " ADMIN_PASSWORD);
  jjb_controller* refused = NULL;
  CHECK_INT(jjb_controller_connect(options, NULL, &refused, NULL), JJB_STATUS_PERMISSION);
  jjb_connect_options_free(options);

  /* It is stopped under a client that is connected. */
  options = connect_options(server, "admin", ADMIN_PASSWORD);
  CHECK_OK(jjb_server_stop(server, 0, &error));
  CHECK_OK(jjb_server_stop(server, 0, &error));
  jjb_metadata_list* list = NULL;
  CHECK_INT(jjb_controller_list(controller, NULL, &list, &error), JJB_STATUS_IO);
  CHECK(list == NULL);
  jjb_error_free(error);
  CHECK_INT(jjb_controller_connect(options, NULL, &refused, &error), JJB_STATUS_IO);
  CHECK_INT(jjb_error_get_retry(error), 1);
  jjb_error_free(error);
  jjb_connect_options_free(options);

  char ca[8192], uuids[2][64];
  snprintf(ca, sizeof ca, "%s", jjb_server_get_ca_cert(server));
  snprintf(uuids[0], sizeof uuids[0], "%s", jjb_server_get_controller_uuid(server));
  snprintf(uuids[1], sizeof uuids[1], "%s", jjb_server_get_model_uuid(server));
  jjb_server_free(server);
  jjb_controller_free(controller);
  CHECK_INT(log.destroyed, 1);
  CHECK(log.lines > 0);
  for (const char* line = log.text; *line != 0; line = strchr(line, '\n') + 1) CHECK(*line == '{');
  CHECK(strstr(log.text, ADMIN_PASSWORD) == NULL);
  CHECK(strstr(log.text, "PRIVATE KEY") == NULL);

  /* It is the same one when it comes back. */
  server = start_server("life", "2.9.21", NULL, NULL, NULL);
  CHECK_TEXT(jjb_server_get_ca_cert(server), ca);
  CHECK_TEXT(jjb_server_get_controller_uuid(server), uuids[0]);
  CHECK_TEXT(jjb_server_get_model_uuid(server), uuids[1]);
  jjb_server_free(server);
}

static void client_directory(void) {
  jjb_error* error = NULL;
  jjb_server* server = start_server("known", "2.9.21", NULL, NULL, NULL);
  const char* const path = in_scratch("client");
  CHECK_FAILS(jjb_server_write_client_dir(server, path, "mine", "eve", "x", &error), JJB_STATUS_NOT_FOUND,
              "the server has no user of that name");
  CHECK(!exists(path));
  CHECK_FAILS(jjb_server_write_client_dir(server, NULL, "mine", "bob", BOB_PASSWORD, &error), JJB_STATUS_INVALID_ARGUMENT, "path is null");
  CHECK_OK(jjb_server_write_client_dir(server, path, "mine", "admin", ADMIN_PASSWORD, &error));
  CHECK_INT(mode_of(path), 0700);
  CHECK_INT(mode_of(in_scratch("client/accounts.yaml")), 0600);
  CHECK_INT(jjb_server_write_client_dir(server, path, "again", "admin", ADMIN_PASSWORD, NULL), JJB_STATUS_EXISTS);

  /* By name, as the current one, by default. */
  static const char* const models[] = {"mine:admin/controller", "controller", NULL};
  for (size_t i = 0; i < sizeof models / sizeof models[0]; ++i) {
    jjb_connect_options* options = NULL;
    CHECK_OK(jjb_connect_options_read_client_dir(path, models[i], NULL, 0, NULL, &options, &error));
    CHECK_TEXT(jjb_connect_options_get_controller_name(options), "mine");
    CHECK_TEXT(jjb_connect_options_get_model_name(options), "admin/controller");
    CHECK_TEXT(jjb_connect_options_get_model_uuid(options), jjb_server_get_model_uuid(server));
    CHECK_TEXT(jjb_connect_options_get_user(options), "admin");
    jjb_controller* controller = NULL;
    CHECK_OK(jjb_controller_connect(options, NULL, &controller, &error));
    jjb_connect_options_free(options);
    CHECK_TEXT(jjb_controller_get_model_uuid(controller), jjb_server_get_model_uuid(server));
    jjb_controller_free(controller);
  }

  /* The environment counts if it is asked to; a default folder comes from there in any case. */
  jjb_connect_options* options = NULL;
  CHECK_INT(setenv("JUJU_DATA", path, 1), 0);
  CHECK_INT(setenv("JUJU_MODEL", "theirs:admin/controller", 1), 0);
  CHECK_OK(jjb_connect_options_read_client_dir(NULL, NULL, NULL, 0, NULL, &options, &error));
  CHECK_TEXT(jjb_connect_options_get_controller_name(options), "mine");
  jjb_connect_options_free(options);
  CHECK_INT(jjb_connect_options_read_client_dir(NULL, NULL, NULL, 1, NULL, &options, NULL), JJB_STATUS_NOT_FOUND);
  CHECK(options == NULL);
  CHECK_INT(unsetenv("JUJU_MODEL"), 0);
  CHECK_INT(unsetenv("JUJU_DATA"), 0);
  CHECK_INT(jjb_connect_options_read_client_dir(path, NULL, "theirs", 0, NULL, &options, NULL), JJB_STATUS_NOT_FOUND);
  CHECK_FAILS(jjb_connect_options_read_client_dir(path, NULL, NULL, 0, NULL, NULL, &error), JJB_STATUS_INVALID_ARGUMENT, "options is null");
  write_file(in_scratch("broken/controllers.yaml"), "controllers: [", 14);
  CHECK_INT(jjb_connect_options_read_client_dir(in_scratch("broken"), NULL, NULL, 0, NULL, &options, NULL), JJB_STATUS_CORRUPT);

  /* A store by the name that the directory gives it. */
  CHECK_INT(setenv("JUJU_DATA", path, 1), 0);
  jjb_store* store = NULL;
  jjb_listing* listing = NULL;
  CHECK_OK(jjb_store_open("juju:mine", &store, &error));
  CHECK_OK(jjb_store_list(store, NULL, &listing, &error));
  CHECK_INT(jjb_listing_get_count(listing), 0);
  jjb_listing_free(listing);
  jjb_store_free(store);
  CHECK_INT(unsetenv("JUJU_DATA"), 0);
  jjb_server_free(server);
}

int main(void) {
  RUN(option_refusals);
  RUN(every_option_counts);
  RUN(starting_and_stopping);
  RUN(client_directory);
  return 0;
}
