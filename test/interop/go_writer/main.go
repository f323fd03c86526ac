// Writes a backup archive the way Juju's controllers do: root.tar first made on disk, directory names without a slash, children in
// no order, type bits in modes, metadata.json last.
//
//	go_writer ROOT STAGING OUT   (STAGING holds metadata.json and dump/; root.tar is made in it)
package main

import (
	"archive/tar"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// What Go's archive/tar wrote into modes when Juju 2.0 was built.
func modeBits(info os.FileInfo) int64 {
	switch {
	case info.IsDir():
		return 0o40000
	case info.Mode()&os.ModeSymlink != 0:
		return 0o120000
	}
	return 0o100000
}

func add(out *tar.Writer, path, name string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	link := ""
	if info.Mode()&os.ModeSymlink != 0 {
		if link, err = os.Readlink(path); err != nil {
			return err
		}
	}
	header, err := tar.FileInfoHeader(info, link)
	if err != nil {
		return err
	}
	header.Name = name
	header.Mode |= modeBits(info)
	if err := out.WriteHeader(header); err != nil {
		return err
	}
	if info.IsDir() {
		return addBelow(out, path, name+"/")
	}
	if !info.Mode().IsRegular() {
		return nil
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(out, file)
	return err
}

// In the order of the disk, but metadata.json last.
func addBelow(out *tar.Writer, path, prefix string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	names, err := folder.Readdirnames(-1)
	folder.Close()
	if err != nil {
		return err
	}
	for _, last := range []bool{false, true} {
		for _, name := range names {
			if (name == "metadata.json") != last {
				continue
			}
			if err := add(out, filepath.Join(path, name), prefix+name); err != nil {
				return err
			}
		}
	}
	return nil
}

func writeTar(file io.Writer, write func(*tar.Writer) error) error {
	out := tar.NewWriter(file)
	if err := write(out); err != nil {
		return err
	}
	return out.Close()
}

func run(root, staging, path string) error {
	rootTar, err := os.Create(filepath.Join(staging, "root.tar"))
	if err != nil {
		return err
	}
	if err := writeTar(rootTar, func(out *tar.Writer) error { return addBelow(out, root, "") }); err != nil {
		return err
	}
	if err := rootTar.Close(); err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	packed := gzip.NewWriter(file)
	if err := writeTar(packed, func(out *tar.Writer) error { return add(out, staging, "juju-backup") }); err != nil {
		return err
	}
	if err := packed.Close(); err != nil {
		return err
	}
	return file.Close()
}

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, "go_writer:", err)
		os.Exit(1)
	}
}
