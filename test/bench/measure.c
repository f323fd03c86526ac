/* Runs a program and writes what it took to a file:  measure FILE PROGRAM [ARGUMENT...]
 *
 *   wall nanoseconds, CPU microseconds of user and system together, peak memory in KiB, exit status (128 + signal if killed)
 *
 * CPU and peak are those of the program and of all it waited for; the peak is that of the largest single process. A program takes over the
 * peak of the process that started it, so this has to be a small one: below a driver in Python nothing under 10 MiB could be seen.
 */
#define _POSIX_C_SOURCE 200809L
#define _DEFAULT_SOURCE

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t micros(struct timeval time) { return (int64_t)time.tv_sec * 1000000 + time.tv_usec; }

int main(int argc, char** argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: measure FILE PROGRAM [ARGUMENT...]\n");
    return 2;
  }
  int64_t began = now_ns();
  pid_t child = fork();
  if (child < 0) {
    perror("measure: fork");
    return 2;
  }
  if (child == 0) {
    execvp(argv[2], argv + 2);
    perror(argv[2]);
    _exit(127);
  }
  int status = 0;
  struct rusage used;
  if (wait4(child, &status, 0, &used) != child) {
    perror("measure: wait4");
    return 2;
  }
  int64_t wall = now_ns() - began;
  FILE* report = fopen(argv[1], "w");
  if (report == NULL) {
    perror(argv[1]);
    return 2;
  }
  fprintf(report, "%lld %lld %ld %d\n", (long long)wall, (long long)(micros(used.ru_utime) + micros(used.ru_stime)), used.ru_maxrss,
          WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  if (fclose(report) != 0) {
    perror(argv[1]);
    return 2;
  }
  return 0;
}
