// What Juju's controllers do with a backup, by the same means (Go's standard library), to measure against.
//
//	peer create ROOT DUMP METADATA WORKSPACE OUT   makes an archive
//	peer verify ARCHIVE                            prints its SHA-1 after reading all that is in it
//	peer extract ARCHIVE TO                        unpacks it, root.tar as well
//	peer list ARCHIVE                              prints the names in it
//	peer show ARCHIVE                              prints its metadata
package main

import (
	"bufio"
	"fmt"
	"os"
)

// The largest buffer that pays, used where Juju itself would wait for small reads and writes.
const bufferBytes = 1 << 20

type command struct {
	arguments int
	run       func(arguments []string, out *bufio.Writer) error
}

var commands = map[string]command{
	"create":  {5, create},
	"verify":  {1, verify},
	"extract": {2, extract},
	"list":    {1, list},
	"show":    {1, show},
}

func run() error {
	if len(os.Args) < 2 {
		return fmt.Errorf("no command")
	}
	wanted, known := commands[os.Args[1]]
	if !known || len(os.Args) != 2+wanted.arguments {
		return fmt.Errorf("%q is no command, or has other arguments", os.Args[1])
	}
	out := bufio.NewWriter(os.Stdout)
	if err := wanted.run(os.Args[2:], out); err != nil {
		return err
	}
	return out.Flush()
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "peer:", err)
		os.Exit(1)
	}
}
