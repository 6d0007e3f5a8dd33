package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
)

// Class names one way in which a request fails. It stands in request.finished.
type Class string

// The error classes.
const (
	Connect         Class = "connect"
	Timeout         Class = "timeout"
	Cancelled       Class = "cancelled"
	Unauthorized    Class = "unauthorized"
	NotFound        Class = "not_found"
	ContextLength   Class = "context_length"
	BadRequest      Class = "bad_request"
	Overload        Class = "overload"
	ServerError     Class = "server_error"
	ErrorInStream   Class = "error_in_stream"
	BrokenStream    Class = "broken_stream"
	MalformedChunk  Class = "malformed_chunk"
	EmptyCompletion Class = "empty_completion"
	NegativeTime    Class = "negative_time"
)

// Error is a failed request.
type Error struct {
	Class Class
	// Status is the HTTP status, or 0 when there was none.
	Status int
	// Text is the server's or the transport's words, without secrets.
	Text string
}

// Error is the class and the text.
func (e *Error) Error() string { return string(e.Class) + ": " + e.Text }

func fail(class Class, format string, args ...any) *Error {
	return &Error{Class: class, Text: Redact(fmt.Sprintf(format, args...))}
}

// maxText bounds what of a server's words is kept.
const maxText = 500

var secrets = regexp.MustCompile(`(?i)(bearer\s+|api[_-]?key["'=:\s]+|://)[^\s"'/@]+(@)?`)

// Redact removes credentials from text and cuts it to 500 characters.
func Redact(text string) string {
	text = secrets.ReplaceAllStringFunc(text, func(match string) string {
		if strings.HasPrefix(match, "://") {
			if strings.HasSuffix(match, "@") {
				return "://…@"
			}
			return match
		}
		return "[redacted]"
	})
	if runes := []rune(text); len(runes) > maxText {
		text = string(runes[:maxText])
	}
	return text
}

// Classify turns a transport error into an *Error. broken is the class when the
// connection fails rather than the waiting: Connect before the response,
// BrokenStream in it.
func Classify(ctx context.Context, err error, broken Class) *Error {
	var already *Error
	var timeout net.Error
	switch {
	case errors.As(err, &already):
		return already
	case errors.Is(context.Cause(ctx), context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return fail(Timeout, "no end within the time allowed")
	case ctx.Err() != nil:
		return fail(Cancelled, "%v", context.Cause(ctx))
	}
	return fail(broken, "%v", err)
}

// fromStatus classifies an answer that is not 200.
func fromStatus(status int, body []byte) *Error {
	text := message(body)
	e := &Error{Status: status, Text: Redact(text)}
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		e.Class = Unauthorized
	case status == http.StatusNotFound:
		e.Class = NotFound
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		e.Class = Overload
	case status >= 400 && status < 500 && strings.Contains(strings.ToLower(text), "context length"):
		e.Class = ContextLength
	case status >= 400 && status < 500:
		e.Class = BadRequest
	default:
		e.Class = ServerError
	}
	if e.Text == "" {
		e.Text = http.StatusText(status)
	}
	return e
}

// message finds the words in the bodies that servers send: {"error": {"message"}},
// {"error": "…"}, {"message"}, {"detail"}, or any text.
func message(body []byte) string {
	var answer struct {
		Error   json.RawMessage `json:"error"`
		Message string          `json:"message"`
		Detail  json.RawMessage `json:"detail"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return strings.TrimSpace(string(body))
	}
	var inner struct {
		Message string `json:"message"`
	}
	var text string
	switch {
	case json.Unmarshal(answer.Error, &inner) == nil && inner.Message != "":
		return inner.Message
	case json.Unmarshal(answer.Error, &text) == nil && text != "":
		return text
	case answer.Message != "":
		return answer.Message
	case json.Unmarshal(answer.Detail, &text) == nil && text != "":
		return text
	}
	return strings.TrimSpace(string(body))
}
