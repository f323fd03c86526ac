/* Makes the n-th call of the system that puts bytes or names on disk fail: write, fsync, fdatasync, rename, link, mkdir, close.
 *
 * A program that is linked with this library uses its functions in the place of libc's. One thread at a time. */
#ifndef FAIL_NTH_H
#define FAIL_NTH_H

#ifdef __cplusplus
extern "C" {
#endif

#define FAIL_NTH_API __attribute__((visibility("default")))

/* From now on the n-th call (from 1) fails with `err`; with `sticky` also every one after it but close. 0: none, but they are counted. */
FAIL_NTH_API void fail_nth_arm(long n, int err, int sticky);
/* Ends it. Returns the number of calls since fail_nth_arm. */
FAIL_NTH_API long fail_nth_disarm(void);
/* The name of the call that failed first since fail_nth_arm; "" if none did. */
FAIL_NTH_API const char* fail_nth_failed(void);
/* Lets renameat2 answer EINVAL, as file systems without RENAME_NOREPLACE do. */
FAIL_NTH_API void fail_nth_without_renameat2(int without);
/* The calls that only help, sync_file_range and fallocate, do nothing in such a program. From now on they fail with `err`; 0: they say
 * that all is well. */
FAIL_NTH_API void fail_nth_helpers(int err);
/* The number of these calls since fail_nth_helpers. */
FAIL_NTH_API long fail_nth_helper_calls(void);

#ifdef __cplusplus
}
#endif
#endif
