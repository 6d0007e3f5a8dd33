// Package hubtest is a stand-in for a Hugging Face Hub on loopback: its API, its
// redirects to a content network on another port, ranges, tokens and refusals,
// and faults on demand.
//
// It keeps to what the hub's documentation and the client library
// huggingface_hub show of the wire. It is for tests only.
package hubtest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Hub is two servers: the hub, and the content network that it redirects to.
type Hub struct {
	// URL is the hub's endpoint.
	URL string

	cdn *httptest.Server

	mu       sync.Mutex
	datasets map[string]Dataset
	log      []Request
	faults   []Fault
}

// Dataset is what the hub has under a name.
type Dataset struct {
	// Converted are the shards of the hub's own Parquet conversion by config and
	// split; nil when there is none.
	Converted map[string]map[string][][]byte
	// Files are the repository's own, by path.
	Files  map[string][]byte
	Commit string
	// Card is the dataset card's metadata.
	Card map[string]any
	// Token, when set, is needed to read the dataset; Gated says that it is
	// public knowledge that there is one.
	Token string
	Gated bool
	// Small files are served by the hub itself, with a git blob id as their tag.
	Small bool
	// SHA256 replaces the true checksum of large files.
	SHA256 string
}

// Request is one that was made.
type Request struct {
	// CDN tells the content network's from the hub's.
	CDN                         bool
	Method, Path, Authorization string
	Range, IfRange              string
}

// Fault answers instead of the server, Times times, where Match says so.
type Fault struct {
	Match  func(Request) bool
	Times  int
	Answer func(w http.ResponseWriter, r *http.Request, content []byte)
}

// New starts a hub that ends with the test.
func New(tb testing.TB) *Hub {
	tb.Helper()
	h := &Hub{datasets: map[string]Dataset{}}
	hub := httptest.NewServer(http.HandlerFunc(h.serveHub))
	h.cdn = httptest.NewServer(http.HandlerFunc(h.serveCDN))
	tb.Cleanup(hub.Close)
	tb.Cleanup(h.cdn.Close)
	h.URL = hub.URL
	return h
}

// Add puts a dataset up, or another version of it.
func (h *Hub) Add(name string, d Dataset) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if d.Commit == "" {
		d.Commit = strings.Repeat("c", 40)
	}
	h.datasets[name] = d
}

// Break adds a fault.
func (h *Hub) Break(f Fault) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.faults = append(h.faults, f)
}

// Requests are those made so far.
func (h *Hub) Requests() []Request {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.log)
}

// Downloads are the requests for content.
func (h *Hub) Downloads() []Request {
	return slices.DeleteFunc(h.Requests(), func(r Request) bool { return !r.CDN })
}

// OnCDN matches requests for content, OnHub those to the hub itself.
func OnCDN(r Request) bool { return r.CDN }

// OnHub matches requests to the hub itself.
func OnHub(r Request) bool { return !r.CDN }

// Status is a fault that answers with a status and a header.
func Status(match func(Request) bool, times, status int, header ...string) Fault {
	return Fault{match, times, func(w http.ResponseWriter, _ *http.Request, _ []byte) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
	}}
}

// CutAfter is a fault that breaks the connection off after n bytes of content.
func CutAfter(n, times int) Fault {
	return Fault{OnCDN, times, func(w http.ResponseWriter, r *http.Request, content []byte) {
		start := 0
		if _, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &start); err == nil {
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", start, len(content)-1, len(content)))
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(content)-start))
		w.Header().Set("Etag", tag(content))
		if start > 0 {
			w.WriteHeader(http.StatusPartialContent)
		}
		_, _ = w.Write(content[start:min(len(content), start+n)])
		panic(http.ErrAbortHandler)
	}}
}

// Garble is a fault that sends as many other bytes.
func Garble(times int) Fault {
	return Fault{OnCDN, times, func(w http.ResponseWriter, _ *http.Request, content []byte) {
		_, _ = w.Write(bytes.Repeat([]byte{'x'}, len(content)))
	}}
}

// Truncate is a fault that sends n bytes as if they were all.
func Truncate(n, times int) Fault {
	return Fault{OnCDN, times, func(w http.ResponseWriter, _ *http.Request, content []byte) {
		_, _ = w.Write(content[:n])
	}}
}

// note logs a request and finds the fault that it meets.
func (h *Hub) note(r *http.Request, cdn bool) *Fault {
	h.mu.Lock()
	defer h.mu.Unlock()
	seen := Request{cdn, r.Method, r.URL.EscapedPath(), r.Header.Get("Authorization"), r.Header.Get("Range"), r.Header.Get("If-Range")}
	h.log = append(h.log, seen)
	for i := range h.faults {
		if f := &h.faults[i]; f.Times > 0 && f.Match(seen) {
			f.Times--
			return f
		}
	}
	return nil
}

func (h *Hub) serveHub(w http.ResponseWriter, r *http.Request) {
	if f := h.note(r, false); f != nil {
		f.Answer(w, r, nil)
		return
	}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	switch {
	case len(parts) >= 5 && parts[0] == "api" && parts[1] == "datasets" && parts[4] == "parquet":
		h.with(w, r, parts[2]+"/"+parts[3], func(d Dataset) { h.serveConversion(w, r, parts, d) })
	case len(parts) >= 6 && parts[0] == "api" && parts[4] == "revision":
		h.with(w, r, parts[2]+"/"+parts[3], func(d Dataset) { h.serveRevision(w, strings.Join(parts[5:], "/"), d) })
	case len(parts) >= 6 && parts[0] == "datasets" && parts[3] == "resolve":
		h.with(w, r, parts[1]+"/"+parts[2], func(d Dataset) { h.serveFile(w, r, parts, d) })
	default:
		http.NotFound(w, r)
	}
}

