package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

// Client talks to inference servers over connections that it keeps.
type Client struct {
	http *http.Client
	key  config.Secret
}

// NewClient keeps up to connections idle connections per server. The key, when
// there is one, goes out as a bearer token.
func NewClient(connections int, key config.Secret) *Client {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &Client{key: key, http: &http.Client{Transport: &http.Transport{
		DialContext:         dialer.DialContext,
		MaxIdleConns:        connections,
		MaxIdleConnsPerHost: connections,
		// uvicorn closes idle connections after five seconds; letting go of them
		// earlier keeps a request from meeting a connection that is just closing.
		IdleConnTimeout:    3 * time.Second,
		DisableCompression: true,
		ReadBufferSize:     16 << 10,
	}}}
}

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// maxErrorBody bounds what is read of an answer that is not 200.
const maxErrorBody = 64 << 10

// Stream is an open answer.
type Stream struct {
	*Events
	body io.ReadCloser
}

// Close ends the stream. What is left of a finished one is read first, so that
// its connection can be used again.
func (s *Stream) Close() error {
	_, _ = io.CopyN(io.Discard, s.body, 512)
	return s.body.Close()
}

// Post sends a request and returns its stream, or an *Error. A kept connection
// that the server closed before it read anything is no fault of the request: it
// goes out once more, on a new one.
func (c *Client) Post(ctx context.Context, url string, body []byte, requestID string) (*Stream, error) {
	response, err := c.post(ctx, url, body, requestID)
	if err != nil && ctx.Err() == nil && closedIdle(err) {
		response, err = c.post(ctx, url, body, requestID)
	}
	if err != nil {
		return nil, Classify(ctx, err, Connect)
	}
	if response.StatusCode != http.StatusOK {
		defer response.Body.Close()
		text, _ := io.ReadAll(io.LimitReader(response.Body, maxErrorBody))
		return nil, fromStatus(response.StatusCode, text)
	}
	return &Stream{Events: NewEvents(response.Body), body: response.Body}, nil
}

func (c *Client) post(ctx context.Context, url string, body []byte, requestID string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Accept", "text/event-stream")
	request.Header.Set("X-Request-Id", requestID)
	c.authorize(request)
	return c.http.Do(request)
}

func (c *Client) authorize(r *http.Request) {
	if key := c.key.Reveal(); key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
}

// closedIdle holds for the errors of a connection that the server had already
// closed. A server that answered nothing has not begun the request.
func closedIdle(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		strings.Contains(err.Error(), "server closed idle connection")
}

// Get fetches a page, at most limit bytes of it.
func (c *Client) Get(ctx context.Context, url string, limit int64) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
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

// ErrModel is returned, wrapped, when a server does not list the model.
var ErrModel = errors.New("model is not served")

const maxPage = 4 << 20

// Check asks whether the server at base is up and serves the model. A server
// without /health, as other engines than vLLM are, is up when it lists models.
func (c *Client) Check(ctx context.Context, base, model string) error {
	page, err := c.Get(ctx, base+"/v1/models", maxPage)
	if err != nil {
		return err
	}
	var list struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if err := json.Unmarshal(page, &list); err != nil {
		return fail(ServerError, "its list of models is not JSON: %v", err)
	}
	names := make([]string, len(list.Data))
	for i, m := range list.Data {
		names[i] = m.ID
	}
	if !slices.Contains(names, model) {
		return fmt.Errorf("%w: %q; the server has %s", ErrModel, model, strings.Join(names, ", "))
	}
	_, err = c.Get(ctx, base+"/health", maxPage)
	var failed *Error
	if errors.As(err, &failed) && failed.Class == NotFound {
		return nil
	}
	return err
}
