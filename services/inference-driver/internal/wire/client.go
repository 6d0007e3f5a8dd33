package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

// Client talks to inference servers over connections that it keeps.
type Client struct {
	http *http.Client
	key  config.Secret
}

const (
	dialTimeout = 10 * time.Second
	// idleTimeout is below the five seconds after which uvicorn closes an idle
	// connection, so that a request seldom meets one that is just closing.
	idleTimeout = 3 * time.Second
	// bufferSize is per connection and direction; there may be thousands.
	bufferSize = 8 << 10
)

// NewClient keeps up to connections idle connections per server. The key, when
// there is one, goes out as a bearer token. Proxies of the environment are not
// used and redirects not followed: a detour would be measured as the server.
func NewClient(connections int, key config.Secret) *Client {
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}
	return &Client{key: key, http: &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext:         dialer.DialContext,
			MaxIdleConns:        connections,
			MaxIdleConnsPerHost: connections,
			IdleConnTimeout:     idleTimeout,
			DisableCompression:  true,
			ReadBufferSize:      bufferSize,
			WriteBufferSize:     bufferSize,
		},
	}}
}

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Call is one request for a stream.
type Call struct {
	URL       string
	Body      []byte
	RequestID string
	// Now is the time that events are stamped with. It is called from several
	// goroutines.
	Now func() int64

	// Resent is how often the request went out again because a kept connection
	// turned out to be closed.
	Resent int

	firstByte atomic.Int64
	connected atomic.Bool
	reused    atomic.Bool
}

// FirstByte is when the first byte of the answer came, of whatever status.
func (c *Call) FirstByte() (at int64, ok bool) {
	at = c.firstByte.Load()
	return at - 1, at > 0
}

func (c *Call) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) {
			c.connected.Store(true)
			c.reused.Store(info.Reused)
		},
		// One more than the time, so that 0 is never.
		GotFirstResponseByte: func() { c.firstByte.CompareAndSwap(0, max(c.Now(), 0)+1) },
	})
}

// Stream is an open answer.
type Stream struct {
	*Events
	body   io.ReadCloser
	cancel context.CancelFunc
}

// lingering is how long an answer that is over may take to say so.
const lingering = time.Second

// Close ends the stream. What is left of one that is over is read first, so that
// its connection can be used again; a server that goes on after its end is left.
func (s *Stream) Close(over bool) {
	if over {
		leave := time.AfterFunc(lingering, s.cancel)
		_, _ = io.CopyN(io.Discard, s.body, 4<<10)
		leave.Stop()
	}
	_ = s.body.Close() // nothing is written, so nothing is lost
	s.cancel()
}

const (
	// maxErrorBody bounds what is read of an answer that is no stream.
	maxErrorBody = 64 << 10
	// maxResent bounds how many dead connections one request may meet.
	maxResent = 3
	// deadWithin is how soon a connection that was dead before the request shows
	// it: a round trip. An end that comes later is the server's, who may have
	// begun the work, and the request is not sent twice.
	deadWithin = time.Second
)

// Post sends a call and returns its stream, or an *Error. A kept connection that
// the server had closed is no fault of the request: it goes out again, on
// another connection.
func (c *Client) Post(ctx context.Context, call *Call) (*Stream, error) {
	ctx, cancel := context.WithCancel(ctx)
	response, err := c.post(ctx, call)
	if err != nil {
		cancel()
		return nil, err
	}
	if response.StatusCode == http.StatusOK && !isJSON(response.Header) {
		return &Stream{Events: NewEvents(response.Body, call.Now), body: response.Body, cancel: cancel}, nil
	}
	defer cancel()
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxErrorBody))
	switch {
	case response.StatusCode != http.StatusOK:
		return nil, fromStatus(response.StatusCode, text)
	case err != nil:
		return nil, Classify(ctx, err, BrokenStream)
	}
	return nil, notStream(text)
}

func (c *Client) post(ctx context.Context, call *Call) (*http.Response, error) {
	for {
		call.connected.Store(false)
		call.reused.Store(false)
		began := time.Now()
		request, err := http.NewRequestWithContext(call.trace(ctx), http.MethodPost, call.URL, bytes.NewReader(call.Body))
		if err != nil {
			return nil, fail(Connect, "%v", err)
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Accept", "text/event-stream")
		request.Header.Set("X-Request-Id", call.RequestID)
		c.authorize(request)
		response, err := c.http.Do(request)
		if err == nil {
			return response, nil
		}
		_, answered := call.FirstByte()
		dead := call.reused.Load() && !answered && time.Since(began) < deadWithin
		if dead && ctx.Err() == nil && call.Resent < maxResent {
			call.Resent++
			continue
		}
		class := Connect
		if call.connected.Load() {
			class = BrokenStream
		}
		return nil, Classify(ctx, err, class)
	}
}

func (c *Client) authorize(r *http.Request) {
	if key := c.key.Reveal(); key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
}

// isJSON holds for answers that are one object instead of a stream. Servers that
// name no type, or a wrong one, are read as streams.
func isJSON(h http.Header) bool {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && kind == "application/json"
}

// notStream is status 200 with a single object: an error in disguise, or a
// server that does not stream.
func notStream(text []byte) *Error {
	var c Chunk
	if e, ok := errors.AsType[*Error](c.Parse(text)); ok && e.Class == ErrorInStream {
		return e
	}
	return fail(MalformedChunk, "the answer is not a stream: %s", text[:min(len(text), 200)])
}

// Get fetches a page, at most limit bytes of it.
func (c *Client) Get(ctx context.Context, url string, limit int64) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fail(Connect, "%v", err)
	}
	c.authorize(request)
	response, err := c.http.Do(request)
	if err != nil {
		return nil, Classify(ctx, err, Connect)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, limit))
	if err != nil {
		return nil, Classify(ctx, err, BrokenStream)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fromStatus(response.StatusCode, body)
	}
	return body, nil
}
