#include "restore_machine.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Stands for the API server, and for a mongod that is only looked at for being there: connections to it are accepted by the system as long
 * as the test runs. */
static int api_port(void) {
  static int port;
  if (port != 0) return port;
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  CHECK(listener >= 0 && bind(listener, (struct sockaddr*)&address, length) == 0 && listen(listener, 64) == 0);
  CHECK_INT(getsockname(listener, (struct sockaddr*)&address, &length), 0);
  port = ntohs(address.sin_port);
  return port;
}

void put_text(const char* folder, const char* name, const char* text, mode_t mode) {
  char path[512];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  write_file(path, text, strlen(text));
  CHECK_INT(chmod(path, mode), 0);
}

void make_root_of(const char* root, const char* version) {
  char conf[1024], tools[128];
  snprintf(conf, sizeof conf,
           "# format 2.0\ntag: machine-0\ndatadir: /var/lib/juju\nupgradedToVersion: %s\nstatepassword: " SECRET
           "\ncontroller: controller-" CONTROLLER "\nmodel: model-" MODEL
           "\napiaddresses:\n- 10.9.8.7:%d\napiport: %d\nstateport: %d\nmongoversion: 4.4.30\n"
           "cacert: |\n  -----BEGIN CERTIFICATE-----\n  SU5WRU5URUQ6IG5vIGNlcnRpZmljYXRl\n  -----END CERTIFICATE-----\n"
           "caprivatekey: |\n  -----BEGIN RSA PRIVATE KEY-----\n  SU5WRU5URUQ6IG5vIGtleQ==\n  -----END RSA PRIVATE KEY-----\n",
           version, api_port(), api_port(), api_port());
  snprintf(tools, sizeof tools, "var/lib/juju/tools/%s-ubuntu-amd64/jujud", version);
  put_text(root, "var/lib/juju/agents/machine-0/agent.conf", conf, 0600);
  put_text(root, "var/lib/juju/system-identity", SECRET, 0600);
  put_text(root, "var/lib/juju/server.pem", "certificate\n", 0600);
  put_text(root, "var/lib/juju/shared-secret", SECRET, 0600);
  put_text(root, "var/lib/juju/nonce.txt", "user-admin:bootstrap", 0644);
  put_text(root, tools, "#!/bin/sh\n", 0755);
  put_text(root, "var/lib/juju/init/jujud-machine-0/jujud-machine-0.service", "[Unit]\n", 0644);
  put_text(root, "home/ubuntu/.ssh/authorized_keys", "ssh-rsa AAAA Juju:admin\n", 0600);
  put_text(root, "etc/hostname", "juju-b23b53-0\n", 0644);
  put_text(root, "etc/os-release", "ID=ubuntu\nVERSION_ID=\"22.04\"\nVERSION_CODENAME=jammy\n", 0644);
  put_text(root, "etc/systemd/system/jujud-machine-0.service", "[Unit]\n", 0644);
  put_text(root, "etc/systemd/system/juju-db.service", "[Unit]\n", 0644);
}

void make_root(const char* root) { make_root_of(root, "2.9.50"); }

const char* dump_dir(void) {
  static char path[512];
  const char* data = getenv("JUJUBACKUP_TEST_DATA");
  CHECK(data != NULL);
  snprintf(path, sizeof path, "%s/dump", data);
  return path;
}

const char* machine_backup(void) {
  static char path[512];
  if (path[0] != 0) return path;
  jjb_error* error = NULL;
  make_root(in_scratch("source"));
  jjb_create_options* options = jjb_create_options_new();
  CHECK_INT(jjb_create_options_set_root(options, in_scratch("source")), 0);
  CHECK_INT(jjb_create_options_set_dump_dir(options, dump_dir()), 0);
  CHECK_INT(jjb_create_options_set_ha_nodes(options, 1), 0);
  CHECK_INT(jjb_create_options_set_instance_id(options, "i-0a1b2c3d4e5f60718"), 0);
  CHECK_INT(jjb_create_options_set_check_space(options, 0), 0);
  jjb_store* store = NULL;
  CHECK_OK(jjb_store_open(in_scratch("store"), &store, &error));
  jjb_record* record = NULL;
  CHECK_OK(jjb_store_create_backup(store, options, NULL, &record, &error));
  CHECK_OK(jjb_store_save_archive(store, jjb_record_get_id(record), in_scratch("backup.tar.gz"), 0, NULL, NULL, &error));
  snprintf(path, sizeof path, "%s", in_scratch("backup.tar.gz"));
  jjb_record_free(record);
  jjb_store_free(store);
  jjb_create_options_free(options);
  return path;
}

jjb_archive* open_backup(void) {
  jjb_error* error = NULL;
  jjb_archive* archive = NULL;
  CHECK_OK(jjb_archive_open(machine_backup(), &archive, &error));
  return archive;
}

char* tree_of(const char* folder) {
  char command[1024];
  snprintf(command, sizeof command,
           "cd '%s' && { find . -path ./" WORK_DIR
           " -prune -o -printf '%%p %%y %%m %%U:%%G %%l\\n' | sort; "
           "find . -path ./" WORK_DIR " -prune -o -type f -exec sha1sum {} + | sort; } > '%s'",
           folder, in_scratch("tree.txt"));
  run_shell(command);
  return read_whole(in_scratch("tree.txt"), NULL);
}

void check_file(const char* folder, const char* name, const char* expected) {
  char path[600];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  char* text = read_whole(path, NULL);
  CHECK_TEXT(text, expected);
  free(text);
}

void check_tree(const char* folder, const char* expected) {
  char* now = tree_of(folder);
  CHECK_TEXT(now, expected);
  free(now);
}

jjb_restore_options* options_for(const char* root, int32_t kind) {
  jjb_restore_options* options = jjb_restore_options_new();
  CHECK_INT(jjb_restore_options_set_root(options, root), 0);
  CHECK_INT(jjb_restore_options_set_kind(options, kind), 0);
  CHECK_INT(jjb_restore_options_set_private_address(options, "10.9.8.7"), 0);
  CHECK_INT(jjb_restore_options_set_staging_dir(options, scratch()), 0);
  return options;
}

void check_same_file(const char* left_folder, const char* right_folder, const char* name) {
  char command[2048];
  snprintf(command, sizeof command, "cmp '%s/%s' '%s/%s'", left_folder, name, right_folder, name);
  run_shell(command);
}
