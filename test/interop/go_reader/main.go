// Reads a backup archive with Go's standard library alone, as Juju does, to its last byte, and prints "SHA-256 size name" of every
// regular file, also of those inside of root.tar.
package main

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"strings"
)

const rootTar = "juju-backup/root.tar"

func show(out io.Writer, in io.Reader, prefix string) error {
	entries := tar.NewReader(in)
	for {
		header, err := entries.Next()
		if err == io.EOF {
			// The reader stops at the two zero blocks; what follows must be zeros, and gzip's checksum comes after it.
			rest, err := io.ReadAll(in)
			if err == nil && strings.Trim(string(rest), "\x00") != "" {
				err = fmt.Errorf("bytes after the end of %q", prefix)
			}
			return err
		}
		if err != nil {
			return err
		}
		name := prefix + strings.TrimPrefix(header.Name, "./")
		if header.Typeflag != tar.TypeReg {
			continue
		}
		digest := sha256.New()
		content := io.TeeReader(entries, digest)
		if name == rootTar {
			if err := show(out, content, rootTar+"/"); err != nil {
				return err
			}
		} else if _, err := io.Copy(io.Discard, content); err != nil {
			return err
		}
		fmt.Fprintf(out, "%x %d %s\n", digest.Sum(nil), header.Size, name)
	}
}

func run(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	content, err := gzip.NewReader(bufio.NewReader(file))
	if err != nil {
		return err
	}
	out := bufio.NewWriter(os.Stdout)
	if err := show(out, content, ""); err != nil {
		return err
	}
	return out.Flush()
}

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "go_reader:", err)
		os.Exit(1)
	}
}
