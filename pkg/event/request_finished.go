package event

import "slices"

// Status is how an attempt ended.
type Status string

// The statuses of an attempt.
const (
	StatusOK        Status = "ok"
	StatusFailed    Status = "failed"
	StatusCancelled Status = "cancelled"
)

// TokenSource says where token counts came from.
type TokenSource string

// Token counts come from the server's usage object or they are missing: chunks
// are not tokens.
const (
	TokensFromUsage TokenSource = "usage"
	TokensMissing   TokenSource = "missing"
)

// RequestFinished is the whole record of one attempt. Times after Sent are
// monotonic offsets from it, so that a step of the wall clock cannot bend a
// latency; an offset that was never reached is absent.
type RequestFinished struct {
	RequestID string `json:"request_id"`
	Index     int64  `json:"index"`
	Attempt   int    `json:"attempt"`
	Warmup    bool   `json:"warmup"`
	// Cooldown marks one of the last requests of a load, which no latency counts.
	Cooldown bool `json:"cooldown,omitempty"`
	// Session is the prompt that the request is a turn of, and Turn which one, from
	// 1; absent for a request of one turn.
	Session string `json:"session,omitempty"`
	Turn    int    `json:"turn,omitempty"`

	// Stage is the stage of the load, from 1: that in which an open loop wanted the
	// request sent, in a closed loop that in which it was. StageName is its name, if it
	// has one. Absent without stages.
	Stage     int    `json:"stage,omitempty"`
	StageName string `json:"stage_name,omitempty"`

	Clock    Clock  `json:"clock"`
	Endpoint string `json:"endpoint"`
	// Replica is the group of devices that served the attempt, "r0" when the
	// endpoint has only one.
	Replica string `json:"replica"`
	// API is the path below /v1 that was called, such as "chat/completions".
	API string `json:"api"`

	// ScheduledNS is the wall time at which the request was due (open loop).
	ScheduledNS *int64 `json:"scheduled_ns,omitempty"`
	// Received is when this driver took the prompt from the stream.
	Received Stamp `json:"received"`
	// Sent is the moment before the request was written to the connection.
	Sent Stamp `json:"sent"`

	FirstByteAfterNS  *int64 `json:"first_byte_after_ns,omitempty"`
	FirstTokenAfterNS *int64 `json:"first_token_after_ns,omitempty"`
	// FirstOutputAfterNS is the first text that is not reasoning; it equals
	// FirstTokenAfterNS when nothing came before it, as a chat's opening may.
	FirstOutputAfterNS *int64 `json:"first_output_after_ns,omitempty"`
	LastTokenAfterNS   *int64 `json:"last_token_after_ns,omitempty"`
	// EndAfterNS is when the attempt was over for the driver.
	EndAfterNS int64 `json:"end_after_ns"`
	// ChunkGapsNS holds the arrival of every chunk that carried text: the first
	// value is FirstTokenAfterNS, each further one the gap to the chunk before.
	ChunkGapsNS []int64 `json:"chunk_gaps_ns,omitempty"`

	Tokens       Tokens `json:"tokens"`
	FinishReason string `json:"finish_reason,omitempty"`

	Status     Status `json:"status"`
	ErrorClass string `json:"error_class,omitempty"`
	// Error is the server's or the transport's own words, secrets removed and
	// at most 500 characters.
	Error      string `json:"error,omitempty"`
	HTTPStatus int    `json:"http_status,omitempty"`

	Server *ServerTimings `json:"server,omitempty"`
	Flags  []string       `json:"flags,omitempty"`
}

// Tokens are counts by the server's own usage object.
type Tokens struct {
	Source    TokenSource `json:"source"`
	Input     *int64      `json:"input,omitempty"`
	Output    *int64      `json:"output,omitempty"`
	Reasoning *int64      `json:"reasoning,omitempty"`
	Cached    *int64      `json:"cached,omitempty"`
}

// ServerTimings are what a server says of one request (vLLM's
// --enable-per-request-metrics), in nanoseconds.
type ServerTimings struct {
	QueueNS      *int64 `json:"queue_ns,omitempty"`
	FirstTokenNS *int64 `json:"first_token_ns,omitempty"`
	GenerationNS *int64 `json:"generation_ns,omitempty"`
}

// EventType implements Payload.
func (*RequestFinished) EventType() Type { return TypeRequestFinished }

// EventSubject implements Payload.
func (r *RequestFinished) EventSubject() string { return r.RequestID }

// Validate implements Payload.
func (r *RequestFinished) Validate() error {
	var c checker
	c.token("request_id", r.RequestID)
	c.require(r.Attempt >= 1, "attempt: must be at least 1")
	c.require(r.Index >= 0, "index: negative")
	c.require((r.Session == "") == (r.Turn == 0) && r.Turn >= 0, "session, turn: one without the other")
	c.require(r.Stage >= 0 && (r.Stage > 0 || r.StageName == ""), "stage: negative, or a name without one")
	c.clock(r.Clock)
	c.token("replica", r.Replica)
	c.require(r.Sent.WallNS > 0, "sent.wall_ns: missing")
	c.require(r.EndAfterNS >= 0, "end_after_ns: negative")
	c.nonNegative("scheduled_ns", r.ScheduledNS)
	c.inOrder(r)
	c.require(slices.Contains([]Status{StatusOK, StatusFailed, StatusCancelled}, r.Status), "status: %q is not known", r.Status)
	c.require(r.Status != StatusFailed || r.ErrorClass != "", "error_class: a failed attempt needs one")
	c.require(r.Status != StatusOK || r.ErrorClass == "", "error_class: an attempt that is ok has none")
	switch r.Tokens.Source {
	case TokensFromUsage:
		c.require(r.Tokens.Input != nil && r.Tokens.Output != nil, "tokens: usage needs input and output")
	case TokensMissing:
		c.require(r.Tokens.Input == nil && r.Tokens.Output == nil, "tokens: source says missing but there are counts")
	default:
		c.require(false, "tokens.source: %q is not known", r.Tokens.Source)
	}
	c.nonNegative("tokens.input", r.Tokens.Input)
	c.nonNegative("tokens.output", r.Tokens.Output)
	c.nonNegative("tokens.reasoning", r.Tokens.Reasoning)
	c.nonNegative("tokens.cached", r.Tokens.Cached)
	return c.err()
}

// inOrder checks first byte ≤ first token ≤ last token ≤ end over the offsets
// that are present.
func (c *checker) inOrder(r *RequestFinished) {
	last, lastName := int64(0), "sent"
	for _, step := range []struct {
		name string
		at   *int64
	}{
		{"first_byte_after_ns", r.FirstByteAfterNS},
		{"first_token_after_ns", r.FirstTokenAfterNS},
		{"last_token_after_ns", r.LastTokenAfterNS},
		{"end_after_ns", &r.EndAfterNS},
	} {
		if step.at == nil {
			continue
		}
		c.require(*step.at >= last, "%s: before %s", step.name, lastName)
		last, lastName = *step.at, step.name
	}
}
