package hub

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

// Client reads one hub.
type Client struct {
	// Endpoint is the hub's base URL, such as https://huggingface.co.
	Endpoint string
	// Token is for private and gated datasets; empty reads public ones.
	Token config.Secret
	// CacheDir keeps listings and files. Processes may share it.
	CacheDir string
	// Offline uses the cache alone.
	Offline bool

	// Transport replaces the usual HTTP transport when set.
	Transport http.RoundTripper
	// Pause replaces waiting between attempts when set.
	Pause func(ctx context.Context, d time.Duration) error
}

const (
	maxRedirects = 10
	// headerTimeout bounds the wait for an answer to begin, stallTimeout the
	// wait for its next bytes.
	headerTimeout = 30 * time.Second
	stallTimeout  = 60 * time.Second
)

var defaultTransport = func() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.DialContext = (&net.Dialer{Timeout: 10 * time.Second}).DialContext
	t.ResponseHeaderTimeout = headerTimeout
	return t
}()

// send makes one request and follows no redirect. Only the hub's own origin sees
// the token: net/http alone would pass it on to subdomains and other ports.
func (c Client) send(ctx context.Context, method string, to *url.URL, header http.Header) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, to.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", ErrUnavailable, shown(to))
	}
	req.Header = header.Clone()
	if req.Header == nil {
		req.Header = http.Header{}
	}
	// Sizes and ranges are those of the file, not of a compressed transfer.
	req.Header.Set("Accept-Encoding", "identity")
	req.Header.Set("User-Agent", "ai-energy-benchmarks")
	if token := c.Token.Reveal(); token != "" && c.owns(to) {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	transport := c.Transport
	if transport == nil {
		transport = defaultTransport
	}
	client := http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		// The error names the URL with its query, where content networks put
		// signatures: keep the cause only.
		if named, ok := errors.AsType[*url.Error](err); ok {
			err = named.Err
		}
		return nil, &transient{fmt.Errorf("%w: %s: %w", ErrUnavailable, shown(to), err), 0}
	}
	return resp, nil
}

// owns reports whether a URL is of the hub's own origin.
func (c Client) owns(u *url.URL) bool {
	home, err := url.Parse(c.Endpoint)
	return err == nil && sameOrigin(home, u)
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

// shown is a URL as it may stand in a message.
func shown(u *url.URL) string {
	bare := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	return bare.String()
}

// next is where a redirect leads; nil when resp is none.
func next(from *url.URL, resp *http.Response) (*url.URL, error) {
	if resp.StatusCode/100 != 3 || resp.Header.Get("Location") == "" {
		return nil, nil
	}
	to, err := from.Parse(resp.Header.Get("Location"))
	if err != nil {
		return nil, fmt.Errorf("%w: %s redirects to something that is no URL", ErrUnavailable, shown(from))
	}
	if from.Scheme == "https" && to.Scheme != "https" {
		return nil, fmt.Errorf("%w: %s redirects to %s, which is not encrypted", ErrUnavailable, shown(from), shown(to))
	}
	return to, nil
}

// at is a URL of the hub's own: the endpoint and escaped path segments.
func (c Client) at(segments ...string) (*url.URL, error) {
	base, err := url.Parse(strings.TrimRight(c.Endpoint, "/"))
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return nil, fmt.Errorf("%w: hub endpoint %q is not an http:// or https:// URL", ErrUnavailable, c.Endpoint)
	}
	escaped := make([]string, len(segments))
	for i, s := range segments {
		escaped[i] = url.PathEscape(s)
	}
	return base.Parse(strings.TrimRight(base.EscapedPath(), "/") + "/" + strings.Join(escaped, "/"))
}
