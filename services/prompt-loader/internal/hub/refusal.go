package hub

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

// refusal says what an answer other than success means. The hub names its reason
// in X-Error-Code and X-Error-Message, or in a JSON body.
func (c Client) refusal(resp *http.Response) error {
	where := shown(resp.Request.URL)
	code := resp.Header.Get("X-Error-Code")
	said := reason(resp)
	switch status := resp.StatusCode; {
	case code == "RevisionNotFound":
		return fmt.Errorf("%w: %s: no such revision", ErrNotFound, where)
	case code == "GatedRepo":
		return fmt.Errorf("%w (%d): the dataset is gated: accept its terms on the hub, and set hub_token%s", ErrAccess, status, said)
	case status == http.StatusUnauthorized && c.Token == "":
		// The hub answers so for private datasets and for missing ones alike.
		return fmt.Errorf("%w (401): there is no such dataset, or it is private and needs hub_token%s", ErrAccess, said)
	case status == http.StatusUnauthorized:
		return fmt.Errorf("%w (401): hub_token is not valid, or there is no such dataset%s", ErrAccess, said)
	case status == http.StatusForbidden:
		return fmt.Errorf("%w (403): hub_token does not allow it%s", ErrAccess, said)
	case status == http.StatusNotFound:
		return fmt.Errorf("%w (404): %s%s", ErrNotFound, where, said)
	case status == http.StatusTooManyRequests:
		after := retryAfter(resp.Header)
		err := fmt.Errorf("%w (429): too many requests%s", ErrUnavailable, said)
		if after > maxWait {
			err = fmt.Errorf("%w; it asks to wait for %s", err, after)
		}
		return &transient{err, after}
	case status == http.StatusNotImplemented:
		return fmt.Errorf("%w (501): %s%s", ErrUnavailable, where, said)
	case status >= 500, status == http.StatusRequestTimeout:
		return &transient{fmt.Errorf("%w (%d): %s%s", ErrUnavailable, status, where, said), min(retryAfter(resp.Header), maxWait)}
	default:
		return fmt.Errorf("%w: %s answers %d%s", ErrUnavailable, where, status, said)
	}
}

// reason is what the hub says, ready to be put at the end of a message.
func reason(resp *http.Response) string {
	said := resp.Header.Get("X-Error-Message")
	if said == "" {
		var body struct {
			Error string `json:"error"`
		}
		raw, err := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
		if err != nil || json.Unmarshal(raw, &body) != nil {
			return ""
		}
		said = body.Error
	}
	const most = 200
	if len(said) > most {
		said = said[:most]
	}
	if said == "" {
		return ""
	}
	return fmt.Sprintf(" (%q)", said)
}

// rateWindow finds the seconds until the window ends in a RateLimit header
// (draft-ietf-httpapi-ratelimit-headers), such as "api";r=0;t=55.
var rateWindow = regexp.MustCompile(`;\s*t\s*=\s*(\d+)`)

// retryAfter is how long to wait, from Retry-After in either of its forms, or
// from RateLimit; 0 when neither says.
func retryAfter(h http.Header) time.Duration {
	value := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(value); err == nil && seconds >= 0 {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, time.Until(at))
	}
	if m := rateWindow.FindStringSubmatch(h.Get("RateLimit")); m != nil {
		if seconds, err := strconv.Atoi(m[1]); err == nil {
			// The window is counted in whole seconds.
			return time.Duration(seconds+1) * time.Second
		}
	}
	return 0
}
