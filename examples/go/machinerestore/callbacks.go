package main

// #include <stdlib.h>
// #include <jujubackup/jujubackup.h>
import "C"

import (
	"runtime/cgo"
	"unsafe"
)

// watcher is asked and told by the library, on the goroutine that runs the restore.
type watcher struct {
	confirm func() bool // nil: nobody is asked
	tell    func(event, step, text string)
}

var events = map[C.int32_t]string{C.JJB_RESTORE_EVENT_STEP_BEGINS: "begins", C.JJB_RESTORE_EVENT_STEP_ENDS: "ends",
	C.JJB_RESTORE_EVENT_UNDO_BEGINS: "undo begins", C.JJB_RESTORE_EVENT_UNDO_ENDS: "undo ends", C.JJB_RESTORE_EVENT_NOTE: "note"}

// What C hands back is a pointer to the handle, which stays in memory of C's own.
func watcherOf(user unsafe.Pointer) *watcher { return (*(*cgo.Handle)(user)).Value().(*watcher) }

//export watcherConfirm
func watcherConfirm(user unsafe.Pointer, plan *C.jjb_restore_plan) C.int32_t {
	if w := watcherOf(user); w.confirm != nil && !w.confirm() {
		return 1
	}
	return 0
}

//export watcherEvent
func watcherEvent(user unsafe.Pointer, event C.int32_t, index, count C.size_t, step *C.char, state C.int32_t, text *C.char) C.int32_t {
	watcherOf(user).tell(events[event], C.GoString(step), C.GoString(text))
	return 0
}

//export watcherDestroy
func watcherDestroy(user unsafe.Pointer) {
	(*(*cgo.Handle)(user)).Delete()
	C.free(user)
}

// userOf makes what watcherOf takes apart, and watcherDestroy frees.
func userOf(w *watcher) unsafe.Pointer {
	user := C.malloc(C.size_t(unsafe.Sizeof(cgo.Handle(0))))
	*(*cgo.Handle)(user) = cgo.NewHandle(w)
	return user
}
