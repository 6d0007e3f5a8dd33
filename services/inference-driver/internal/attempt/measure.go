package attempt

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/wire"
)

// measure is an attempt under way.
type measure struct {
	*Sender
	r    *event.RequestFinished
	body []byte
	now  func() int64
	// dialect is the server's.
	dialect config.Dialect

	marks
	gaps []int64
	// tokens counts chunks with one; at most of them the request is broken off by
	// plan, unless most is 0.
	tokens, most int64
	// text is set once any text or reasoning has come, done with [DONE]
	// or the event that ends a response.
	text, done bool
	finish     string
	// usage is the latest usage object; final is set once one came without a
	// choice, as the last one does.
	usage   []byte
	final   bool
	metrics []byte
	flags   []string
}

// marks are the moments of an attempt, as offsets from its sending; 0 is never.
type marks struct{ firstByte, firstToken, firstOutput, lastToken, ended int64 }

// exchange sends the request and reads its answer to the end.
func (m *measure) exchange(ctx context.Context) error {
	m.dialect, _ = m.Config.Backend.Dialect()
	call := &wire.Call{URL: m.Base + "/v1/" + m.r.API, Body: m.body, RequestID: m.requestID(m.r), Now: m.now}
	err := m.stream(ctx, call)
	if at, ok := call.FirstByte(); ok {
		m.firstByte = at
	}
	if call.Resent > 0 {
		m.flag(ConnectionResent)
	}
	return err
}

func (m *measure) stream(ctx context.Context, call *wire.Call) error {
	stream, err := m.Client.Post(ctx, call)
	if err != nil {
		m.ended = m.now()
		return err
	}
	m.r.HTTPStatus = http.StatusOK
	err = m.read(ctx, stream)
	m.ended = m.now()
	stream.Close(err == nil)
	return err
}

func (m *measure) read(ctx context.Context, stream *wire.Stream) error {
	var chunk wire.Chunk
	for {
		data, at, err := stream.Next()
		if err != nil {
			return m.broken(ctx, err)
		}
		if err := chunk.Parse(data); err != nil {
			return err
		}
		m.take(&chunk, at)
		if chunk.Done {
			m.done = true
			return nil
		}
		if m.Answer != nil {
			m.Answer.WriteString(wire.Text(data))
		}
		if m.most > 0 && m.tokens >= m.most && chunk.Finish == "" {
			return errPlanned
		}
	}
}

// broken decides whether an answer that stopped without [DONE] was whole: it was
// when it ended cleanly after its reason, or in any way after its reason and its
// usage.
func (m *measure) broken(ctx context.Context, err error) error {
	clean := errors.Is(err, io.EOF)
	if ctx.Err() == nil && m.finish != "" && (clean || m.usage != nil) {
		return nil
	}
	if clean {
		err = io.ErrUnexpectedEOF
	}
	return wire.Classify(ctx, err, wire.BrokenStream)
}

// take records a chunk that arrived at an offset. Every chunk with a choice is a
// token's arrival, whether its text is whole yet or not. The opening chunk of a
// chat is sent together with the first token, so it is the first token's time,
// and the chunk after it is no second token. Servers that name the role in every
// chunk look the same where a token has no text: only the first can be an opening.
// Where the opening comes before the work, it is no one's time.
func (m *measure) take(c *wire.Chunk, at int64) {
	token := c.Choice || c.Text || c.Reasoning || c.Opening && m.firstToken != 0
	if (token || c.Opening && !m.dialect.Early) && m.firstToken == 0 {
		m.firstToken = at
		m.tell(&event.RequestFirstToken{
			RequestID: m.r.RequestID, Attempt: m.r.Attempt, Clock: m.r.Clock,
			At: event.Stamp{WallNS: m.r.Sent.WallNS + at, MonoNS: m.r.Sent.MonoNS + at},
		})
	}
	if c.Text && m.firstOutput == 0 {
		m.firstOutput = at
	}
	if token {
		if m.tokens == 0 {
			at = m.firstToken // an opening that was read a moment earlier is its time
		}
		m.tokens++
		m.gap(at)
		m.lastToken = at
	}
	m.text = m.text || c.Text || c.Reasoning
	if c.Finish != "" {
		m.finish = c.Finish
	}
	if c.Usage != nil {
		m.count(c.Usage, !c.Choice)
	}
	if c.Metrics != nil {
		m.metrics = append(m.metrics[:0], c.Metrics...)
	}
}

// count keeps the latest usage. Running totals only grow, and the last one comes
// once: anything else is told.
func (m *measure) count(usage []byte, final bool) {
	if final && m.usage != nil {
		was, is := wire.Usage(m.usage), wire.Usage(usage)
		known := was.Source == event.TokensFromUsage && is.Source == event.TokensFromUsage
		if known && (*is.Output < *was.Output || m.final && *is.Output != *was.Output) {
			m.flag(UsageInconsistent)
		}
	}
	m.final = m.final || final
	m.usage = append(m.usage[:0], usage...)
}

func (m *measure) gap(at int64) {
	switch {
	case m.lastToken == 0:
		m.gaps = append(m.gaps, m.firstToken)
	case len(m.gaps) < maxGaps:
		m.gaps = append(m.gaps, at-m.lastToken)
	case len(m.gaps) == maxGaps:
		m.flag(GapsTruncated)
	}
}

func (m *measure) tell(p event.Payload) {
	if m.Told != nil {
		m.Told(p)
	}
}

// flag adds a flag, once.
func (m *measure) flag(name string) {
	if !slices.Contains(m.flags, name) {
		m.flags = append(m.flags, name)
	}
}
