/* A store written in C against the public header alone: blobs in a list in memory. It counts what it was asked to do. */
#ifndef JUJUBACKUP_TEST_MEMORY_STORE_H
#define JUJUBACKUP_TEST_MEMORY_STORE_H

#include <jujubackup/jujubackup.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes that outlive the blob's name while somebody reads them. */
typedef struct blob_bytes {
  unsigned char* bytes;
  size_t size_bytes, room_bytes;
  int users;
} blob_bytes;

typedef struct blob {
  char name[256];
  blob_bytes* content;
  struct blob* next;
} blob;

typedef struct memory_store {
  blob* blobs;
  int destroyed, locked, locks;
  int open_readers, open_writers;
  int32_t fail_write, fail_commit, fail_list;
  int list_bad_name;
} memory_store;

jjb_store_callbacks memory_store_callbacks(memory_store* store);
size_t memory_store_count(const memory_store* store);
void memory_store_clear(memory_store* store);

#ifdef __cplusplus
}
#endif

#endif
