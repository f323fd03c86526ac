#define _GNU_SOURCE
#include "fail_nth.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int armed;
static int sticky_mode;
static int error_number;
static int no_renameat2;
static long fail_at;
static long calls;
static const char* failed = "";
static int helper_error;
static long helper_calls;

void fail_nth_arm(long n, int err, int sticky) {
  fail_at = n;
  error_number = err;
  sticky_mode = sticky;
  calls = 0;
  failed = "";
  armed = 1;
}

long fail_nth_disarm(void) {
  armed = 0;
  return calls;
}

const char* fail_nth_failed(void) { return failed; }

void fail_nth_without_renameat2(int without) { no_renameat2 = without; }

void fail_nth_helpers(int err) {
  helper_error = err;
  helper_calls = 0;
}

long fail_nth_helper_calls(void) { return helper_calls; }

static int fails(const char* what, int can_stick) {
  if (!armed) return 0;
  ++calls;
  if (fail_at == 0 || calls < fail_at || (calls > fail_at && !(sticky_mode && can_stick))) return 0;
  if (*failed == '\0') failed = what;
  errno = error_number;
  return 1;
}

FAIL_NTH_API ssize_t write(int fd, const void* bytes, size_t count) {
  return fails("write", 1) ? -1 : syscall(SYS_write, fd, bytes, count);
}

FAIL_NTH_API int fsync(int fd) { return fails("fsync", 1) ? -1 : (int)syscall(SYS_fsync, fd); }

FAIL_NTH_API int fdatasync(int fd) { return fails("fdatasync", 1) ? -1 : (int)syscall(SYS_fdatasync, fd); }

FAIL_NTH_API int renameat2(int from_at, const char* from, int to_at, const char* to, unsigned int flags) {
  if (no_renameat2 && flags != 0) {
    errno = EINVAL;
    return -1;
  }
  return fails("rename", 1) ? -1 : (int)syscall(SYS_renameat2, from_at, from, to_at, to, flags);
}

FAIL_NTH_API int renameat(int from_at, const char* from, int to_at, const char* to) { return renameat2(from_at, from, to_at, to, 0); }

FAIL_NTH_API int rename(const char* from, const char* to) { return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0); }

FAIL_NTH_API int linkat(int from_at, const char* from, int to_at, const char* to, int flags) {
  return fails("link", 1) ? -1 : (int)syscall(SYS_linkat, from_at, from, to_at, to, flags);
}

FAIL_NTH_API int mkdir(const char* path, mode_t mode) { return fails("mkdir", 1) ? -1 : (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode); }

/* A close that fails has closed the descriptor all the same, as on Linux. */
FAIL_NTH_API int close(int fd) {
  const int failing = fails("close", 0);
  const int result = (int)syscall(SYS_close, fd);
  if (!failing) return result;
  errno = error_number;
  return -1;
}

static int help(void) {
  ++helper_calls;
  if (helper_error == 0) return 0;
  errno = helper_error;
  return -1;
}

FAIL_NTH_API int sync_file_range(int fd, off_t begin, off_t size, unsigned int flags) {
  (void)fd, (void)begin, (void)size, (void)flags;
  return help();
}

/* With 64-bit offsets the headers call it fallocate64, here as in the library. */
FAIL_NTH_API int fallocate(int fd, int mode, off_t begin, off_t size) {
  (void)fd, (void)mode, (void)begin, (void)size;
  return help();
}
