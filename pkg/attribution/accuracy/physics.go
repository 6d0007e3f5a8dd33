package accuracy

import "math"

// Physics of a served model. The figures of [H100Like] are of the order of a
// mid-sized model on one large accelerator; nothing depends on them.
type Physics struct {
	IdleW   float64 // always
	ActiveW float64 // while an iteration runs
	// PrefillJ and DecodeJ are joules per token.
	PrefillJ, DecodeJ float64
	// An iteration takes IterationS and then some per token.
	IterationS, PrefillTokenS, DecodeTokenS float64
	// MaxBatch attempts are served at once, of which an iteration takes at most
	// TokenBudget prompt tokens.
	MaxBatch, TokenBudget int
	// ContextJ is joules per decoded token and thousand tokens of context: a
	// cost that no method here models, 0 unless a load is about it.
	ContextJ float64
}

// H100Like is the physics of most loads.
func H100Like() Physics {
	return Physics{
		IdleW: 70, ActiveW: 110, PrefillJ: 0.025, DecodeJ: 0.09,
		IterationS: 0.009, PrefillTokenS: 0.00005, DecodeTokenS: 0.00003,
		MaxBatch: 256, TokenBudget: 2048,
	}
}

// Job is one request to serve, and what became of it.
type Job struct {
	ArriveNS      int64
	Input, Output int

	ServedNS, FirstNS, EndNS int64
	TrueJ                    float64
	GapsNS                   []int64 // of its chunks, one per token

	prefilled, decoded int
	lastNS             int64
}

// Trace is the device's true power, constant between its times, and energy.
type Trace struct {
	NS     []int64   // n+1 edges
	Watts  []float64 // n
	Joules []float64 // n+1, since the first edge
}

// server runs iterations one after the other.
type server struct {
	Physics
	now     float64 // s
	trace   Trace
	waiting []*Job
	running []*Job
}

// arrivals yields jobs as they come: next is called with the time and the
// number of jobs that are over, and returns those that arrive by then; and the
// time of the next arrival, or +Inf when it depends on completions only.
type arrivals interface {
	until(nowS float64, done int) []*Job
	nextS() float64
	left() bool
}

// Serve runs the jobs and returns the true power from 0 until tailS seconds
// after the last job. The first job should arrive after some idle time.
func Serve(p Physics, a arrivals, tailS float64) Trace {
	s := server{Physics: p, trace: Trace{NS: []int64{0}, Joules: []float64{0}}}
	done := 0
	for {
		s.waiting = append(s.waiting, a.until(s.now, done)...)
		if len(s.waiting) == 0 && len(s.running) == 0 {
			if !a.left() {
				break
			}
			s.spend(a.nextS()-s.now, 0)
			continue
		}
		done += s.iterate()
	}
	s.spend(tailS, 0)
	return s.trace
}

// spend lets time pass with joules above idle.
func (s *server) spend(seconds, joules float64) {
	s.now += seconds
	ns := int64(math.Round(s.now * 1e9))
	t := &s.trace
	n := len(t.Watts)
	if ns <= t.NS[n] {
		return
	}
	dt := float64(ns-t.NS[n]) / 1e9
	w := s.IdleW + joules/dt
	t.NS, t.Watts = append(t.NS, ns), append(t.Watts, w)
	t.Joules = append(t.Joules, t.Joules[n]+w*dt)
}

// iterate admits, decodes one token for everybody who is past the prompt, and
// takes prompt tokens up to the budget. It returns how many jobs ended.
func (s *server) iterate() int {
	startNS := s.trace.NS[len(s.trace.NS)-1]
	for len(s.waiting) > 0 && len(s.running) < s.MaxBatch {
		j := s.waiting[0]
		s.waiting, s.running = s.waiting[1:], append(s.running, j)
		j.ServedNS = -1
	}
	budget, prompt, decode := s.TokenBudget, 0, 0
	own := make([]float64, len(s.running))
	served := 0
	for i, j := range s.running {
		if j.prefilled == j.Input {
			own[i] = s.DecodeJ + s.ContextJ*float64(j.Input+j.decoded)/1000
			j.decoded++
			decode++
			served++
			continue
		}
		take := min(budget, j.Input-j.prefilled)
		if take == 0 {
			continue
		}
		if j.ServedNS < 0 {
			j.ServedNS = startNS
		}
		budget -= take
		prompt += take
		own[i] = s.PrefillJ * float64(take)
		j.prefilled += take
		if j.prefilled == j.Input {
			j.decoded++ // the pass over the last prompt token gives the first one
		}
		served++
	}
	seconds := s.IterationS + s.PrefillTokenS*float64(prompt) + s.DecodeTokenS*float64(decode)
	joules := s.ActiveW * seconds
	for _, e := range own {
		joules += e
	}
	s.spend(seconds, joules)
	endNS := s.trace.NS[len(s.trace.NS)-1]
	shared := (s.IdleW + s.ActiveW) * seconds / float64(served)
	kept, ended := s.running[:0], 0
	for i, j := range s.running {
		if own[i] > 0 {
			j.TrueJ += own[i] + shared
		}
		if j.prefilled == j.Input {
			if j.FirstNS == 0 {
				j.FirstNS, j.lastNS = endNS, j.ArriveNS
			}
			j.GapsNS = append(j.GapsNS, endNS-j.lastNS)
			j.lastNS = endNS
		}
		if j.decoded >= j.Output {
			j.EndNS = endNS
			ended++
			continue
		}
		kept = append(kept, j)
	}
	s.running = kept
	return ended
}
