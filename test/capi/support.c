#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char scratch_path[256];

static void remove_scratch(void) {
  char command[300];
  snprintf(command, sizeof command, "rm -rf '%s'", scratch_path);
  if (system(command) != 0) fprintf(stderr, "cannot remove %s\n", scratch_path);
}

const char* scratch(void) {
  if (scratch_path[0] == 0) {
    const char* tmp = getenv("TMPDIR");
    snprintf(scratch_path, sizeof scratch_path, "%s/jujubackup-capi-XXXXXX", tmp == NULL || *tmp == 0 ? "/tmp" : tmp);
    CHECK(mkdtemp(scratch_path) != NULL);
    atexit(remove_scratch);
  }
  return scratch_path;
}

const char* in_scratch(const char* name) {
  static char paths[16][512];
  static int next;
  char* path = paths[next++ % 16];
  snprintf(path, sizeof paths[0], "%s/%s", scratch(), name);
  return path;
}

static void make_parents(const char* path) {
  char parent[512];
  snprintf(parent, sizeof parent, "%s", path);
  for (char* slash = strchr(parent + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    CHECK(mkdir(parent, 0755) == 0 || errno == EEXIST);
    *slash = '/';
  }
}

void write_file(const char* path, const void* bytes, size_t size_bytes) {
  make_parents(path);
  FILE* file = fopen(path, "wb");
  CHECK(file != NULL);
  CHECK(fwrite(bytes, 1, size_bytes, file) == size_bytes);
  CHECK(fclose(file) == 0);
}

static void write_text(const char* path, const char* text) { write_file(path, text, strlen(text)); }

char* read_whole(const char* path, size_t* size_bytes) {
  FILE* file = fopen(path, "rb");
  CHECK(file != NULL);
  CHECK(fseek(file, 0, SEEK_END) == 0);
  const long size = ftell(file);
  CHECK(size >= 0);
  rewind(file);
  char* bytes = malloc((size_t)size + 1);
  CHECK(bytes != NULL);
  CHECK(fread(bytes, 1, (size_t)size, file) == (size_t)size);
  bytes[size] = 0;
  fclose(file);
  if (size_bytes != NULL) *size_bytes = (size_t)size;
  return bytes;
}

int exists(const char* path) {
  struct stat status;
  return lstat(path, &status) == 0;
}

void run_shell(const char* command) {
  const int status = system(command);
  if (status != 0) fprintf(stderr, "%s\n", command);
  CHECK_INT(status, 0);
}

/* ------------------------------------------------------------------------------------------------ a controller */

const char sample_metadata[] =
    "{\"ID\":\"\",\"FormatVersion\":1,\"Checksum\":\"\",\"ChecksumFormat\":\"\",\"Size\":0,\"Stored\":\"0001-01-01T00:00:00Z\","
    "\"Started\":\"2021-10-13T09:15:00.25Z\",\"Finished\":\"0001-01-01T00:00:00Z\",\"Notes\":\"" SAMPLE_NOTES
    "\","
    "\"ModelUUID\":\"" SAMPLE_MODEL
    "\",\"Machine\":\"0\",\"Hostname\":\"juju-d1b7a9-0\",\"Version\":\"2.9.37\",\"Series\":\"focal\","
    "\"ControllerUUID\":\"0e7ca2a1-7d27-4f4c-8a01-4a3b6e6f0f6b\",\"HANodes\":1,\"ControllerMachineID\":\"0\","
    "\"ControllerMachineInstanceID\":\"juju-d1b7a9-0\"}\n";

static const char agent_conf[] =
    "# format 2.0\n"
    "tag: machine-0\n"
    "datadir: /var/lib/juju\n"
    "upgradedToVersion: 2.9.37\n"
    "controller: controller-0e7ca2a1-7d27-4f4c-8a01-4a3b6e6f0f6b\n"
    "model: model-" SAMPLE_MODEL
    "\n"
    "statepassword: sample-secret\n"
    "stateport: 37017\n";

/* A BSON document: texts, and at most one array of one number. */
typedef struct bson {
  unsigned char bytes[512];
  size_t size;
} bson;

static void put(bson* into, const void* bytes, size_t size) {
  CHECK(into->size + size <= sizeof into->bytes);
  memcpy(into->bytes + into->size, bytes, size);
  into->size += size;
}

static void put_number(bson* into, size_t value) {
  const unsigned char bytes[4] = {(unsigned char)value, (unsigned char)(value >> 8), (unsigned char)(value >> 16),
                                  (unsigned char)(value >> 24)};
  put(into, bytes, sizeof bytes);
}

static void begin(bson* into) {
  into->size = 0;
  put_number(into, 0);
}

static void put_text(bson* into, const char* name, const char* value) {
  put(into, "\x02", 1);
  put(into, name, strlen(name) + 1);
  put_number(into, strlen(value) + 1);
  put(into, value, strlen(value) + 1);
}

static void put_jobs(bson* into, size_t job) {
  put(into, "\x04jobs", 6);
  put_number(into, 12);
  put(into,
      "\x10"
      "0",
      3);
  put_number(into, job);
  put(into, "", 1);
}

static void end(bson* into) {
  put(into, "", 1);
  const size_t size = into->size;
  into->size = 0;
  put_number(into, size);
  into->size = size;
}

static void write_collection(const char* database, const char* name, const bson* documents) {
  char path[256];
  snprintf(path, sizeof path, "dump/%s/%s.bson", database, name);
  write_file(in_scratch(path), documents->bytes, documents->size);
  snprintf(path, sizeof path, "dump/%s/%s.metadata.json", database, name);
  write_text(in_scratch(path), "{\"options\":{},\"indexes\":[]}");
}

const char* sample_dump(void) {
  static char path[512];
  if (path[0] != 0) return path;
  snprintf(path, sizeof path, "%s/dump", scratch());
  bson document;
  begin(&document);
  put_text(&document, "_id", "e");
  put_text(&document, "model-uuid", SAMPLE_MODEL);
  end(&document);
  write_collection("juju", "controllers", &document);
  begin(&document);
  put_text(&document, "_id", SAMPLE_MODEL);
  put_text(&document, "name", "controller");
  put_text(&document, "owner", "admin");
  put_text(&document, "cloud", "aws");
  put_text(&document, "type", "iaas");
  end(&document);
  write_collection("juju", "models", &document);
  begin(&document);
  put_text(&document, "_id", "aws");
  put_text(&document, "name", "aws");
  put_text(&document, "type", "ec2");
  end(&document);
  write_collection("juju", "clouds", &document);
  begin(&document);
  put_text(&document, "_id", SAMPLE_MODEL ":0");
  put_text(&document, "machineid", "0");
  put_text(&document, "model-uuid", SAMPLE_MODEL);
  put_text(&document, "series", "focal");
  put_jobs(&document, 2);
  end(&document);
  write_collection("juju", "machines", &document);
  begin(&document);
  put_text(&document, "_id", "0");
  end(&document);
  write_collection("juju", "controllerNodes", &document);
  write_collection("blobstore", "blobstore.chunks", &document);
  write_file(in_scratch("dump/oplog.bson"), document.bytes, document.size);
  return path;
}

const char* sample_root(void) {
  static char path[512];
  if (path[0] != 0) return path;
  snprintf(path, sizeof path, "%s/root", scratch());
  write_text(in_scratch("root/var/lib/juju/agents/machine-0/agent.conf"), agent_conf);
  write_text(in_scratch("root/var/lib/juju/system-identity"), "identity\n");
  write_text(in_scratch("root/var/lib/juju/server.pem"), "certificate\n");
  write_text(in_scratch("root/var/lib/juju/shared-secret"), "secret\n");
  write_text(in_scratch("root/var/lib/juju/nonce.txt"), "user-admin:bootstrap");
  write_text(in_scratch("root/var/lib/juju/tools/2.9.37-ubuntu-amd64/jujud"), "#!/bin/sh\n");
  write_text(in_scratch("root/var/lib/juju/init/jujud-machine-0/jujud-machine-0.service"), "[Unit]\n");
  write_text(in_scratch("root/home/ubuntu/.ssh/authorized_keys"), "ssh-rsa AAAA Juju:admin\n");
  write_text(in_scratch("root/etc/hostname"), "juju-d1b7a9-0\n");
  return path;
}

const char* sample_archive(void) {
  static char path[512];
  if (path[0] != 0) return path;
  sample_root();
  sample_dump();
  write_text(in_scratch("tree/juju-backup/metadata.json"), sample_metadata);
  char command[2048];
  snprintf(command, sizeof command,
           "cd '%s' && cp -r dump tree/juju-backup/dump && tar -C root -cf tree/juju-backup/root.tar var home && "
           "tar -C tree -czf sample.tar.gz juju-backup",
           scratch());
  run_shell(command);
  snprintf(path, sizeof path, "%s/sample.tar.gz", scratch());
  return path;
}

/* ------------------------------------------------------------------------------------------------ a server */

jjb_server* start_server(const char* name, const char* version, jjb_log_callback log, void* user, jjb_destroy_callback destroy) {
  jjb_error* error = NULL;
  jjb_create_options* create = jjb_create_options_new();
  CHECK_INT(jjb_create_options_set_root(create, sample_root()), 0);
  CHECK_INT(jjb_create_options_set_dump_dir(create, sample_dump()), 0);
  CHECK_INT(jjb_create_options_set_check_space(create, 0), 0);
  jjb_server_options* options = jjb_server_options_new();
  CHECK_INT(jjb_server_options_set_address(options, "127.0.0.1:0"), 0);
  CHECK_INT(jjb_server_options_set_state_dir(options, in_scratch(name)), 0);
  CHECK_INT(jjb_server_options_set_version(options, version), 0);
  CHECK_INT(jjb_server_options_add_user(options, "admin", ADMIN_PASSWORD, 1), 0);
  CHECK_INT(jjb_server_options_add_user(options, "bob", BOB_PASSWORD, 0), 0);
  CHECK_INT(jjb_server_options_set_create(options, create), 0);
  CHECK_OK(jjb_server_options_set_log_callback(options, log, user, destroy, &error));
  jjb_create_options_free(create);
  jjb_server* server = NULL;
  CHECK_OK(jjb_server_start(options, &server, &error));
  jjb_server_options_free(options);
  return server;
}

jjb_connect_options* connect_options(const jjb_server* server, const char* user, const char* password) {
  jjb_connect_options* options = jjb_connect_options_new();
  CHECK_INT(jjb_connect_options_add_endpoint(options, jjb_server_get_address(server)), 0);
  CHECK_INT(jjb_connect_options_set_ca_cert(options, jjb_server_get_ca_cert(server)), 0);
  CHECK_INT(jjb_connect_options_set_model_uuid(options, jjb_server_get_model_uuid(server)), 0);
  CHECK_INT(jjb_connect_options_set_user(options, user), 0);
  CHECK_INT(jjb_connect_options_set_password(options, password), 0);
  return options;
}

jjb_controller* connect_to(const jjb_server* server) {
  jjb_error* error = NULL;
  jjb_controller* controller = NULL;
  jjb_connect_options* options = connect_options(server, "admin", ADMIN_PASSWORD);
  CHECK_OK(jjb_controller_connect(options, NULL, &controller, &error));
  jjb_connect_options_free(options);
  return controller;
}

/* ------------------------------------------------------------------------------------------------ a source */

static int32_t memory_read_at(void* user, uint64_t offset, void* into, size_t capacity_bytes, size_t* read_bytes, jjb_error** error) {
  const memory_source* source = user;
  CHECK(pthread_equal(source->thread, pthread_self()));
  if (source->fail_with != 0 && offset + capacity_bytes > source->fail_from) {
    if (source->fail_text != NULL) *error = jjb_error_new(source->fail_with, source->fail_text, 1);
    return source->fail_with;
  }
  const size_t left = offset < source->size_bytes ? source->size_bytes - (size_t)offset : 0;
  const size_t size = left < capacity_bytes ? left : capacity_bytes;
  memcpy(into, source->bytes + (left == 0 ? 0 : offset), size);
  *read_bytes = size + source->lie_bytes;
  return 0;
}

static int32_t memory_read(void* user, void* into, size_t capacity_bytes, size_t* read_bytes, jjb_error** error) {
  memory_source* source = user;
  const int32_t status = memory_read_at(user, source->position, into, capacity_bytes, read_bytes, error);
  if (status == 0) source->position += *read_bytes;
  return status;
}

static int32_t memory_size_of(void* user, uint64_t* size_bytes, jjb_error** error) {
  const memory_source* source = user;
  (void)error;
  *size_bytes = source->size_bytes;
  return 0;
}

static int32_t memory_rewind(void* user, jjb_error** error) {
  memory_source* source = user;
  (void)error;
  source->position = 0;
  return 0;
}

static void memory_destroy(void* user) { ++((memory_source*)user)->destroyed; }

jjb_source_callbacks callbacks_of(memory_source* source, int random_access) {
  jjb_source_callbacks callbacks;
  jjb_source_callbacks_init(&callbacks);
  source->thread = pthread_self();
  callbacks.user = source;
  callbacks.destroy = memory_destroy;
  callbacks.read = memory_read;
  callbacks.rewind = memory_rewind;
  if (random_access) {
    callbacks.read_at = memory_read_at;
    callbacks.size_of = memory_size_of;
  }
  return callbacks;
}
