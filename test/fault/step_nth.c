#define _GNU_SOURCE
#include "step_nth.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int armed;
static enum step_nth_mode how;
static long step_at;
static int error_number;
static long calls;
static const char* name_of_step = "";
static int no_renameat2;
static int no_sync;

void step_nth_arm(enum step_nth_mode mode, long n, int err) {
  how = mode;
  step_at = n;
  error_number = err;
  calls = 0;
  name_of_step = "";
  armed = 1;
}

long step_nth_disarm(void) {
  armed = 0;
  return calls;
}

const char* step_nth_name(void) { return name_of_step; }

void step_nth_without_renameat2(int without) { no_renameat2 = without; }

void step_nth_without_sync(int without) { no_sync = without; }

/* Whether the call must fail. */
static int step(const char* name) {
  if (!armed) return 0;
  ++calls;
  if (calls < step_at || how == STEP_NTH_COUNT) return 0;
  if (calls > step_at && how != STEP_NTH_STICKY) return 0;
  if (calls == step_at) name_of_step = name;
  if (how == STEP_NTH_KILL) kill(getpid(), SIGKILL);
  errno = error_number;
  return 1;
}

ssize_t write(int fd, const void* bytes, size_t count) { return step("write") ? -1 : syscall(SYS_write, fd, bytes, count); }

int fsync(int fd) {
  if (step("fsync")) return -1;
  return no_sync ? 0 : (int)syscall(SYS_fsync, fd);
}

int syncfs(int fd) {
  if (step("syncfs")) return -1;
  return no_sync ? 0 : (int)syscall(SYS_syncfs, fd);
}

int fchmodat(int at, const char* path, mode_t mode, int flags) {
  (void)flags;
  return step("chmod") ? -1 : (int)syscall(SYS_fchmodat, at, path, mode);
}

int renameat2(int from_at, const char* from, int to_at, const char* to, unsigned int flags) {
  if (no_renameat2 && flags != 0) {
    errno = EINVAL;
    return -1;
  }
  return step("rename") ? -1 : (int)syscall(SYS_renameat2, from_at, from, to_at, to, flags);
}

int renameat(int from_at, const char* from, int to_at, const char* to) { return renameat2(from_at, from, to_at, to, 0); }

int linkat(int from_at, const char* from, int to_at, const char* to, int flags) {
  return step("link") ? -1 : (int)syscall(SYS_linkat, from_at, from, to_at, to, flags);
}

int symlinkat(const char* target, int at, const char* path) { return step("symlink") ? -1 : (int)syscall(SYS_symlinkat, target, at, path); }

int unlinkat(int at, const char* path, int flags) { return step("unlink") ? -1 : (int)syscall(SYS_unlinkat, at, path, flags); }

int mkdirat(int at, const char* path, mode_t mode) { return step("mkdir") ? -1 : (int)syscall(SYS_mkdirat, at, path, mode); }
int mkdir(const char* path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

int fchmod(int fd, mode_t mode) { return step("chmod") ? -1 : (int)syscall(SYS_fchmod, fd, mode); }

int fchownat(int at, const char* path, uid_t uid, gid_t gid, int flags) {
  return step("chown") ? -1 : (int)syscall(SYS_fchownat, at, path, uid, gid, flags);
}
int lchown(const char* path, uid_t uid, gid_t gid) { return fchownat(AT_FDCWD, path, uid, gid, AT_SYMLINK_NOFOLLOW); }
int fchown(int fd, uid_t uid, gid_t gid) { return step("chown") ? -1 : (int)syscall(SYS_fchown, fd, uid, gid); }

int utimensat(int at, const char* path, const struct timespec times[2], int flags) {
  return step("utimens") ? -1 : (int)syscall(SYS_utimensat, at, path, times, flags);
}
int futimens(int fd, const struct timespec times[2]) { return step("utimens") ? -1 : (int)syscall(SYS_utimensat, fd, NULL, times, 0); }

int ftruncate(int fd, off_t size) { return step("truncate") ? -1 : (int)syscall(SYS_ftruncate, fd, size); }

/* With 64-bit offsets the headers call these open64 and openat64, here as in the library. */
int openat(int at, const char* path, int flags, ...) {
  mode_t mode = 0;
  if (flags & O_CREAT) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
    if (step("create")) return -1;
  }
  return (int)syscall(SYS_openat, at, path, flags, mode);
}

int open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if (flags & O_CREAT) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
  }
  return openat(AT_FDCWD, path, flags, mode);
}

int close(int fd) {
  if (!armed || how == STEP_NTH_KILL || !step("close")) return (int)syscall(SYS_close, fd);
  /* It has closed the descriptor all the same, as on Linux. */
  const int err = errno;
  syscall(SYS_close, fd);
  errno = err;
  return -1;
}
