// Backups on a Juju controller, and a controller to try it with: controllerbackups [-m MODEL] COMMAND
//
//	list         what the controller keeps
//	create FILE  makes a backup and downloads it
//	upload FILE  an archive file; prints the ID that it got
//	remove ID... backups that it keeps
//	serve STATE-DIR CLIENT-DIR ROOT DUMP-DIR
//
// The controller is found as by Juju's own commands: -m [controller:]model, else $JUJU_MODEL, else the current model of $JUJU_DATA.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
)

var errUsage = errors.New("usage: controllerbackups [-m MODEL] list | create FILE | upload FILE | remove ID... | serve STATE CLIENT ROOT DUMP")

func run(model string, arguments []string) error {
	counts := map[string]int{"list": 1, "create": 2, "upload": 2, "remove": 2, "serve": 5}
	if len(arguments) == 0 || counts[arguments[0]] == 0 || len(arguments) < counts[arguments[0]] {
		return errUsage
	}
	if arguments[0] == "serve" {
		return serve(arguments[1], arguments[2], arguments[3], arguments[4])
	}
	controller, err := connect(model)
	if err != nil {
		return err
	}
	defer disconnect(controller)
	switch arguments[0] {
	case "create":
		return create(controller, arguments[1])
	case "upload":
		return upload(controller, arguments[1])
	case "remove":
		return remove(controller, arguments[1:])
	}
	return list(controller)
}

func main() {
	model := flag.String("m", "", "[controller:]model")
	flag.Parse()
	if err := run(*model, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "controllerbackups:", err)
		os.Exit(1)
	}
}
