package main

// #cgo pkg-config: jujubackup
// #include <stdlib.h>
// #include <jujubackup/jujubackup.h>
import "C"

import (
	"errors"
	"fmt"
	"os"
	"unsafe"
)

// failure turns a status and an error object into an error, and frees the object.
func failure(status C.int32_t, e *C.jjb_error) error {
	if status == C.JJB_STATUS_OK {
		return nil
	}
	defer C.jjb_error_free(e)
	return errors.New(C.GoString(C.jjb_error_get_text(e)))
}

// connect finds the controller as Juju's own commands do; the default model counts where model is "".
func connect(model string) (*C.jjb_controller, error) {
	var options *C.jjb_connect_options
	var controller *C.jjb_controller
	var e *C.jjb_error
	var name *C.char
	if model != "" {
		name = C.CString(model)
		defer C.free(unsafe.Pointer(name))
	}
	if err := failure(C.jjb_connect_options_read_client_dir(nil, name, nil, 1, nil, &options, &e), e); err != nil {
		return nil, err
	}
	defer C.jjb_connect_options_free(options)
	err := failure(C.jjb_controller_connect(options, nil, &controller, &e), e)
	return controller, err
}

func disconnect(controller *C.jjb_controller) { C.jjb_controller_free(controller) }

func list(controller *C.jjb_controller) error {
	var backups *C.jjb_metadata_list
	var e *C.jjb_error
	if err := failure(C.jjb_controller_list(controller, nil, &backups, &e), e); err != nil {
		return err
	}
	defer C.jjb_metadata_list_free(backups)
	for i := C.size_t(0); i < C.jjb_metadata_list_get_count(backups); i++ {
		var metadata *C.jjb_metadata
		if err := failure(C.jjb_metadata_list_dup_metadata(backups, i, &metadata, &e), e); err != nil {
			return err
		}
		fmt.Printf("%s  %d bytes  %s\n", C.GoString(C.jjb_metadata_get_id(metadata)), C.jjb_metadata_get_size_bytes(metadata),
			C.GoString(C.jjb_metadata_get_notes(metadata)))
		C.jjb_metadata_free(metadata)
	}
	return nil
}

// create has the controller make a backup, and downloads it. Where that can be done, the controller keeps it as well.
func create(controller *C.jjb_controller, file string) error {
	options := C.jjb_remote_create_options_new()
	defer C.jjb_remote_create_options_free(options)
	notes, path := C.CString("made in Go"), C.CString(file)
	defer C.free(unsafe.Pointer(notes))
	defer C.free(unsafe.Pointer(path))
	C.jjb_remote_create_options_set_notes(options, notes)
	if C.jjb_controller_get_offers(controller)&C.JJB_OFFER_KEEP_COPY != 0 {
		C.jjb_remote_create_options_set_keep_copy(options, 1)
	}
	var backup *C.jjb_remote_backup
	var metadata *C.jjb_metadata
	var size C.uint64_t
	var e *C.jjb_error
	if err := failure(C.jjb_controller_create(controller, options, nil, &backup, &e), e); err != nil {
		return err
	}
	defer C.jjb_remote_backup_free(backup)
	if err := failure(C.jjb_remote_backup_dup_metadata(backup, &metadata, &e), e); err != nil {
		return err
	}
	defer C.jjb_metadata_free(metadata)
	if C.jjb_remote_backup_get_one_shot(backup) != 0 {
		fmt.Fprintln(os.Stderr, "the controller deletes its copy after this download")
	}
	id := C.jjb_remote_backup_get_download_id(backup)
	if err := failure(C.jjb_controller_download_file(controller, id, metadata, path, 0, nil, &size, &e), e); err != nil {
		return err
	}
	fmt.Printf("%s  %d bytes\n", file, size)
	return nil
}

func upload(controller *C.jjb_controller, file string) error {
	path := C.CString(file)
	defer C.free(unsafe.Pointer(path))
	var id *C.char
	var e *C.jjb_error
	if err := failure(C.jjb_controller_upload_file(controller, path, nil, nil, &id, &e), e); err != nil {
		return err
	}
	defer C.jjb_string_free(id)
	fmt.Println(C.GoString(id))
	return nil
}

// remove removes all that it can, and says why it could not remove the others.
func remove(controller *C.jjb_controller, ids []string) error {
	// What C is to read must not hold Go's pointers.
	wanted := make([]*C.char, len(ids))
	for i, id := range ids {
		wanted[i] = C.CString(id)
		defer C.free(unsafe.Pointer(wanted[i]))
	}
	var results *C.jjb_remove_results
	var e *C.jjb_error
	if err := failure(C.jjb_controller_remove(controller, &wanted[0], C.size_t(len(wanted)), nil, &results, &e), e); err != nil {
		return err
	}
	defer C.jjb_remove_results_free(results)
	var failed []error
	for i := C.size_t(0); i < C.jjb_remove_results_get_count(results); i++ {
		if text := C.GoString(C.jjb_remove_results_get_error(results, i)); text != "" {
			failed = append(failed, fmt.Errorf("%s: %s", C.GoString(C.jjb_remove_results_get_id(results, i)), text))
		}
	}
	if len(failed) > 0 {
		return failed[0]
	}
	return nil
}
