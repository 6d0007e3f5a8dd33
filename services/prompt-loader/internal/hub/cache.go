package hub

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// slot is the folder of one file of one dataset of one hub. It holds the
// versions that were downloaded, and which of them is the current one.
type slot struct{ dir string }

func (c Client) slot(f File) slot {
	return slot{filepath.Join(c.dir(f.Dataset), short(f.URL))}
}

// dir is a dataset's folder: by hub, since the same name means another dataset
// on another one.
func (c Client) dir(dataset string) string {
	host := "hub"
	if u, err := url.Parse(c.Endpoint); err == nil {
		host = strings.ReplaceAll(u.Host+u.Path, ":", "_")
	}
	return filepath.Join(c.CacheDir, strings.ReplaceAll(host, "/", "_"), strings.ReplaceAll(dataset, "/", "--"))
}

func (c Client) listingPath(q Query) string {
	return filepath.Join(c.dir(q.Dataset), "files-"+short(q.Revision+" "+strings.Join(q.Endings, " "))+".json")
}

func (s slot) current() string       { return filepath.Join(s.dir, "current.json") }
func (s slot) path(v version) string { return filepath.Join(s.dir, v.Name) }
func (s slot) part(v version) string { return filepath.Join(s.dir, short(v.ETag)+".part") }

// cached is the current version, if its copy is in place.
func (s slot) cached() (version, bool) {
	var v version
	if readJSON(s.current(), &v) != nil || v.Name == "" {
		return v, false
	}
	info, err := os.Stat(s.path(v))
	return v, err == nil && (v.Size < 0 || info.Size() == v.Size)
}

// lockPoll is how often a taken lock is tried again.
const lockPoll = 100 * time.Millisecond

// lock keeps other downloads of the file out, of this process and of others.
func (s slot) lock(ctx context.Context) (unlock func(), err error) {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return nil, fmt.Errorf("dataset cache: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(s.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("dataset cache: %w", err)
	}
	poll := time.NewTicker(lockPoll)
	defer poll.Stop()
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return func() { f.Close() }, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			f.Close()
			return nil, fmt.Errorf("dataset cache: lock: %w", err)
		}
		select {
		case <-ctx.Done():
			f.Close()
			return nil, ctx.Err()
		case <-poll.C:
		}
	}
}

// short names what is too long, or too strange, to be a file name.
func short(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:8])
}

func readJSON(path string, into any) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

// writeJSON replaces a file in one step.
func writeJSON(path string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("dataset cache: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("dataset cache: %w", err)
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return fmt.Errorf("dataset cache: %w", err)
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(raw)
	if err = errors.Join(err, temp.Close()); err != nil {
		return fmt.Errorf("dataset cache: %w", err)
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return fmt.Errorf("dataset cache: %w", err)
	}
	return nil
}
