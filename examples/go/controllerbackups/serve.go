package main

// #include <stdlib.h>
// #include <jujubackup/jujubackup.h>
import "C"

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"unsafe"
)

// serve runs an embedded controller that backs up the machine below root, with a dump of its database, until standard input ends. It
// prints its address when clients can come; clientDir is written so that they find it.
func serve(stateDir, clientDir, root, dump string) error {
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		return err
	}
	texts := map[string]*C.char{}
	for name, text := range map[string]string{"address": "127.0.0.1:0", "state": stateDir, "client": clientDir, "root": root, "dump": dump,
		"user": "admin", "password": hex.EncodeToString(random), "name": "embedded"} {
		texts[name] = C.CString(text)
		defer C.free(unsafe.Pointer(texts[name]))
	}

	create, options := C.jjb_create_options_new(), C.jjb_server_options_new()
	defer C.jjb_create_options_free(create)
	defer C.jjb_server_options_free(options)
	for _, status := range []C.int32_t{
		C.jjb_create_options_set_root(create, texts["root"]),
		C.jjb_create_options_set_dump_dir(create, texts["dump"]),
		C.jjb_server_options_set_address(options, texts["address"]),
		C.jjb_server_options_set_state_dir(options, texts["state"]),
		C.jjb_server_options_add_user(options, texts["user"], texts["password"], 1),
		C.jjb_server_options_set_create(options, create),
	} {
		if err := failure(status, nil); err != nil {
			return err
		}
	}
	var server *C.jjb_server
	var e *C.jjb_error
	if err := failure(C.jjb_server_start(options, &server, &e), e); err != nil {
		return err
	}
	defer C.jjb_server_free(server)
	status := C.jjb_server_write_client_dir(server, texts["client"], texts["name"], texts["user"], texts["password"], &e)
	if err := failure(status, e); err != nil {
		return err
	}
	fmt.Println(C.GoString(C.jjb_server_get_address(server)))
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	return failure(C.jjb_server_stop(server, 10000, &e), e)
}
