package redfish

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

// How requests are authorised.
const (
	// Session logs in once and keeps a token.
	Session = "session"
	// Basic sends the password with every request, for controllers without sessions.
	Basic = "basic"
)

// Account is whom the controller knows.
type Account struct {
	User     string
	Password config.Secret
	// Auth is Session or Basic.
	Auth string
}

// sessions is where one is made (Redfish specification, DSP0266, 13.3.4).
const sessions = "/redfish/v1/SessionService/Sessions"

const (
	maxAnswerBytes = 1 << 20
	maxRedirects   = 3
)

// client talks to one controller. It is not safe for concurrent use.
type client struct {
	base    *url.URL
	http    *http.Client
	account Account
	// token and session are of the session that is open; both are "" without one.
	token, session string
}

// newClient trusts the authorities given, or the system's when there are none.
func newClient(base *url.URL, account Account, trust *x509.CertPool, skipVerify bool, timeout time.Duration) *client {
	return &client{
		base: base, account: account,
		http: &http.Client{
			Timeout: timeout,
			Transport: &http.Transport{
				TLSClientConfig: &tls.Config{
					MinVersion: tls.VersionTLS12, RootCAs: trust,
					InsecureSkipVerify: skipVerify, //nolint:gosec // the config asks for it, and the host's description says so
				},
				MaxIdleConnsPerHost: 1,
			},
			CheckRedirect: func(r *http.Request, via []*http.Request) error {
				if len(via) > maxRedirects || r.URL.Scheme != base.Scheme || r.URL.Host != base.Host {
					return fmt.Errorf("%w: it sends us elsewhere", ErrAnswer)
				}
				return nil
			},
		},
	}
}

// get reads a resource into a pointer to what is wanted of it.
func (c *client) get(ctx context.Context, path string, into any) error {
	opened, err := c.open(ctx)
	if err != nil {
		return err
	}
	body, _, err := c.do(ctx, http.MethodGet, path, nil)
	if errors.Is(err, ErrUnauthorised) && c.account.Auth == Session && !opened {
		// The session was ended, by its age or a restart of the controller.
		c.token = ""
		if _, err := c.open(ctx); err != nil {
			return err
		}
		body, _, err = c.do(ctx, http.MethodGet, path, nil)
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%w: %s is not what Redfish has there", ErrAnswer, path)
	}
	return nil
}

// open logs in where that is needed, and says whether it was.
func (c *client) open(ctx context.Context) (bool, error) {
	if c.account.Auth != Session || c.token != "" {
		return false, nil
	}
	login, err := json.Marshal(map[string]string{"UserName": c.account.User, "Password": c.account.Password.Reveal()})
	if err != nil {
		return false, err
	}
	_, header, err := c.do(ctx, http.MethodPost, sessions, login)
	if err != nil {
		return false, err
	}
	c.token, c.session = header.Get("X-Auth-Token"), ""
	if c.token == "" {
		return false, fmt.Errorf("%w: no token for a new session", ErrAnswer)
	}
	// Some name it by an address of theirs that is not the one we know.
	if location, err := url.Parse(header.Get("Location")); err == nil {
		c.session = location.Path
	}
	return true, nil
}

// close ends the session, of which controllers have few.
func (c *client) close(ctx context.Context) error {
	defer c.http.CloseIdleConnections()
	if c.token == "" || c.session == "" {
		return nil
	}
	_, _, err := c.do(ctx, http.MethodDelete, c.session, nil)
	c.token, c.session = "", ""
	return err
}

// do makes a request and returns the body of its success. Errors name the path and
// nothing that was sent or answered.
func (c *client) do(ctx context.Context, method, path string, body []byte) ([]byte, http.Header, error) {
	target, err := c.base.Parse(path)
	if err != nil || target.Scheme != c.base.Scheme || target.Host != c.base.Host {
		return nil, nil, fmt.Errorf("%w: a link leads elsewhere", ErrAnswer)
	}
	request, err := http.NewRequestWithContext(ctx, method, target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, nil, fmt.Errorf("%w: a link leads nowhere", ErrAnswer)
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("OData-Version", "4.0")
	switch {
	case body != nil:
		request.Header.Set("Content-Type", "application/json")
	case c.account.Auth == Basic:
		request.SetBasicAuth(c.account.User, c.account.Password.Reveal())
	default:
		request.Header.Set("X-Auth-Token", c.token)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return nil, nil, fmt.Errorf("%s %s: %w", method, target.Path, transport(err))
	}
	defer response.Body.Close()
	if err := classify(response.StatusCode); err != nil {
		return nil, nil, fmt.Errorf("%s %s: %w", method, target.Path, err)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswerBytes))
	if err != nil {
		return nil, nil, fmt.Errorf("%s %s: %w", method, target.Path, transport(err))
	}
	return text, response.Header, nil
}

// transport is what kept a request from its answer, without the URL.
func transport(err error) error {
	if errors.Is(err, ErrAnswer) {
		return fmt.Errorf("%w: it sends us elsewhere", ErrAnswer)
	}
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}
