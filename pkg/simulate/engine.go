package simulate

import (
	"slices"
	"time"
)

// engine is the scheduler and the physics, without a clock or a lock of its own:
// begin and finish are called in turn with the present time. Every call of begin
// that returns true is followed by one of finish.
type engine struct {
	limits  Engine
	physics Physics
	devices int
	line    *timeline
	books   *ledger
	stats   *stats

	waiting, running []*sequence
	reserved         int
	// chunks are the prefill parts of the current step, until its planned end.
	chunks []chunk
	until  int64
}

// chunk is a part of a prompt that one step computes.
type chunk struct {
	of     *sequence
	tokens int
}

// submit queues sequences of one request.
func (e *engine) submit(now int64, seqs []*sequence) {
	for _, s := range seqs {
		s.arrived = now
	}
	e.waiting = append(e.waiting, seqs...)
}

// begin composes the next step and returns its end, or false when there is
// nothing to do and the devices idle.
func (e *engine) begin(now int64) (end int64, ok bool) {
	e.drop(now)
	decoding, tokens := e.compose(now)
	if len(e.running) == 0 {
		e.line.set(now, e.idle())
		return 0, false
	}
	took := e.limits.StepBase + time.Duration(decoding)*e.limits.StepPerSeq +
		time.Duration(float64(tokens)/e.limits.PrefillTokensPerS*1e9)
	e.until = now + int64(took)
	work := e.stalled()
	work[load] += (e.physics.PrefillJPerToken*float64(tokens) + e.physics.DecodeJPerToken*float64(decoding)) / took.Seconds()
	if decoding > 0 {
		work[decode] = e.physics.DecodeJPerToken / took.Seconds()
	}
	e.line.set(now, work)
	// Whatever the caller is late by at finish, the devices wait, active.
	e.line.set(e.until, e.stalled())
	for _, c := range e.chunks {
		c.of.entry.prefills = append(c.of.entry.prefills, prefill{now, e.until, e.physics.PrefillJPerToken * float64(c.tokens)})
	}
	e.stats.step(decoding + tokens)
	return e.until, true
}

// compose decides what the step computes: one token for each sequence that
// decodes, then prompts in order of arrival, as far as the budget goes.
func (e *engine) compose(now int64) (decoding, tokens int) {
	e.chunks = e.chunks[:0]
	budget := e.limits.MaxBatchedTokens
	for _, s := range e.running {
		if s.first != 0 {
			decoding++
		}
	}
	budget -= decoding
	give := func(s *sequence) {
		if n := min(budget, s.prompt-s.prefilled); n > 0 {
			e.chunks = append(e.chunks, chunk{s, n})
			budget -= n
			tokens += n
		}
	}
	for _, s := range e.running {
		give(s)
	}
	for len(e.waiting) > 0 && len(e.running) < e.limits.MaxNumSeqs && budget > 0 {
		s := e.waiting[0]
		if e.reserved+s.reserved() > e.limits.KVTokens {
			break
		}
		e.waiting = slices.Delete(e.waiting, 0, 1)
		s.started = now
		s.entry.from = now
		e.books.open(s.entry, now)
		e.running = append(e.running, s)
		e.reserved += s.reserved()
		give(s)
	}
	return decoding, tokens
}

// finish hands out the step's tokens. A request is served until now, not until
// the step's planned end: its client cannot have the token earlier.
func (e *engine) finish(now int64) {
	now = max(now, e.until)
	for _, s := range e.running {
		if s.first != 0 {
			e.emit(s, now)
		}
	}
	for _, c := range e.chunks {
		c.of.prefilled += c.tokens
		if c.of.prefilled == c.of.prompt {
			// The prompt's last position gives the first token.
			c.of.first, c.of.entry.decodes = now, now
			e.emit(c.of, now)
		}
	}
	e.running = slices.DeleteFunc(e.running, func(s *sequence) bool {
		if s.ended != 0 {
			e.reserved -= s.reserved()
		}
		return s.ended != 0
	})
}

// emit makes one token of a sequence, perhaps its last.
func (e *engine) emit(s *sequence, now int64) {
	made := s.progress.Load() + 1
	e.stats.token(s, now, made)
	if int(made) == s.output {
		s.ended, s.entry.to = now, now
		e.stats.finished(s)
	}
	s.progress.Store(made)
	s.wake()
}

// drop forgets cancelled sequences; what they used stays in the books.
func (e *engine) drop(now int64) {
	gone := func(s *sequence) bool {
		if !s.cancelled.Load() {
			return false
		}
		if s.started != 0 {
			s.entry.to = now
			e.reserved -= s.reserved()
		}
		e.stats.aborted()
		return true
	}
	e.waiting = slices.DeleteFunc(e.waiting, gone)
	e.running = slices.DeleteFunc(e.running, gone)
}

// idle are the rates while nothing is served.
func (e *engine) idle() vector {
	return vector{unserved: e.physics.IdleW * float64(e.devices)}
}

// stalled are the rates while requests are served but no step computes.
func (e *engine) stalled() vector {
	base := e.physics.IdleW*float64(e.devices) + e.physics.ActiveW
	return vector{load: e.physics.ActiveW, shared: base / float64(len(e.running)), busy: 1}
}

// power and energy are one device's: its idle and an even share of the load.
func (e *engine) power(t int64) float64 {
	return e.physics.IdleW + e.line.rates(t)[load]/float64(e.devices)
}

func (e *engine) energy(from, to int64) float64 {
	return e.physics.IdleW*seconds(to-from) + e.line.between(from, to)[load]/float64(e.devices)
}
