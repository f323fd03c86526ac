package main

/*
#cgo pkg-config: jujubackup
#include <stdlib.h>
#include <jujubackup/jujubackup.h>

extern int32_t watcherConfirm(void* user, jjb_restore_plan* plan);
extern int32_t watcherEvent(void* user, int32_t event, size_t index, size_t count, char* step, int32_t state, char* text);
extern void watcherDestroy(void* user);

static jjb_restore_callbacks callbacks_of(void* user) {
  jjb_restore_callbacks callbacks;
  jjb_restore_callbacks_init(&callbacks);
  callbacks.user = user;
  callbacks.destroy = watcherDestroy;
  callbacks.confirm = (int32_t (*)(void*, const jjb_restore_plan*))watcherConfirm;
  callbacks.event = (int32_t (*)(void*, int32_t, size_t, size_t, const char*, int32_t, const char*))watcherEvent;
  return callbacks;
}
*/
import "C"

import (
	"errors"
	"fmt"
	"unsafe"
)

// machine is what is restored. "" stands for what the library finds by itself.
type machine struct{ root, kind, databaseDir, systemctl, override string }

// failure turns a status and an error object into an error, and frees the object.
func failure(status C.int32_t, e *C.jjb_error) error {
	if status == C.JJB_STATUS_OK {
		return nil
	}
	defer C.jjb_error_free(e)
	if text := C.GoString(C.jjb_error_get_text(e)); text != "" {
		return errors.New(text)
	}
	return errors.New(C.GoString(C.jjb_status_get_name(status)))
}

// with hands a text of C's own to set.
func with(text string, set func(*C.char) C.int32_t) error {
	copied := C.CString(text)
	defer C.free(unsafe.Pointer(copied))
	return failure(set(copied), nil)
}

func optionsOf(what machine) (*C.jjb_restore_options, error) {
	options := C.jjb_restore_options_new()
	err := with(what.root, func(text *C.char) C.int32_t { return C.jjb_restore_options_set_root(options, text) })
	if err == nil && what.kind != "" {
		err = with(what.kind, func(text *C.char) C.int32_t {
			kind := C.jjb_restore_kind_find(text)
			if kind == 0 {
				return C.JJB_STATUS_INVALID_ARGUMENT
			}
			return C.jjb_restore_options_set_kind(options, kind)
		})
	}
	if err == nil && what.override != "" {
		err = with(what.override, func(text *C.char) C.int32_t { return C.jjb_restore_options_add_override(options, text) })
	}
	if err != nil {
		C.jjb_restore_options_free(options)
		return nil, err
	}
	return options, nil
}

func openTools(what machine) (*C.jjb_restore_tools, error) {
	options, err := optionsOf(what)
	if err != nil {
		return nil, err
	}
	defer C.jjb_restore_options_free(options)
	tools := C.jjb_restore_tools_new()
	var e *C.jjb_error
	err = failure(C.jjb_restore_tools_set_machine(tools, options, &e), e)
	if err == nil {
		err = with(what.systemctl, func(text *C.char) C.int32_t { return C.jjb_restore_tools_set_systemd_program(tools, text) })
	}
	if err == nil && what.databaseDir != "" {
		err = with(what.databaseDir, func(text *C.char) C.int32_t { return C.jjb_restore_tools_set_database_dir(tools, text, nil) })
	}
	if err != nil {
		C.jjb_restore_tools_free(tools)
		return nil, err
	}
	return tools, nil
}

func closeTools(tools *C.jjb_restore_tools) { C.jjb_restore_tools_free(tools) }

// outcome prints a report, and turns all but the state that was wanted into an error. It frees the report.
func outcome(report *C.jjb_restore_report, wanted C.int32_t) error {
	defer C.jjb_restore_report_free(report)
	state := C.jjb_restore_report_get_state(report)
	fmt.Println(C.GoString(C.jjb_restore_state_get_name(state)))
	for i := C.size_t(0); i < C.jjb_restore_report_get_command_after_count(report); i++ {
		fmt.Println("now run:", C.GoString(C.jjb_restore_report_get_command_after(report, i)))
	}
	if state != wanted {
		return errors.New(C.GoString(C.jjb_restore_report_get_error(report)))
	}
	return nil
}

func restore(what machine, tools *C.jjb_restore_tools, file string, carryOut bool, w *watcher) error {
	options, err := optionsOf(what)
	if err != nil {
		return err
	}
	defer C.jjb_restore_options_free(options)
	path := C.CString(file)
	defer C.free(unsafe.Pointer(path))
	var archive *C.jjb_archive
	var plan *C.jjb_restore_plan
	var e *C.jjb_error
	if err := failure(C.jjb_archive_open(path, &archive, &e), e); err != nil {
		return err
	}
	defer C.jjb_archive_free(archive)
	if err := failure(C.jjb_restore_plan_make(archive, options, tools, nil, &plan, &e), e); err != nil {
		return err
	}
	defer C.jjb_restore_plan_free(plan)
	var text *C.char
	if err := failure(C.jjb_restore_plan_dup_text(plan, &text, &e), e); err != nil {
		return err
	}
	fmt.Println(C.GoString(text))
	C.jjb_string_free(text)
	if C.jjb_restore_plan_get_blocked(plan) != 0 {
		return errors.New("the restore is blocked by its checks")
	}
	if !carryOut {
		return nil
	}
	callbacks := C.callbacks_of(userOf(w))
	var report *C.jjb_restore_report
	if err := failure(C.jjb_restore_run(plan, archive, tools, &callbacks, 1, nil, &report, &e), e); err != nil {
		return err
	}
	return outcome(report, C.JJB_RESTORE_STATE_RESTORED)
}

func undo(what machine, tools *C.jjb_restore_tools, w *watcher) error {
	root := C.CString(what.root)
	defer C.free(unsafe.Pointer(root))
	callbacks := C.callbacks_of(userOf(w))
	var report *C.jjb_restore_report
	var e *C.jjb_error
	if err := failure(C.jjb_restore_undo(root, nil, tools, &callbacks, nil, &report, &e), e); err != nil {
		return err
	}
	return outcome(report, C.JJB_RESTORE_STATE_UNDONE)
}

func commit(what machine) error {
	root := C.CString(what.root)
	defer C.free(unsafe.Pointer(root))
	var e *C.jjb_error
	return failure(C.jjb_restore_commit(root, nil, nil, &e), e)
}
