/* What the tests of the C interface share. A test program is a list of RUN lines; it stops at the first failure and says where. */
#ifndef JUJUBACKUP_TEST_CHECK_H
#define JUJUBACKUP_TEST_CHECK_H

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jujubackup/jujubackup.h>

#define CHECK(condition)                                                        \
  do {                                                                          \
    if (!(condition)) {                                                         \
      fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                                  \
    }                                                                           \
  } while (0)

#define CHECK_INT(left, right)                                                                                            \
  do {                                                                                                                    \
    const int64_t check_left = (int64_t)(left), check_right = (int64_t)(right);                                           \
    if (check_left != check_right) {                                                                                      \
      fprintf(stderr, "%s:%d: %s is %" PRId64 ", not %" PRId64 "\n", __FILE__, __LINE__, #left, check_left, check_right); \
      exit(1);                                                                                                            \
    }                                                                                                                     \
  } while (0)

#define CHECK_TEXT(left, right)                                                                                                   \
  do {                                                                                                                            \
    const char *check_left = (left), *check_right = (right);                                                                      \
    if (check_left == NULL || strcmp(check_left, check_right) != 0) {                                                             \
      fprintf(stderr, "%s:%d: %s is\n%s\nnot\n%s\n", __FILE__, __LINE__, #left, check_left ? check_left : "(null)", check_right); \
      exit(1);                                                                                                                    \
    }                                                                                                                             \
  } while (0)

/* A call that must succeed; `error` names the jjb_error* that was given to it. */
#define CHECK_OK(call)                                                                                                          \
  do {                                                                                                                          \
    const int32_t check_status = (call);                                                                                        \
    if (check_status != JJB_STATUS_OK) {                                                                                        \
      fprintf(stderr, "%s:%d: %s gives %" PRId32 ": %s\n", __FILE__, __LINE__, #call, check_status, jjb_error_get_text(error)); \
      exit(1);                                                                                                                  \
    }                                                                                                                           \
    CHECK(error == NULL);                                                                                                       \
  } while (0)

/* A call that must fail with that status and message; frees the error. */
#define CHECK_FAILS(call, status, message)             \
  do {                                                 \
    const int32_t check_status = (call);               \
    CHECK_INT(check_status, status);                   \
    CHECK(error != NULL);                              \
    CHECK_INT(jjb_error_get_code(error), status);      \
    CHECK_TEXT(jjb_error_get_message(error), message); \
    jjb_error_free(error);                             \
    error = NULL;                                      \
  } while (0)

#define RUN(test)             \
  do {                        \
    test();                   \
    printf("ok %s\n", #test); \
  } while (0)

/* A new private folder; the program's exit removes it. */
const char* scratch(void);
/* `name` below the scratch folder; valid until the 16th call after. */
const char* in_scratch(const char* name);
void write_file(const char* path, const void* bytes, size_t size_bytes);
/* The bytes of a file and a zero byte; to be freed. */
char* read_whole(const char* path, size_t* size_bytes);
int exists(const char* path);
void run_shell(const char* command);

/* An archive as GNU tar makes it of a small controller tree: good, of format 1, Juju 2.9.37. Made once. */
const char* sample_archive(void);
#define SAMPLE_NOTES "before the upgrade"
#define SAMPLE_MODEL "cda71d2d-5b63-4a0a-8c3e-ff54c5d1b7a9"
#define SAMPLE_ID "20211013-091500." SAMPLE_MODEL
extern const char sample_metadata[];
/* The folders that it was made of: a root folder of a controller machine, with agent.conf, and a dump. */
const char* sample_root(void);
const char* sample_dump(void);

/* An embedded controller of that release with its state in `name` below the scratch folder, which backs up the sample's folders. Its users:
 * admin and, without superuser access, bob. `log` may be null. */
jjb_server* start_server(const char* name, const char* version, jjb_log_callback log, void* user, jjb_destroy_callback destroy);
#define ADMIN_PASSWORD "admin's secret"
#define BOB_PASSWORD "bob's secret"
/* How to connect to it. */
jjb_connect_options* connect_options(const jjb_server* server, const char* user, const char* password);
jjb_controller* connect_to(const jjb_server* server);

/* A source in memory that counts and can be told to fail. It insists on being used on the thread that made its table. */
typedef struct memory_source {
  const unsigned char* bytes;
  size_t size_bytes, position;
  int destroyed;
  int32_t fail_with;     /* 0: works */
  size_t fail_from;      /* first offset whose reading fails */
  const char* fail_text; /* null: only a status */
  size_t lie_bytes;      /* added to what is said to be read */
  pthread_t thread;
} memory_source;
/* A table for `source`, with random access or without. */
jjb_source_callbacks callbacks_of(memory_source* source, int random_access);

#endif
