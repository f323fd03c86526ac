/* The header needs no other one before it, and both languages read it without a warning. */
#include <jujubackup/jujubackup.h>

const char* header_alone(void);
const char* header_alone(void) { return jjb_version(); }
