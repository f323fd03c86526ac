/* A controller machine below the scratch folder, to be backed up and restored. */
#ifndef JUJUBACKUP_TEST_RESTORE_MACHINE_H
#define JUJUBACKUP_TEST_RESTORE_MACHINE_H

#include <sys/types.h>

#include "check.h"

#define SECRET "Invented/State+Password0="
#define MODEL "1be318f6-9460-4fe1-8eb4-b1df2db23b53" /* the one in test/data/dump */
#define CONTROLLER "bda3b637-7972-47f7-87fd-a3f2d0c748a5"
#define WORK_DIR "var/lib/juju/restore"

/* test/data/dump. */
const char* dump_dir(void);
void put_text(const char* folder, const char* name, const char* text, mode_t mode);
/* The files of machine 0 with that version of Juju; its API and its mongod answer as long as the test runs. */
void make_root_of(const char* root, const char* version);
void make_root(const char* root); /* of 2.9.50 */
/* A backup of the machine below "source" in the scratch folder, with the database of test/data/dump. Made once. */
const char* machine_backup(void);
jjb_archive* open_backup(void);
/* How to restore such a backup there. */
jjb_restore_options* options_for(const char* root, int32_t kind);

/* Names, types, modes, owners, targets of links and content of all below `folder`; what a restore keeps is left out. To be freed. */
char* tree_of(const char* folder);
void check_tree(const char* folder, const char* expected);
void check_file(const char* folder, const char* name, const char* expected);
void check_same_file(const char* left_folder, const char* right_folder, const char* name);

#endif
