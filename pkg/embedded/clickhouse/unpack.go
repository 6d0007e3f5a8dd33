package clickhouse

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// maxLibraryBytes bounds what is unpacked: about three times the library's size.
const maxLibraryBytes = 2 << 30

// unpack checks the tarball against its npm integrity string and then writes the
// library inside it to dest. It returns the library's size, or ErrIntegrity.
func unpack(tarball, integrity, dest string) (int64, error) {
	if err := checkIntegrity(tarball, integrity); err != nil {
		return 0, err
	}
	in, err := os.Open(tarball)
	if err != nil {
		return 0, fmt.Errorf("open tarball: %w", err)
	}
	defer in.Close()
	zip, err := gzip.NewReader(in)
	if err != nil {
		return 0, fmt.Errorf("tarball: %w", err)
	}
	for files := tar.NewReader(zip); ; {
		header, err := files.Next()
		if errors.Is(err, io.EOF) {
			return 0, fmt.Errorf("%w: no %s in it", ErrIntegrity, libraryName)
		}
		if err != nil {
			return 0, fmt.Errorf("tarball: %w", err)
		}
		if header.Name != "package/"+libraryName || header.Typeflag != tar.TypeReg {
			continue
		}
		if header.Size > maxLibraryBytes {
			return 0, fmt.Errorf("%w: %s has %d bytes", ErrIntegrity, libraryName, header.Size)
		}
		return header.Size, writeFile(dest, files)
	}
}

// checkIntegrity compares a file with an npm integrity string, "sha512-<base64>".
func checkIntegrity(path, integrity string) error {
	want, ok := strings.CutPrefix(integrity, "sha512-")
	if !ok {
		return fmt.Errorf("%w: npm gave no sha512 (%q)", ErrIntegrity, integrity)
	}
	in, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("open tarball: %w", err)
	}
	defer in.Close()
	hash := sha512.New()
	if _, err := io.Copy(hash, in); err != nil {
		return fmt.Errorf("read tarball: %w", err)
	}
	if got := base64.StdEncoding.EncodeToString(hash.Sum(nil)); got != want {
		return fmt.Errorf("%w: sha512 is %s, want %s", ErrIntegrity, got, want)
	}
	return nil
}

func writeFile(dest string, from io.Reader) error {
	out, err := os.OpenFile(dest, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	if err != nil {
		return fmt.Errorf("write library: %w", err)
	}
	_, err = io.Copy(out, from)
	// Synced before the receipt: a machine that dies must not leave a library
	// with holes and a receipt that vouches for it.
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		return fmt.Errorf("write library: %w", err)
	}
	return nil
}
