package main

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
)

const rootTar = "juju-backup/root.tar"

// Calls visit for each entry of a gzipped tar, then reads to the end of the file. All bytes of the file go to sum, if there is one.
func walkArchive(path string, sum hash.Hash, visit func(*tar.Header, *tar.Reader) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	var source io.Reader = file
	if sum != nil {
		source = io.TeeReader(file, sum)
	}
	unpacked, err := gzip.NewReader(bufio.NewReaderSize(source, bufferBytes))
	if err != nil {
		return err
	}
	if err := walkTar(unpacked, visit); err != nil {
		return err
	}
	// What follows the tar's end, and with it the checksum of gzip.
	return drain(unpacked)
}

func walkTar(source io.Reader, visit func(*tar.Header, *tar.Reader) error) error {
	reader := tar.NewReader(source)
	for {
		header, err := reader.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := visit(header, reader); err != nil {
			return err
		}
	}
}

// Larger steps than io.Discard would take.
type nowhere struct{}

func (nowhere) Write(bytes []byte) (int, error) { return len(bytes), nil }

var buffer = make([]byte, 256<<10)

func drain(source io.Reader) error {
	_, err := io.CopyBuffer(nowhere{}, source, buffer)
	return err
}

func verify(arguments []string, out *bufio.Writer) error {
	sum := sha1.New()
	err := walkArchive(arguments[0], sum, func(header *tar.Header, content *tar.Reader) error {
		if header.Name == rootTar {
			if err := walkTar(content, func(_ *tar.Header, inner *tar.Reader) error { return drain(inner) }); err != nil {
				return err
			}
		}
		return drain(content)
	})
	if err == nil {
		fmt.Fprintln(out, base64.StdEncoding.EncodeToString(sum.Sum(nil)))
	}
	return err
}

func list(arguments []string, out *bufio.Writer) error {
	return walkArchive(arguments[0], nil, func(header *tar.Header, _ *tar.Reader) error {
		fmt.Fprintln(out, header.Name)
		return nil
	})
}

func show(arguments []string, out *bufio.Writer) error {
	return walkArchive(arguments[0], nil, func(header *tar.Header, content *tar.Reader) error {
		if header.Name != "juju-backup/metadata.json" {
			return nil
		}
		_, err := io.Copy(out, content)
		return err
	})
}

// root.tar is not written to the disk: its entries go to juju-backup/root.
func extract(arguments []string, _ *bufio.Writer) error {
	to := arguments[1]
	return walkArchive(arguments[0], nil, func(header *tar.Header, content *tar.Reader) error {
		if header.Name != rootTar {
			return unpackEntry(to, header, content)
		}
		root := filepath.Join(to, "juju-backup", "root")
		return walkTar(content, func(header *tar.Header, inner *tar.Reader) error { return unpackEntry(root, header, inner) })
	})
}

func unpackEntry(to string, header *tar.Header, content io.Reader) error {
	path := filepath.Join(to, header.Name)
	mode := header.FileInfo().Mode().Perm()
	if header.Typeflag == tar.TypeDir {
		return os.MkdirAll(path, mode)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	switch header.Typeflag {
	case tar.TypeSymlink:
		return os.Symlink(header.Linkname, path)
	case tar.TypeReg:
		file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
		if err != nil {
			return err
		}
		// The wrapper keeps the file from reading by itself, in smaller steps.
		if _, err := io.CopyBuffer(struct{ io.Writer }{file}, content, buffer); err != nil {
			file.Close()
			return err
		}
		return file.Close()
	}
	return fmt.Errorf("%s: type %q", header.Name, header.Typeflag)
}
