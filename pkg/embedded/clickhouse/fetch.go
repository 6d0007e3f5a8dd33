package clickhouse

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Fetch returns the path of the engine's library and gets it first when it is
// not in the cache: npm downloads the package (178 MB), its hash is checked, the
// library (566 MB) is unpacked. A second process that asks meanwhile waits for
// the first. It returns ErrUnavailable where the library cannot be had and
// ErrIntegrity when the download is not the expected one. A nil log discards.
func Fetch(ctx context.Context, log *slog.Logger) (string, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	library, here, err := locate()
	if err != nil || here {
		return library, err
	}
	pkg, dir := packages[platform()], filepath.Dir(library)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("%w: cache folder: %w", ErrUnavailable, err)
	}
	lock, err := lockFile(ctx, filepath.Join(dir, "lock"), func() {
		log.Info("waiting for another process that fetches ClickHouse", "cache", dir)
	})
	if err != nil {
		return "", fmt.Errorf("lock of ClickHouse cache: %w", err)
	}
	defer lock.Close()
	if fetched(library) {
		return library, nil
	}
	if err := download(ctx, log, pkg, library); err != nil {
		return "", err
	}
	return library, nil
}

// Cached is the path of the engine's library if it is here already. It returns
// ErrUnavailable, and fetches nothing, when it is not.
func Cached() (string, error) {
	library, here, err := locate()
	if err == nil && !here {
		err = fmt.Errorf("%w: it has not been fetched to %s", ErrUnavailable, filepath.Dir(library))
	}
	if err != nil {
		return "", err
	}
	return library, nil
}

// locate says where the library belongs on this machine, and whether it is there.
func locate() (library string, here bool, err error) {
	if path := os.Getenv(libraryEnv); path != "" {
		if _, err := os.Stat(path); err != nil {
			return "", false, fmt.Errorf("%w: %s: %w", ErrUnavailable, libraryEnv, err)
		}
		return path, true, nil
	}
	if _, ok := packages[platform()]; !ok {
		return "", false, fmt.Errorf("%w: there is no ClickHouse library for %s; name a server with --clickhouse, or go on with CSV and JSON",
			ErrUnavailable, platform())
	}
	dir, err := cacheDir()
	if err != nil {
		return "", false, err
	}
	library = filepath.Join(dir, libraryName)
	return library, fetched(library), nil
}

// receipt is written beside the library when, and only when, it is complete and
// its package was checked.
type receipt struct {
	Package   string `json:"package"`
	Integrity string `json:"integrity"`
	Bytes     int64  `json:"bytes"`
}

// fetched reports whether the library is there with its receipt. The hash was
// checked when it was unpacked; here the size must still agree, which finds a
// copy that was cut short at no cost.
func fetched(library string) bool {
	raw, err := os.ReadFile(library + ".json")
	if err != nil {
		return false
	}
	var r receipt
	info, err := os.Stat(library)
	return err == nil && json.Unmarshal(raw, &r) == nil && r.Bytes == info.Size()
}

// download gets, checks and unpacks the package. The library appears under its
// name only when it is whole.
func download(ctx context.Context, log *slog.Logger, pkg npmPackage, library string) error {
	spec := pkg.name + "@" + Version
	npm, err := exec.LookPath("npm")
	if err != nil {
		return unavailable(spec, errors.New("npm is not on the PATH"))
	}
	tmp, err := os.MkdirTemp(filepath.Dir(library), "fetch-")
	if err != nil {
		return fmt.Errorf("%w: cache folder: %w", ErrUnavailable, err)
	}
	defer os.RemoveAll(tmp)

	log.Info("fetching the ClickHouse engine once", "package", spec, "download_mb", 178, "disk_mb", 566, "cache", filepath.Dir(library))
	tarball, integrity, err := npmPack(ctx, npm, spec, tmp)
	if err != nil {
		return unavailable(spec, err)
	}
	if pkg.integrity != "" {
		integrity = pkg.integrity
	} else {
		log.Warn("no hash of this platform's package is in this source; checking it against npm's record", "package", spec)
	}
	bytes, err := unpack(tarball, integrity, filepath.Join(tmp, libraryName))
	if err != nil {
		return fmt.Errorf("package %s: %w", spec, err)
	}
	if err := os.Rename(filepath.Join(tmp, libraryName), library); err != nil {
		return fmt.Errorf("keep library of %s: %w", spec, err)
	}
	raw, err := json.Marshal(receipt{Package: spec, Integrity: integrity, Bytes: bytes})
	if err != nil {
		return fmt.Errorf("receipt of %s: %w", spec, err)
	}
	if err := os.WriteFile(library+".json", raw, 0o644); err != nil {
		return fmt.Errorf("receipt of %s: %w", spec, err)
	}
	log.Info("ClickHouse engine is ready", "library", library, "integrity", integrity)
	return nil
}

// npmPack downloads the package's tarball into dir and returns its path and the
// hash that npm has on record for it. No script of the package runs.
func npmPack(ctx context.Context, npm, spec, dir string) (path, integrity string, err error) {
	cmd := exec.CommandContext(ctx, npm, "pack", spec, "--json", "--ignore-scripts", "--pack-destination", dir)
	cmd.Dir = dir // so that no project's .npmrc is read
	out, err := cmd.Output()
	if err != nil {
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			return "", "", fmt.Errorf("npm pack: %w: %s", err, lastLines(string(exit.Stderr), 3))
		}
		return "", "", fmt.Errorf("npm pack: %w", err)
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(found) != 1 {
		return "", "", fmt.Errorf("npm pack left %d tarballs in %s", len(found), dir)
	}
	// The shape of npm's report differs between its versions; the hash does not.
	var report any
	if err := json.Unmarshal(out, &report); err != nil {
		return "", "", fmt.Errorf("npm pack report: %w", err)
	}
	return found[0], findIntegrity(report), nil
}

// findIntegrity returns the first value under the key "integrity".
func findIntegrity(v any) string {
	switch v := v.(type) {
	case map[string]any:
		if s, ok := v["integrity"].(string); ok {
			return s
		}
		for _, inner := range v {
			if s := findIntegrity(inner); s != "" {
				return s
			}
		}
	case []any:
		for _, inner := range v {
			if s := findIntegrity(inner); s != "" {
				return s
			}
		}
	}
	return ""
}

func unavailable(spec string, cause error) error {
	return fmt.Errorf("%w: %s: %w; install Node.js with npm and see that it reaches a registry, or set %s to a %s, or name a server with --clickhouse",
		ErrUnavailable, spec, cause, libraryEnv, libraryName)
}

// lastLines keeps the end of a program's output, where the reason is.
func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	return strings.Join(lines, " | ")
}
