package wire

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Class names one way in which a request fails. It stands in request.finished.
type Class string

// The error classes.
const (
	// Connect: no connection to the server.
	Connect Class = "connect"
	// Timeout: no end within backend.timeout_s.
	Timeout Class = "timeout"
	// Cancelled: the run ended, or this replica stopped.
	Cancelled Class = "cancelled"
	// Unauthorized: 401 or 403.
	Unauthorized Class = "unauthorized"
	// NotFound: 404, an unknown model or path.
	NotFound Class = "not_found"
	// ContextLength: prompt and answer do not fit into the model's context.
	ContextLength Class = "context_length"
	// BadRequest: any other 4xx.
	BadRequest Class = "bad_request"
	// Overload: 429 or 503.
	Overload Class = "overload"
	// ServerError: 5xx, and statuses that no server should send.
	ServerError Class = "server_error"
	// ErrorInStream: an error after status 200, or an aborted answer.
	ErrorInStream Class = "error_in_stream"
	// BrokenStream: the connection ended before the answer did.
	BrokenStream Class = "broken_stream"
	// MalformedChunk: an event that is no chunk, or an answer that is no stream.
	MalformedChunk Class = "malformed_chunk"
	// EmptyCompletion: an answer that ends by itself without any text.
	EmptyCompletion Class = "empty_completion"
	// NegativeTime: this host's clock went backwards during the attempt.
	NegativeTime Class = "negative_time"
	// Unsupported: the request asks for what cannot be measured.
	Unsupported Class = "unsupported"
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

const hidden = "[redacted]"

// secrets are what servers and transports repeat: a bearer token, a named key, a
// key by its usual form, and credentials in a URL.
var secrets = []*regexp.Regexp{
	regexp.MustCompile(`(?i)(\bbearer\s+)[^\s"',;]+`),
	regexp.MustCompile(`(?i)(\b(?:api[_ -]?key(?: provided)?|access[_-]?token|password|authorization)["']?\s*[=:]\s*["']?)(?:bearer\s+)?[^\s"',;}]+`),
	regexp.MustCompile(`(\b)(?:sk|hf)[-_][A-Za-z0-9_\-*.]{6,}`),
	regexp.MustCompile(`(://)[^\s/@]+@`),
}

// Redact removes credentials from text and cuts it to 500 characters.
func Redact(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	for _, secret := range secrets {
		text = secret.ReplaceAllString(text, "${1}"+hidden)
	}
	if runes := []rune(text); len(runes) > maxText {
		text = string(runes[:maxText])
	}
	return text
}

// Classify turns a transport error into an *Error. broken is the class when the
// connection fails rather than the waiting: Connect before the response,
// BrokenStream in it.
func Classify(ctx context.Context, err error, broken Class) *Error {
	if already, ok := errors.AsType[*Error](err); ok {
		return already
	}
	switch {
	case errors.Is(context.Cause(ctx), context.DeadlineExceeded):
		return fail(Timeout, "no end within the time allowed")
	case ctx.Err() != nil:
		return fail(Cancelled, "%v", context.Cause(ctx))
	}
	return fail(broken, "%v", err)
}

// fromStatus classifies an answer that is not 200.
func fromStatus(status int, body []byte) *Error {
	e := &Error{Status: status, Text: Redact(message(body))}
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		e.Class = Unauthorized
	case status == http.StatusNotFound:
		e.Class = NotFound
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		e.Class = Overload
	case status == http.StatusFailedDependency: // TGI, of a generation that failed
		e.Class = ServerError
	case status >= 400 && status < 500 && speaksOfContext(body):
		e.Class = ContextLength
	case status >= 400 && status < 500:
		e.Class = BadRequest
	default:
		e.Class = ServerError
	}
	if e.Text == "" {
		e.Text = strconv.Itoa(status) + " " + http.StatusText(status)
	}
	return e
}

// fromEvent classifies an error that came after status 200. Some servers look at the
// request or at their queue only then: vLLM and SGLang say in the code that it is full,
// TGI in the error's type.
func fromEvent(object []byte) *Error {
	var said struct {
		Code  any    `json:"code"`
		Type  string `json:"error_type"`
		Error struct {
			Code any `json:"code"`
		} `json:"error"`
	}
	_ = json.Unmarshal(object, &said) // an error of another shape has no code
	e := fail(ErrorInStream, "%s", message(object))
	code := fmt.Sprint(cmp.Or(said.Error.Code, said.Code))
	switch {
	case code == "429", code == "503", said.Type == "overloaded":
		e.Class = Overload
	case speaksOfContext(object):
		e.Class = ContextLength
	}
	return e
}

// tooLong are the wordings of a request that does not fit: most servers', OpenAI's
// code, vLLM's and SGLang's when the answer alone is too long, and TGI's two.
var tooLong = []string{
	"context length", "context_length", "max_model_len", "model supports at most",
	"`max_new_tokens` must be <=", "`inputs` must have less than",
}

func speaksOfContext(body []byte) bool {
	words := strings.ToLower(string(body))
	return slices.ContainsFunc(tooLong, func(wording string) bool { return strings.Contains(words, wording) })
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
