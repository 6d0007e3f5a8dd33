// Package attempt sends one prompt to the server once and takes the times.
//
// It promises one valid request.finished for every attempt, whatever the server
// does. Times are monotonic offsets from the moment before the request is
// written, taken when the bytes have been read.
package attempt

import (
	"context"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/wire"
)

// Flags of an attempt.
const (
	// UsageMissing marks an answer without token counts: its latency is good, its
	// tokens are missing.
	UsageMissing = "usage_missing"
	// NoDone marks a stream that ended after its finish reason without [DONE].
	NoDone = "no_done"
)

// Sender makes attempts for one run.
type Sender struct {
	Client *wire.Client
	Clock  clock.Clock
	Run    event.RunID
	Config config.Run
	// Base is the server's root URL.
	Base string
	// FirstToken, when set, is told of each attempt's first token.
	FirstToken func(p *event.PromptQueued, attempt int, at event.Stamp)
}

// Send makes one attempt and reports it. started is called with the moment of
// sending before anything is written.
func (s *Sender) Send(ctx context.Context, p *event.PromptQueued, n int, received event.Stamp, started func(sent event.Stamp)) *event.RequestFinished {
	r := &event.RequestFinished{
		RequestID: p.RequestID, Index: p.Index, Attempt: n, Warmup: p.Warmup,
		Clock: s.Clock.Host(), Endpoint: s.Base, Replica: "r0", API: wire.API(s.Config.Backend),
		ScheduledNS: p.ScheduledNS, Received: received,
		Tokens: event.Tokens{Source: event.TokensMissing},
	}
	body, err := wire.Body(s.Config, p)
	timeout := time.Duration(s.Config.Backend.TimeoutS * float64(time.Second))
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	r.Sent = s.Clock.Now()
	m := &measure{Sender: s, prompt: p, r: r, began: time.Now()}
	started(r.Sent)
	if err == nil {
		err = m.exchange(ctx, body)
	}
	r.EndAfterNS = m.since()
	m.conclude(ctx, err)
	return r
}

// measure is an attempt under way.
type measure struct {
	*Sender
	prompt *event.PromptQueued
	r      *event.RequestFinished
	began  time.Time
	// text is set once any text or reasoning has come.
	text bool
}

func (m *measure) since() int64 { return int64(time.Since(m.began)) }

func (m *measure) exchange(ctx context.Context, body []byte) error {
	id := string(m.Run) + "." + m.prompt.RequestID + "." + strconv.Itoa(m.r.Attempt)
	stream, err := m.Client.Post(ctx, m.Base+"/v1/"+m.r.API, body, id)
	if err != nil {
		return err
	}
	defer stream.Close()
	m.r.HTTPStatus = 200
	for {
		data, err := stream.Next()
		at := m.since()
		if errors.Is(err, io.EOF) && m.r.FinishReason != "" {
			m.r.Flags = append(m.r.Flags, NoDone)
			return nil
		}
		if err != nil {
			return wire.Classify(ctx, err, wire.BrokenStream)
		}
		if m.r.FirstByteAfterNS == nil {
			m.r.FirstByteAfterNS = &at
		}
		chunk, err := wire.Parse(data)
		if err != nil {
			return err
		}
		if chunk.Done {
			return nil
		}
		m.take(chunk, at)
	}
}

// take records a chunk that arrived at an offset. Every chunk with a choice is a
// token's arrival, whether its text is whole yet or not. The opening chunk of a
// chat is sent together with the first token, so it is the first token's time,
// and the chunk after it is no second token.
func (m *measure) take(c wire.Chunk, at int64) {
	r := m.r
	token := c.Choice || c.Text || c.Reasoning
	if (token || c.Opening) && r.FirstTokenAfterNS == nil {
		r.FirstTokenAfterNS = &at
		if m.FirstToken != nil {
			m.FirstToken(m.prompt, r.Attempt, event.Stamp{WallNS: r.Sent.WallNS + at, MonoNS: r.Sent.MonoNS + at})
		}
	}
	if token {
		if r.LastTokenAfterNS == nil {
			r.ChunkGapsNS = append(r.ChunkGapsNS, *r.FirstTokenAfterNS)
		} else {
			r.ChunkGapsNS = append(r.ChunkGapsNS, at-*r.LastTokenAfterNS)
		}
		r.LastTokenAfterNS = &at
	}
	m.text = m.text || c.Text || c.Reasoning
	if c.Text && r.FirstOutputAfterNS == nil {
		r.FirstOutputAfterNS = &at
	}
	if c.FinishReason != "" {
		r.FinishReason = c.FinishReason
	}
	if c.Usage != nil {
		if t := c.Usage.Tokens(); t.Source == event.TokensFromUsage {
			r.Tokens = t
		}
	}
	if c.Timings != nil {
		r.Server = c.Timings
	}
}

// conclude sets the outcome.
func (m *measure) conclude(ctx context.Context, err error) {
	r := m.r
	if err == nil && !m.text && (r.Tokens.Output == nil || *r.Tokens.Output == 0) {
		err = &wire.Error{Class: wire.EmptyCompletion, Text: "the answer has no text"}
	}
	if err == nil {
		r.Status = event.StatusOK
		if r.Tokens.Source == event.TokensMissing {
			r.Flags = append(r.Flags, UsageMissing)
		}
		return
	}
	failed := wire.Classify(ctx, err, wire.BrokenStream)
	r.Status, r.ErrorClass, r.Error = event.StatusFailed, string(failed.Class), wire.Redact(failed.Text)
	if failed.Class == wire.Cancelled {
		r.Status = event.StatusCancelled
	}
	if failed.Status != 0 {
		r.HTTPStatus = failed.Status
	}
}
