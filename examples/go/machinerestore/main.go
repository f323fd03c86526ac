// Restores a controller machine: machinerestore [flags] check | run | undo | commit [ARCHIVE]
//
//	check ARCHIVE  what speaks against it, and the steps that it would take
//	run ARCHIVE    the same, then asks, and does it
//	undo           makes everything as it was before
//	commit         keeps nothing of what was replaced
//
// Exits with 0 if all is done or could be, 1 if not.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
)

var errUsage = errors.New("usage: machinerestore [flags] check ARCHIVE | run ARCHIVE | undo | commit")

// ask is called when everything is known and nothing is done.
func ask() bool {
	fmt.Fprint(os.Stderr, "Restore this machine? (yes/no) ")
	answer, err := bufio.NewReader(os.Stdin).ReadString('\n')
	return err == nil && strings.TrimSpace(answer) == "yes"
}

func tell(event, step, text string) {
	if text != "" {
		text = ": " + text
	}
	fmt.Fprintf(os.Stderr, "%s %s%s\n", step, event, text)
}

func run(what machine, arguments []string) error {
	wanted := map[string]int{"check": 2, "run": 2, "undo": 1, "commit": 1}
	if len(arguments) == 0 || wanted[arguments[0]] != len(arguments) {
		return errUsage
	}
	if arguments[0] == "commit" {
		return commit(what)
	}
	tools, err := openTools(what)
	if err != nil {
		return err
	}
	defer closeTools(tools)
	if arguments[0] == "undo" {
		return undo(what, tools, &watcher{tell: tell})
	}
	return restore(what, tools, arguments[1], arguments[0] == "run", &watcher{confirm: ask, tell: tell})
}

func main() {
	var what machine
	flag.StringVar(&what.root, "root", "/", "the prefix of all paths on the controller machine")
	flag.StringVar(&what.kind, "kind", "", "database-only, full-machine, files-only, ...; chosen by what is found if not given")
	flag.StringVar(&what.databaseDir, "database-dir", "", "a folder in the form of a dump that stands for the database")
	flag.StringVar(&what.systemctl, "systemctl", "systemctl", "the program")
	flag.StringVar(&what.override, "override", "", "the check whose blocker is accepted")
	flag.Parse()
	if err := run(what, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "machinerestore:", err)
		os.Exit(1)
	}
}