// with checks that the dataset is there and may be read.
func (h *Hub) with(w http.ResponseWriter, r *http.Request, name string, serve func(Dataset)) {
	h.mu.Lock()
	d, ok := h.datasets[name]
	h.mu.Unlock()
	sent := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case ok && (d.Token == "" || d.Token == sent):
		serve(d)
	case ok && d.Gated:
		refuse(w, http.StatusForbidden, "GatedRepo", "Access to this dataset is restricted")
	case sent == "":
		refuse(w, http.StatusUnauthorized, "", "Invalid username or password.")
	default:
		refuse(w, http.StatusNotFound, "RepoNotFound", "Repository not found")
	}
}

func refuse(w http.ResponseWriter, status int, code, message string) {
	if code != "" {
		w.Header().Set("X-Error-Code", code)
	}
	w.Header().Set("X-Error-Message", message)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"error": message})
}

// serveConversion is /api/datasets/{owner}/{name}/parquet[/{config}/{split}/{n}.parquet].
func (h *Hub) serveConversion(w http.ResponseWriter, r *http.Request, parts []string, d Dataset) {
	if len(parts) == 8 {
		n, err := strconv.Atoi(strings.TrimSuffix(parts[7], ".parquet"))
		if shards := d.Converted[parts[5]][parts[6]]; err != nil || n >= len(shards) {
			refuse(w, http.StatusNotFound, "EntryNotFound", "Entry not found")
			return
		}
		to := fmt.Sprintf("/datasets/%s/%s/resolve/refs%%2Fconvert%%2Fparquet/%s/%s/%04d.parquet", parts[2], parts[3], parts[5], parts[6], n)
		http.Redirect(w, r, to, http.StatusFound)
		return
	}
	if d.Converted == nil {
		refuse(w, http.StatusNotFound, "", "The dataset viewer is not available for this dataset.")
		return
	}
	list := map[string]map[string][]string{}
	for config, splits := range d.Converted {
		list[config] = map[string][]string{}
		for split, shards := range splits {
			for n := range shards {
				list[config][split] = append(list[config][split], fmt.Sprintf("%s/api/datasets/%s/%s/parquet/%s/%s/%d.parquet", h.URL, parts[2], parts[3], config, split, n))
			}
		}
	}
	_ = json.NewEncoder(w).Encode(list)
}

// serveRevision is /api/datasets/{owner}/{name}/revision/{revision}.
func (h *Hub) serveRevision(w http.ResponseWriter, revision string, d Dataset) {
	if revision != "main" && revision != d.Commit {
		refuse(w, http.StatusNotFound, "RevisionNotFound", "Invalid rev id: "+revision)
		return
	}
	siblings := []map[string]string{}
	for name := range d.Files {
		siblings = append(siblings, map[string]string{"rfilename": name})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"sha": d.Commit, "private": d.Token != "", "siblings": siblings, "cardData": d.Card})
}

// serveFile is /datasets/{owner}/{name}/resolve/{revision}/{path}.
func (h *Hub) serveFile(w http.ResponseWriter, r *http.Request, parts []string, d Dataset) {
	content, ok := d.content(r.URL.EscapedPath())
	if !ok {
		refuse(w, http.StatusNotFound, "EntryNotFound", "Entry not found")
		return
	}
	w.Header().Set("X-Repo-Commit", d.Commit)
	if d.Small {
		w.Header().Set("Etag", tag(content))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
		return
	}
	sum := sha256.Sum256(content)
	linked := d.SHA256
	if linked == "" {
		linked = hex.EncodeToString(sum[:])
	}
	w.Header().Set("X-Linked-Etag", `"`+linked+`"`)
	w.Header().Set("X-Linked-Size", strconv.Itoa(len(content)))
	to := h.cdn.URL + "/" + parts[1] + "/" + parts[2] + "?of=" + url.QueryEscape(r.URL.EscapedPath()) + "&Signature=secret-signature"
	http.Redirect(w, r, to, http.StatusFound)
}

// content finds what a resolve path names.
func (d Dataset) content(escaped string) ([]byte, bool) {
	parts := strings.Split(strings.Trim(escaped, "/"), "/")
	if len(parts) < 6 {
		return nil, false
	}
	if parts[4] == "refs%2Fconvert%2Fparquet" && len(parts) == 8 {
		var n int
		shards := d.Converted[parts[5]][parts[6]]
		if _, err := fmt.Sscanf(parts[7], "%d.parquet", &n); err != nil || n >= len(shards) {
			return nil, false
		}
		return shards[n], true
	}
	name, err := url.PathUnescape(strings.Join(parts[5:], "/"))
	content, ok := d.Files[name]
	return content, err == nil && ok
}

func (h *Hub) serveCDN(w http.ResponseWriter, r *http.Request) {
	name := strings.Trim(r.URL.Path, "/")
	h.mu.Lock()
	d := h.datasets[name]
	h.mu.Unlock()
	content, ok := d.content(r.URL.Query().Get("of"))
	fault := h.note(r, true)
	switch {
	case !ok || r.URL.Query().Get("Signature") == "":
		w.WriteHeader(http.StatusForbidden)
	case fault != nil:
		fault.Answer(w, r, content)
	default:
		// The content network's own tag, which is not the hub's.
		w.Header().Set("Etag", tag(content))
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}
}

func tag(content []byte) string {
	sum := sha256.Sum256(content)
	return `"` + hex.EncodeToString(sum[:10]) + `"`
}
