package arrival

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

// ErrUnknownType is returned for a load type that has no process here.
var ErrUnknownType = errors.New("unknown load type")

// Process yields the arrival of one request after another.
type Process interface {
	// Next is the offset of the next arrival from the start of the load, never
	// before the last one. ok is false when no more arrive.
	Next() (at time.Duration, ok bool)
}

// Trace is a dataset that has arrival times, sorted and from zero on.
type Trace interface {
	Arrival(i int64) time.Duration
}

// New picks the process of load.Type. The trace is looked at for type trace only.
// A closed loop has no process.
func New(load config.Load, seed int64, trace Trace) (Process, error) {
	switch load.Type {
	case config.LoadConstant:
		return &bent{ticks: even{}, rate: profileOf(load)}, nil
	case config.LoadPoisson:
		return &bent{ticks: exponential{chance(seed)}, rate: profileOf(load)}, nil
	case config.LoadGamma:
		return &bent{ticks: gamma{chance(seed), load.Burstiness}, rate: profileOf(load)}, nil
	case config.LoadTrace:
		return &replay{trace: trace, scale: load.TimeScale}, nil
	case config.LoadASAP:
		return atOnce{}, nil
	}
	return nil, fmt.Errorf("%w: %q", ErrUnknownType, load.Type)
}

func chance(seed int64) *rand.Rand { return rand.New(rand.NewPCG(uint64(seed), 0)) }

// bent puts the ticks of a unit rate clock where the rate's integral reaches
// them. Between ticks of one per unit this makes a process of any changing rate:
// even ticks follow the rate exactly, exponential ones give the inhomogeneous
// Poisson process.
type bent struct {
	ticks gaps
	rate  profile
	n     int64
	tick  float64
}

func (b *bent) Next() (time.Duration, bool) {
	// The first request opens the load.
	if b.n > 0 {
		b.tick = b.ticks.after(b.tick, b.n)
	}
	b.n++
	at, ok := b.rate.reaches(b.tick)
	return seconds(at), ok
}

// replay takes arrivals from a dataset.
type replay struct {
	trace Trace
	scale float64
	n     int64
}

func (r *replay) Next() (time.Duration, bool) {
	at := time.Duration(math.Round(float64(r.trace.Arrival(r.n)) * r.scale))
	r.n++
	return at, true
}

// atOnce has everything arrive at the start: an infinite rate.
type atOnce struct{}

func (atOnce) Next() (time.Duration, bool) { return 0, true }

// seconds is a duration, as far as it goes: 292 years.
func seconds(s float64) time.Duration {
	ns := math.Round(s * float64(time.Second))
	if ns >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(ns)
}
