package nvmltest

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

//go:embed csrc
var source embed.FS

var files = []string{"script.h", "script.c", "nvml.c"}

// Library compiles the fake library and returns its path. It is compiled once
// for each state of its source and kept in the temporary folder.
func Library(tb testing.TB) string {
	tb.Helper()
	path, err := compiled()
	if err != nil {
		tb.Fatalf("compile the fake libnvidia-ml: %v", err)
	}
	return path
}

var compiled = sync.OnceValues(Compile)

// Compile is Library for programs that are not tests.
func Compile() (string, error) {
	hash := sha256.New()
	contents := map[string][]byte{}
	for _, name := range files {
		raw, err := source.ReadFile("csrc/" + name)
		if err != nil {
			return "", err
		}
		contents[name] = raw
		hash.Write(raw)
	}
	dir := filepath.Join(os.TempDir(), "aeb-fake-nvml-"+hex.EncodeToString(hash.Sum(nil)[:8]))
	path := filepath.Join(dir, "libnvidia-ml.so.1")
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return "", err
	}
	work, err := os.MkdirTemp(dir, "build")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	args := []string{"-shared", "-fPIC", "-O2", "-Wl,-soname,libnvidia-ml.so.1", "-o", filepath.Join(work, "out.so")}
	for _, name := range files {
		file := filepath.Join(work, name)
		if err := os.WriteFile(file, contents[name], 0o600); err != nil {
			return "", err
		}
		if filepath.Ext(name) == ".c" {
			args = append(args, file)
		}
	}
	if out, err := exec.Command("cc", args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("cc: %w\n%s", err, out)
	}
	// Two processes may get here at once; either result is whole.
	return path, os.Rename(filepath.Join(work, "out.so"), path)
}
