package main

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Juju's order: a workspace with metadata.json; root.tar is made in it; then the dump; then one tar of it all, through gzip, with the
// SHA-1 of the compressed file. Its tar writer also computes a SHA-1 of every tar stream, which nobody looks at.
//
// Two things are easier here than for Juju: the dump, which mongodump writes into the workspace, is linked into it, and what gzip writes
// in pieces of 240 bytes is gathered before it goes to the file.
func create(arguments []string, out *bufio.Writer) error {
	root, dump, metadata, workspace, path := arguments[0], arguments[1], arguments[2], arguments[3], arguments[4]
	content := filepath.Join(workspace, "juju-backup")
	if err := os.MkdirAll(content, 0o700); err != nil {
		return err
	}
	if err := copyFile(metadata, filepath.Join(content, "metadata.json")); err != nil {
		return err
	}
	err := writeFile(filepath.Join(content, "root.tar"), func(file io.Writer) error {
		names, err := os.ReadDir(root)
		if err != nil {
			return err
		}
		return tarAndHash(file, root, names)
	})
	if err != nil {
		return err
	}
	if err := linkTree(dump, filepath.Join(content, "dump")); err != nil {
		return err
	}
	sum := sha1.New()
	err = writeFile(path, func(file io.Writer) error {
		gathered := bufio.NewWriterSize(io.MultiWriter(file, sum), bufferBytes)
		packed := gzip.NewWriter(gathered)
		names, err := os.ReadDir(workspace)
		if err != nil {
			return err
		}
		if err := tarAndHash(packed, workspace, names); err != nil {
			return err
		}
		if err := packed.Close(); err != nil {
			return err
		}
		return gathered.Flush()
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, base64.StdEncoding.EncodeToString(sum.Sum(nil)))
	return os.RemoveAll(workspace)
}

func writeFile(path string, write func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := write(file); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	return writeFile(to, func(out io.Writer) error {
		_, err := io.Copy(out, in)
		return err
	})
}

func linkTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.Mkdir(filepath.Join(to, below), 0o700)
		}
		return os.Link(path, filepath.Join(to, below))
	})
}

// A tar of the entries of a folder, and of all below them.
func tarAndHash(target io.Writer, folder string, entries []os.DirEntry) error {
	out := tar.NewWriter(io.MultiWriter(target, sha1.New()))
	for _, entry := range entries {
		if err := addToTar(out, filepath.Join(folder, entry.Name()), entry.Name()); err != nil {
			return err
		}
	}
	return out.Close()
}

func addToTar(out *tar.Writer, path, name string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	target := ""
	if info.Mode()&os.ModeSymlink != 0 {
		if target, err = os.Readlink(path); err != nil {
			return err
		}
	}
	header, err := tar.FileInfoHeader(info, target)
	if err != nil {
		return err
	}
	header.Name = name
	if err := out.WriteHeader(header); err != nil {
		return err
	}
	if info.IsDir() {
		entries, err := os.ReadDir(path)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			if err := addToTar(out, filepath.Join(path, entry.Name()), name+"/"+entry.Name()); err != nil {
				return err
			}
		}
		return nil
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
