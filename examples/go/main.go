// Lists the backups in a store and verifies each: listbackups [-threads N] [-identity FILE] STORE
//
// The insides of encrypted backups are verified with the identity in a file, as age-keygen makes it, or an SSH private key.
//
// Exits with 0 if all are good, 1 if some have warnings, 2 if some are bad.
package main

// #cgo pkg-config: jujubackup
// #include <stdlib.h>
// #include <jujubackup/jujubackup.h>
import "C"

import (
	"errors"
	"flag"
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

// verify prints what is wrong with one backup.
func verify(store *C.jjb_store, id *C.char, job *C.jjb_job) (C.int32_t, error) {
	var report *C.jjb_verify_report
	var e *C.jjb_error
	if err := failure(C.jjb_store_verify(store, id, C.JJB_DEPTH_FULL, job, &report, &e), e); err != nil {
		return 0, err
	}
	defer C.jjb_verify_report_free(report)
	verdict := C.jjb_verify_report_get_verdict(report)
	fmt.Printf("%s  %d bytes  %s\n", C.GoString(id), C.jjb_verify_report_get_size_bytes(report),
		C.GoString(C.jjb_verdict_get_name(verdict)))
	for i := C.size_t(0); i < C.jjb_verify_report_get_finding_count(report); i++ {
		severity := C.jjb_severity_get_name(C.jjb_verify_report_get_finding_severity(report, i))
		fmt.Printf("  %s: %s: %s\n", C.GoString(severity), C.GoString(C.jjb_verify_report_get_finding_code(report, i)),
			C.GoString(C.jjb_verify_report_get_finding_message(report, i)))
	}
	return verdict, nil
}

// open opens the store. identity is the name of a file; "" for none.
func open(url, identity string) (*C.jjb_store, error) {
	path, keyFile := C.CString(url), C.CString(identity)
	defer C.free(unsafe.Pointer(path))
	defer C.free(unsafe.Pointer(keyFile))
	var store *C.jjb_store
	var e *C.jjb_error
	if err := failure(C.jjb_store_open(path, &store, &e), e); err != nil || identity == "" {
		return store, err
	}
	// The store keeps what it needs of them.
	identities := C.jjb_identities_new()
	defer C.jjb_identities_free(identities)
	err := failure(C.jjb_identities_add_file(identities, keyFile, &e), e)
	if err == nil {
		err = failure(C.jjb_store_set_identities(store, identities), nil)
	}
	if err != nil {
		C.jjb_store_free(store)
		return nil, err
	}
	return store, nil
}

// run verifies with that many threads; 0: one for each core.
func run(url, identity string, threads uint32) (int, error) {
	job := C.jjb_job_new()
	defer C.jjb_job_free(job)
	if err := failure(C.jjb_job_set_threads(job, C.uint32_t(threads)), nil); err != nil {
		return 2, err
	}
	store, err := open(url, identity)
	if err != nil {
		return 2, err
	}
	var listing *C.jjb_listing
	var e *C.jjb_error
	defer C.jjb_store_free(store)
	if err := failure(C.jjb_store_list(store, job, &listing, &e), e); err != nil {
		return 2, err
	}
	defer C.jjb_listing_free(listing)

	worst := C.int32_t(C.JJB_VERDICT_OK)
	for i := C.size_t(0); i < C.jjb_listing_get_count(listing); i++ {
		verdict, err := verify(store, C.jjb_listing_get_id(listing, i), job)
		if err != nil {
			return 2, err
		}
		if verdict > worst {
			worst = verdict
		}
	}
	for i := C.size_t(0); i < C.jjb_listing_get_problem_count(listing); i++ {
		fmt.Fprintln(os.Stderr, C.GoString(C.jjb_listing_get_problem(listing, i)))
		worst = C.JJB_VERDICT_BAD
	}
	return int(worst), nil
}

func main() {
	threads := flag.Uint("threads", 0, "how many threads to use; 0: one for each core")
	identity := flag.String("identity", "", "file with what opens encrypted backups")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: listbackups [-threads N] [-identity FILE] STORE")
		os.Exit(2)
	}
	code, err := run(flag.Arg(0), *identity, uint32(*threads))
	if err != nil {
		fmt.Fprintln(os.Stderr, "listbackups:", err)
	}
	os.Exit(code)
}
