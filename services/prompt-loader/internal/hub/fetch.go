package hub

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// version is one state of a file on the hub, as its headers say.
type version struct {
	// ETag names the content; SHA256 is it where the hub gives that.
	ETag   string `json:"etag"`
	SHA256 string `json:"sha256,omitempty"`
	// Size in bytes; -1 when unknown.
	Size   int64  `json:"size"`
	Commit string `json:"commit,omitempty"`
	// Name is that of the cached copy, in the file's slot.
	Name string `json:"name,omitempty"`

	// source is where to download it from, and may be signed.
	source *url.URL
}

// Fetch returns the path of a local copy, downloading it unless the cache has
// the hub's present version. The copy stays as it is: a later version gets
// another path.
func (c Client) Fetch(ctx context.Context, f File) (string, error) {
	at, err := url.Parse(f.URL)
	if err != nil {
		return "", fmt.Errorf("%w: %s", ErrNotFound, f.Name)
	}
	slot := c.slot(f)
	if c.Offline {
		if have, ok := slot.cached(); ok {
			return slot.path(have), nil
		}
		return "", fmt.Errorf("%w: %s of %s was never downloaded", ErrOffline, f.Name, f.Dataset)
	}
	unlock, err := slot.lock(ctx)
	if err != nil {
		return "", err
	}
	defer unlock()
	latest, err := c.latest(ctx, at)
	if err != nil {
		return "", fmt.Errorf("%s of %s: %w", f.Name, f.Dataset, err)
	}
	if have, ok := slot.cached(); ok && latest.ETag != "" && have.ETag == latest.ETag {
		return slot.path(have), nil
	}
	latest.Name = short(latest.ETag) + "." + ending(f.Name)
	if err := c.download(ctx, at, latest, slot.path(latest), slot.part(latest)); err != nil {
		return "", fmt.Errorf("%s of %s: %w", f.Name, f.Dataset, err)
	}
	return slot.path(latest), writeJSON(slot.current(), latest)
}

var sha256Pattern = regexp.MustCompile(`^[0-9a-f]{64}$`)

// latest asks for a file's headers. The hub describes a large file in the answer
// that redirects to the content network, so the walk ends there.
func (c Client) latest(ctx context.Context, at *url.URL) (version, error) {
	var v version
	err := c.retry(ctx, func() (bool, error) {
		v = version{Size: -1}
		from := at
		for range maxRedirects {
			resp, err := c.send(ctx, http.MethodHead, from, nil)
			if err != nil {
				return false, err
			}
			resp.Body.Close()
			onward, err := next(from, resp)
			if err != nil {
				return false, err
			}
			if onward == nil && resp.StatusCode != http.StatusOK {
				return false, c.refusal(resp)
			}
			v.read(resp.Header, onward != nil)
			if onward == nil {
				v.source = from
				return false, nil
			}
			if v.source = onward; !c.owns(onward) {
				return false, nil
			}
			from = onward
		}
		return false, fmt.Errorf("%w: %s redirects without end", ErrUnavailable, shown(at))
	})
	return v, err
}

// read takes what one answer says of the file.
func (v *version) read(h http.Header, redirect bool) {
	if commit := h.Get("X-Repo-Commit"); commit != "" {
		v.Commit = commit
	}
	tag, size := h.Get("X-Linked-Etag"), h.Get("X-Linked-Size")
	if !redirect {
		if tag == "" {
			tag = h.Get("Etag")
		}
		if size == "" {
			size = h.Get("Content-Length")
		}
	}
	if tag = strings.Trim(strings.TrimPrefix(tag, "W/"), `"`); tag != "" {
		v.ETag = tag
		v.SHA256 = ""
		if sha256Pattern.MatchString(tag) {
			v.SHA256 = tag
		}
	}
	if n, err := strconv.ParseInt(size, 10, 64); err == nil && n >= 0 {
		v.Size = n
	}
}
