package clickhouse

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// fakeNPM puts a program named npm on the PATH that "packs" the tarball and
// counts its calls in a file.
func fakeNPM(t *testing.T, tarball []byte) (calls func() int) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "package.tgz"), tarball, 0o600))
	script := fmt.Sprintf(`#!/bin/sh
echo called >> %[1]s/calls
while [ "$1" != "--pack-destination" ]; do shift; done
/bin/cp %[1]s/package.tgz "$2/pkg.tgz"
/bin/sleep 0.3
echo '[{"filename":"pkg.tgz","integrity":"%[2]s"}]'
`, dir, integrityOf(tarball))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "npm"), []byte(script), 0o700))
	t.Setenv("PATH", dir)
	return func() int {
		raw, _ := os.ReadFile(filepath.Join(dir, "calls"))
		return bytes.Count(raw, []byte("\n"))
	}
}

func integrityOf(b []byte) string {
	sum := sha512.Sum512(b)
	return "sha512-" + base64.StdEncoding.EncodeToString(sum[:])
}

func tarballOf(t *testing.T, name, content string) []byte {
	t.Helper()
	var buf bytes.Buffer
	zip := gzip.NewWriter(&buf)
	files := tar.NewWriter(zip)
	require.NoError(t, files.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Size: int64(len(content)), Mode: 0o755}))
	_, err := files.Write([]byte(content))
	require.NoError(t, err)
	require.NoError(t, files.Close())
	require.NoError(t, zip.Close())
	return buf.Bytes()
}

func pinned(t *testing.T, p npmPackage) {
	t.Helper()
	key := platform()
	old := packages[key]
	packages[key] = p
	t.Cleanup(func() { packages[key] = old })
}

func TestFetchOnceForAll(t *testing.T) {
	t.Setenv("AEB_CACHE", t.TempDir())
	tarball := tarballOf(t, "package/libchdb.so", "a library")
	pinned(t, npmPackage{name: "@x/y", integrity: integrityOf(tarball)})
	calls := fakeNPM(t, tarball)

	_, err := Cached()
	require.ErrorIs(t, err, ErrUnavailable)
	var group sync.WaitGroup
	paths := make([]string, 4)
	for i := range paths {
		group.Go(func() {
			var err error
			paths[i], err = Fetch(t.Context(), slog.New(slog.DiscardHandler))
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, p := range paths {
		require.Equal(t, paths[0], p)
	}
	require.Equal(t, 1, calls())
	cached, err := Cached()
	require.NoError(t, err)
	require.Equal(t, paths[0], cached)
	raw, err := os.ReadFile(paths[0])
	require.NoError(t, err)
	require.Equal(t, "a library", string(raw))

	// A copy that was cut short is fetched again.
	require.NoError(t, os.Truncate(paths[0], 3))
	_, err = Fetch(t.Context(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.Equal(t, 2, calls())
}

func TestFetchRefusesAnotherTarball(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("AEB_CACHE", cache)
	pinned(t, npmPackage{name: "@x/y", integrity: integrityOf([]byte("the expected one"))})
	fakeNPM(t, tarballOf(t, "package/libchdb.so", "another"))
	_, err := Fetch(t.Context(), slog.New(slog.DiscardHandler))
	require.ErrorIs(t, err, ErrIntegrity)

	left, err := filepath.Glob(filepath.Join(cache, "clickhouse", "*", "*", "*"))
	require.NoError(t, err)
	require.Len(t, left, 1, "only the lock is left: %v", left)
}

func TestFetchWithoutLibraryInside(t *testing.T) {
	t.Setenv("AEB_CACHE", t.TempDir())
	tarball := tarballOf(t, "package/other.so", "another")
	pinned(t, npmPackage{name: "@x/y"})
	fakeNPM(t, tarball)
	_, err := Fetch(t.Context(), slog.New(slog.DiscardHandler))
	require.ErrorIs(t, err, ErrIntegrity)
}

func TestUnavailableSaysWhatToDo(t *testing.T) {
	log := slog.New(slog.DiscardHandler)
	t.Setenv("AEB_CACHE", t.TempDir())
	t.Setenv("PATH", t.TempDir())
	_, err := Fetch(t.Context(), log)
	require.ErrorIs(t, err, ErrUnavailable)
	require.ErrorContains(t, err, "install Node.js with npm")

	t.Setenv("AEB_LIBCHDB", filepath.Join(t.TempDir(), "none"))
	_, err = Fetch(t.Context(), log)
	require.ErrorIs(t, err, ErrUnavailable)

	t.Setenv("AEB_LIBCHDB", "")
	key := platform()
	old := packages[key]
	delete(packages, key)
	t.Cleanup(func() { packages[key] = old })
	_, err = Fetch(t.Context(), log)
	require.ErrorIs(t, err, ErrUnavailable)
	require.ErrorContains(t, err, "--clickhouse")
}

func TestWaitForLockEndsWithContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	held, err := lockFile(t.Context(), path, func() {})
	require.NoError(t, err)
	defer held.Close()
	ctx, cancel := context.WithCancel(t.Context())
	_, err = lockFile(ctx, path, cancel)
	require.ErrorIs(t, err, context.Canceled)
}

func TestLibraryThatIsNoneIsReported(t *testing.T) {
	fake := filepath.Join(t.TempDir(), libraryName)
	require.NoError(t, os.WriteFile(fake, []byte("not a library"), 0o600))
	t.Setenv("AEB_LIBCHDB", fake)
	_, err := Start(t.Context(), Options{Dir: t.TempDir()})
	require.ErrorIs(t, err, ErrEngine)
	require.ErrorContains(t, err, "load "+fake)
}
