#include "memory_store.h"

#include <stdlib.h>
#include <string.h>

typedef struct reader {
  memory_store* store;
  blob_bytes* content;
  size_t position;
} reader;

typedef struct writer {
  memory_store* store;
  blob_bytes* content;
} writer;

static void release(blob_bytes* content) {
  if (--content->users > 0) return;
  free(content->bytes);
  free(content);
}

static int32_t fail(jjb_error** error, int32_t status, const char* message) {
  *error = jjb_error_new(status, message, 0);
  return status;
}

/* ------------------------------------------------------------------------------------------------ reading */

static int32_t read_at(void* user, uint64_t offset, void* into, size_t capacity_bytes, size_t* read_bytes, jjb_error** error) {
  const reader* self = user;
  (void)error;
  *read_bytes = 0;
  if (offset >= self->content->size_bytes) return 0;
  const size_t left = self->content->size_bytes - (size_t)offset;
  *read_bytes = left < capacity_bytes ? left : capacity_bytes;
  memcpy(into, self->content->bytes + offset, *read_bytes);
  return 0;
}

static int32_t read_next(void* user, void* into, size_t capacity_bytes, size_t* read_bytes, jjb_error** error) {
  reader* self = user;
  const int32_t status = read_at(user, self->position, into, capacity_bytes, read_bytes, error);
  self->position += *read_bytes;
  return status;
}

static int32_t size_of(void* user, uint64_t* size_bytes, jjb_error** error) {
  const reader* self = user;
  (void)error;
  *size_bytes = self->content->size_bytes;
  return 0;
}

static int32_t to_start(void* user, jjb_error** error) {
  reader* self = user;
  (void)error;
  self->position = 0;
  return 0;
}

static void destroy_reader(void* user) {
  reader* self = user;
  --self->store->open_readers;
  release(self->content);
  free(self);
}

static int32_t open_reader(memory_store* store, blob_bytes* content, jjb_source_callbacks* table) {
  reader* self = malloc(sizeof *self);
  if (self == NULL) return JJB_STATUS_NO_MEMORY;
  self->store = store;
  self->content = content;
  self->position = 0;
  ++content->users;
  ++store->open_readers;
  table->user = self;
  table->destroy = destroy_reader;
  table->read = read_next;
  table->read_at = read_at;
  table->size_of = size_of;
  table->rewind = to_start;
  return 0;
}

/* ------------------------------------------------------------------------------------------------ writing */

static int32_t write_bytes(void* user, const void* bytes, size_t size_bytes, jjb_error** error) {
  writer* self = user;
  blob_bytes* content = self->content;
  if (self->store->fail_write != 0) return fail(error, self->store->fail_write, "the memory store is full");
  if (content->size_bytes + size_bytes > content->room_bytes) {
    const size_t room = (content->size_bytes + size_bytes) * 2;
    unsigned char* more = realloc(content->bytes, room);
    if (more == NULL) return JJB_STATUS_NO_MEMORY;
    content->bytes = more;
    content->room_bytes = room;
  }
  memcpy(content->bytes + content->size_bytes, bytes, size_bytes);
  content->size_bytes += size_bytes;
  return 0;
}

static blob* find(memory_store* store, const char* name) {
  for (blob* each = store->blobs; each != NULL; each = each->next) {
    if (strcmp(each->name, name) == 0) return each;
  }
  return NULL;
}

static int32_t commit(void* user, const char* name, int32_t replace, jjb_error** error) {
  writer* self = user;
  if (self->store->fail_commit != 0) return fail(error, self->store->fail_commit, "the memory store cannot commit");
  blob* place = find(self->store, name);
  if (place != NULL && !replace) return fail(error, JJB_STATUS_EXISTS, "the name is taken");
  if (place == NULL) {
    place = malloc(sizeof *place);
    if (place == NULL) return JJB_STATUS_NO_MEMORY;
    strncpy(place->name, name, sizeof place->name - 1);
    place->name[sizeof place->name - 1] = 0;
    place->next = self->store->blobs;
    self->store->blobs = place;
  } else {
    release(place->content);
  }
  place->content = self->content;
  ++self->content->users;
  return 0;
}

static void destroy_writer(void* user) {
  writer* self = user;
  --self->store->open_writers;
  release(self->content);
  free(self);
}

static int32_t put(void* user, uint64_t expected_bytes, jjb_blob_writer_callbacks* table, jjb_error** error) {
  memory_store* store = user;
  (void)expected_bytes;
  (void)error;
  writer* self = malloc(sizeof *self);
  blob_bytes* content = calloc(1, sizeof *content);
  if (self == NULL || content == NULL) {
    free(self);
    free(content);
    return JJB_STATUS_NO_MEMORY;
  }
  content->users = 1;
  self->store = store;
  self->content = content;
  ++store->open_writers;
  table->user = self;
  table->destroy = destroy_writer;
  table->write = write_bytes;
  table->commit = commit;
  return 0;
}

/* ------------------------------------------------------------------------------------------------ the rest */

static int32_t get(void* user, const char* name, jjb_source_callbacks* table, jjb_error** error) {
  memory_store* store = user;
  const blob* found = find(store, name);
  if (found == NULL) return fail(error, JJB_STATUS_NOT_FOUND, "no such blob");
  return open_reader(store, found->content, table);
}

static int32_t list(void* user, jjb_blob_visitor visit, void* visitor, jjb_error** error) {
  memory_store* store = user;
  if (store->fail_list != 0) return fail(error, store->fail_list, "the memory store cannot be listed");
  for (const blob* each = store->blobs; each != NULL; each = each->next) {
    const int32_t status = visit(visitor, each->name, each->content->size_bytes, 1600000000, 0);
    if (status != 0) return status;
  }
  if (store->list_bad_name) return visit(visitor, "../escape", 0, 0, 0);
  return 0;
}

static int32_t take_away(void* user, const char* name, jjb_error** error) {
  memory_store* store = user;
  for (blob** link = &store->blobs; *link != NULL; link = &(*link)->next) {
    if (strcmp((*link)->name, name) != 0) continue;
    blob* gone = *link;
    *link = gone->next;
    release(gone->content);
    free(gone);
    return 0;
  }
  return fail(error, JJB_STATUS_NOT_FOUND, "no such blob");
}

static int32_t lock(void* user, jjb_error** error) {
  memory_store* store = user;
  if (store->locked) return fail(error, JJB_STATUS_BUSY, "locked twice");
  store->locked = 1;
  ++store->locks;
  return 0;
}

static void unlock(void* user) { ((memory_store*)user)->locked = 0; }

static void destroy(void* user) { ++((memory_store*)user)->destroyed; }

jjb_store_callbacks memory_store_callbacks(memory_store* store) {
  jjb_store_callbacks table;
  jjb_store_callbacks_init(&table);
  table.user = store;
  table.destroy = destroy;
  table.properties = JJB_STORE_WRITABLE | JJB_STORE_ATOMIC_REPLACE | JJB_STORE_EXCLUSIVE_CREATE;
  table.put = put;
  table.get = get;
  table.list = list;
  table.remove = take_away;
  table.lock = lock;
  table.unlock = unlock;
  return table;
}

size_t memory_store_count(const memory_store* store) {
  size_t count = 0;
  for (const blob* each = store->blobs; each != NULL; each = each->next) ++count;
  return count;
}

void memory_store_clear(memory_store* store) {
  while (store->blobs != NULL) {
    blob* gone = store->blobs;
    store->blobs = gone->next;
    release(gone->content);
    free(gone);
  }
}
