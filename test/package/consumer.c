/* A user of the C library. */
#include <jujubackup/jujubackup.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  char wanted[32];
  snprintf(wanted, sizeof wanted, "%d.%d.%d", JJB_VERSION_MAJOR, JJB_VERSION_MINOR, JJB_VERSION_PATCH);
  if (strcmp(jjb_version(), wanted) != 0) {
    printf("header %s, library %s\n", wanted, jjb_version());
    return 1;
  }
  printf("%s\n", jjb_version());
  return 0;
}
