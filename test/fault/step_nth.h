/* Counts the calls by which a process changes what is on disk, and at the n-th ends the process or makes the call fail.
 *
 * A program that is linked with this object uses its functions in the place of libc's. One thread at a time. */
#ifndef STEP_NTH_H
#define STEP_NTH_H

#ifdef __cplusplus
extern "C" {
#endif

enum step_nth_mode {
  STEP_NTH_COUNT = 0,
  STEP_NTH_KILL = 1,   /* SIGKILL in the place of the n-th call */
  STEP_NTH_FAIL = 2,   /* the n-th call fails */
  STEP_NTH_STICKY = 3, /* so do all that come after it */
};

/* From now on, n counts from 1. */
void step_nth_arm(enum step_nth_mode mode, long n, int err);
/* Ends it. Returns the number of calls since step_nth_arm. */
long step_nth_disarm(void);
/* The name of the call that was the n-th; "" if there were not so many. */
const char* step_nth_name(void);
/* Lets renameat2 answer EINVAL to any flag, as some file systems do. */
void step_nth_without_renameat2(int without);
/* Lets fsync and syncfs count and do nothing: a process that is killed loses nothing that was written. */
void step_nth_without_sync(int without);

#ifdef __cplusplus
}
#endif
#endif
