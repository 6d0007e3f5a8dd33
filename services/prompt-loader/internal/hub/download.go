package hub

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
)

// download brings a version to its path by way of the partial file, and puts it
// there only when it is whole. at is the file's address on the hub: those that
// it redirects to expire.
func (c Client) download(ctx context.Context, at *url.URL, v version, path, part string) error {
	best := int64(0)
	for again := false; ; again = true {
		fresh := true
		err := c.retry(ctx, func() (progress bool, err error) {
			if !fresh {
				if v, err = c.same(ctx, at, v); err != nil {
					return false, err
				}
			}
			fresh = false
			end, err := c.resume(ctx, v, part)
			progress = end > best
			best = max(best, end)
			return progress, err
		})
		if err != nil {
			return err
		}
		err = verify(part, v)
		if err == nil {
			break
		}
		// A wrong whole may be a resumed download of something that changed.
		if e := forget(part); e != nil {
			return errors.Join(err, e)
		}
		if again {
			return err
		}
	}
	_ = os.Remove(part + tagSuffix)
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("keep download: %w", err)
	}
	return nil
}

// same asks again where a version is to be had.
func (c Client) same(ctx context.Context, at *url.URL, v version) (version, error) {
	now, err := c.latest(ctx, at)
	if err == nil && now.ETag != v.ETag {
		err = fmt.Errorf("%w: it changed on the hub meanwhile", ErrCorrupt)
	}
	return now, err
}

// tagSuffix marks the file that holds the content network's own tag of a partial
// download, which need not be the hub's.
const tagSuffix = ".etag"

// resume makes one attempt to get the rest of the partial file, and returns
// where that ends now.
func (c Client) resume(ctx context.Context, v version, part string) (end int64, err error) {
	out, err := os.OpenFile(part, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return 0, fmt.Errorf("keep download: %w", err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	have, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, fmt.Errorf("keep download: %w", err)
	}
	if v.Size >= 0 && have == v.Size {
		return have, nil // all there, and not verified yet
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	resp, err := c.follow(ctx, v.source, rest(v, part, have))
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusPartialContent && startsAt(resp, have):
	case resp.StatusCode == http.StatusOK:
		have = 0
	case resp.StatusCode == http.StatusRequestedRangeNotSatisfiable, resp.StatusCode == http.StatusPartialContent:
		err := &transient{fmt.Errorf("%w: what comes after %d bytes is not to be had", ErrUnavailable, have), 0}
		return 0, errors.Join(err, forget(part))
	case resp.StatusCode == http.StatusForbidden && !c.owns(resp.Request.URL):
		return 0, &transient{fmt.Errorf("%w (403): %s", ErrUnavailable, shown(resp.Request.URL)), 0}
	default:
		return 0, c.refusal(resp)
	}
	if err := begin(out, have, part+tagSuffix, resp.Header.Get("Etag")); err != nil {
		return 0, err
	}
	n, err := io.Copy(out, &stalling{body: resp.Body, stop: stop})
	end = have + n
	switch {
	case err != nil:
		return end, &transient{fmt.Errorf("%w: broken off after %d bytes: %w", ErrUnavailable, end, err), 0}
	case v.Size >= 0 && end < v.Size:
		return end, &transient{fmt.Errorf("%w: ended after %d of %d bytes", ErrCorrupt, end, v.Size), 0}
	}
	return end, nil
}

// rest asks for what comes after the bytes there are, if it is of the same file:
// by its tag, or by the checksum in the end.
func rest(v version, part string, have int64) http.Header {
	header := http.Header{}
	tag, _ := os.ReadFile(part + tagSuffix)
	if have == 0 || v.Size >= 0 && have > v.Size || len(tag) == 0 && v.SHA256 == "" {
		return header
	}
	header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	if len(tag) > 0 {
		header.Set("If-Range", string(tag))
	}
	return header
}

// begin makes the partial file end at offset and notes the tag of what follows.
// A weak tag does not promise the same bytes.
func begin(out *os.File, offset int64, tagPath, tag string) error {
	if err := out.Truncate(offset); err != nil {
		return fmt.Errorf("keep download: %w", err)
	}
	if _, err := out.Seek(offset, io.SeekStart); err != nil {
		return fmt.Errorf("keep download: %w", err)
	}
	if strings.HasPrefix(tag, "W/") {
		tag = ""
	}
	if err := os.WriteFile(tagPath, []byte(tag), 0o600); err != nil {
		return fmt.Errorf("keep download: %w", err)
	}
	return nil
}

// follow gets a URL through its redirects.
func (c Client) follow(ctx context.Context, at *url.URL, header http.Header) (*http.Response, error) {
	from := at
	for range maxRedirects {
		resp, err := c.send(ctx, http.MethodGet, from, header)
		if err != nil {
			return nil, err
		}
		onward, err := next(from, resp)
		if onward == nil && err == nil {
			return resp, nil
		}
		resp.Body.Close()
		if err != nil {
			return nil, err
		}
		from = onward
	}
	return nil, fmt.Errorf("%w: %s redirects without end", ErrUnavailable, shown(at))
}

// startsAt reports whether a partial answer begins at offset.
func startsAt(resp *http.Response, offset int64) bool {
	return strings.HasPrefix(resp.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", offset))
}

// verify holds a complete download to what the hub says of it.
func verify(part string, v version) error {
	f, err := os.Open(part)
	if err != nil {
		return fmt.Errorf("keep download: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	if err != nil {
		return fmt.Errorf("keep download: %w", err)
	}
	if v.Size >= 0 && n != v.Size {
		return fmt.Errorf("%w: %d bytes instead of %d", ErrCorrupt, n, v.Size)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); v.SHA256 != "" && got != v.SHA256 {
		return fmt.Errorf("%w: SHA-256 is %s instead of %s", ErrCorrupt, got, v.SHA256)
	}
	return nil
}

func forget(part string) error {
	for _, path := range []string{part, part + tagSuffix} {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("drop download: %w", err)
		}
	}
	return nil
}

// stalling ends a transfer in which nothing arrives for a while.
type stalling struct {
	body io.Reader
	stop context.CancelFunc
}

func (s *stalling) Read(p []byte) (int, error) {
	timer := time.AfterFunc(stallTimeout, s.stop)
	defer timer.Stop()
	return s.body.Read(p)
}
