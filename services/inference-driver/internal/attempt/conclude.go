package attempt

import (
	"context"
	"errors"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/wire"
)

// conclude turns what was seen into the record of the attempt.
func (m *measure) conclude(ctx context.Context, err error) {
	r := m.r
	m.usageTokens()
	m.timings()
	if err == nil {
		err = m.verdict()
	}
	if e := m.times(); e != nil {
		err = e
	}
	r.FinishReason = m.finish
	if err == nil {
		r.Status = event.StatusOK
		m.flagEnd()
	} else {
		m.failed(m.classify(ctx, err))
	}
	slices.Sort(m.flags)
	r.Flags = m.flags
}

// errPlanned ends a request that its prompt wants broken off.
var errPlanned = &wire.Error{Class: CancelledByPlan, Text: "broken off as the load wants"}

// classify tells the end that the load wanted from all others.
func (m *measure) classify(ctx context.Context, err error) *wire.Error {
	if errors.Is(context.Cause(ctx), errPlanned) {
		return errPlanned
	}
	return wire.Classify(ctx, err, wire.BrokenStream)
}

// verdict is what is wrong with an answer that came to its end.
func (m *measure) verdict() error {
	switch {
	case m.finish == "abort" || m.finish == "error":
		return &wire.Error{Class: wire.ErrorInStream, Text: "the server ended the answer with finish_reason " + m.finish}
	case !m.text && !m.cutShort():
		return &wire.Error{Class: wire.EmptyCompletion, Text: "the answer has no text"}
	}
	return nil
}

// cutShort reports whether the answer was ended by its length after some tokens:
// they need not make a whole character.
func (m *measure) cutShort() bool {
	return m.finish == "length" && m.r.Tokens.Output != nil && *m.r.Tokens.Output > 0
}

// flagEnd marks an ok answer that ended in an unusual way.
func (m *measure) flagEnd() {
	if !m.done && !m.dialect.Endless {
		m.flag(NoDone)
	}
	if m.finish == "" {
		m.flag(NoFinishReason)
	}
	if m.r.Tokens.Source == event.TokensMissing {
		m.flag(UsageMissing)
	}
}

// usageTokens reads the last usage object, without the zeros that a server has in it
// in place of counts.
func (m *measure) usageTokens() {
	if m.usage == nil {
		return
	}
	m.r.Tokens = wire.Usage(m.usage)
	if !m.dialect.Details {
		m.r.Tokens.Cached, m.r.Tokens.Reasoning = nil, nil
	}
	if m.r.Tokens.Source == event.TokensFromUsage && *m.r.Tokens.Output == 0 && m.text {
		m.r.Tokens = event.Tokens{Source: event.TokensMissing}
		m.flag(UsageImplausible)
	}
}

func (m *measure) timings() {
	if m.metrics == nil {
		return
	}
	timings, sane := wire.Timings(m.metrics)
	m.r.Server = timings
	if !sane {
		m.flag(ServerTimeInvalid)
	}
}

// times puts the offsets into the record, or none of them and an error when they
// are out of order: a clock that goes backwards measures nothing.
func (m *measure) times() error {
	r := m.r
	ordered := m.firstByte >= 0
	last := m.firstByte
	for _, at := range []int64{m.firstToken, m.lastToken, m.ended} {
		if at == 0 {
			continue
		}
		ordered = ordered && at >= last
		last = at
	}
	for _, gap := range m.gaps {
		ordered = ordered && gap >= 0
	}
	if !ordered {
		return &wire.Error{Class: wire.NegativeTime, Text: "the clock went backwards during the attempt"}
	}
	r.FirstByteAfterNS, r.FirstTokenAfterNS = reached(m.firstByte), reached(m.firstToken)
	r.FirstOutputAfterNS, r.LastTokenAfterNS = reached(m.firstOutput), reached(m.lastToken)
	r.EndAfterNS = m.ended
	if len(m.gaps) > 0 {
		r.ChunkGapsNS = m.gaps
	}
	return nil
}

func reached(at int64) *int64 {
	if at == 0 {
		return nil
	}
	return &at
}

func (m *measure) failed(e *wire.Error) {
	r := m.r
	r.Status, r.ErrorClass, r.Error = event.StatusFailed, string(e.Class), wire.Redact(e.Text)
	if e.Class == wire.Cancelled || e.Class == CancelledByPlan {
		r.Status = event.StatusCancelled
	}
	if e.Status != 0 {
		r.HTTPStatus = e.Status
	}
}
