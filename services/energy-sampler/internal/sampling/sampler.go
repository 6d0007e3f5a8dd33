package sampling

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/batch"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/tick"
)

const (
	// stall is how long the loop may stand still before that is a gap: below it
	// the readings are merely further apart.
	stall = time.Second
	// clockStep is how far the wall clock may move against the monotonic one in
	// a second and still be disciplined rather than set (NTP slews 0.5 ms/s).
	clockStep = 5 * time.Millisecond
)

// sampler reads the sources at every tick and emits host-seconds. Its methods
// are called from the loop only, except Mark.
type sampler struct {
	sources []device.Source
	sinks   []device.Sink
	builder *batch.Builder
	host    event.Clock
	emit    func(event.Payload)

	lastTick event.Stamp
	marks    atomic.Uint32
}

// newSampler reads sources with the given numbers of devices. tee sees every
// reading too.
func newSampler(c clock.Clock, sources []device.Source, counts []int, ids []string, tee func(int, device.Reading), emit func(event.Payload)) *sampler {
	s := &sampler{sources: sources, host: c.Host(), emit: emit, builder: batch.NewBuilder(c.Host(), ids)}
	first := 0
	for _, n := range counts {
		s.sinks = append(s.sinks, sink{s.builder, tee, first})
		first += n
	}
	return s
}

// sink numbers one source's devices among all and shows readings to the baseline.
type sink struct {
	builder *batch.Builder
	tee     func(int, device.Reading)
	first   int
}

func (s sink) Add(i int, r device.Reading) {
	s.builder.Add(s.first+i, r)
	s.tee(s.first+i, r)
}

// Mark adds a fact to the second that is being measured.
func (s *sampler) Mark(f device.Flags) { s.marks.Or(uint32(f)) }

// tick takes one reading of everything.
func (s *sampler) tick(ctx context.Context, t tick.Tick) {
	s.turn(t.At)
	if t.Missed > 0 {
		s.builder.Mark(device.TicksMissed)
	}
	if still := t.At.MonoNS - s.lastTick.MonoNS; s.lastTick != (event.Stamp{}) && t.Missed > 0 && still >= int64(stall) {
		s.emit(batch.HostGap(s.host, s.lastTick.WallNS, t.At.WallNS,
			fmt.Sprintf("the sampling loop stood still: %d readings missed", t.Missed)))
	}
	s.lastTick = t.At
	for i, source := range s.sources {
		source.Read(ctx, t.At, s.sinks[i])
	}
}

// turn closes the second when it is full and opens the next.
func (s *sampler) turn(now event.Stamp) {
	open := s.builder.Start()
	if open != (event.Stamp{}) && !batch.Second(open, now) {
		return
	}
	if moved := now.WallNS - open.AtMono(now.MonoNS); open != (event.Stamp{}) && (moved > int64(clockStep) || moved < -int64(clockStep)) {
		s.builder.Mark(device.ClockStepped)
	}
	s.builder.Mark(device.Flags(s.marks.Swap(0)))
	s.send(s.builder.End())
	s.builder.Begin(now)
}

// close emits the last, partial second and the gaps that are still open.
func (s *sampler) close(now event.Stamp) {
	s.builder.Mark(device.Flags(s.marks.Swap(0)))
	s.send(s.builder.Close(now.WallNS))
}

func (s *sampler) send(payloads []event.Payload) {
	for _, p := range payloads {
		s.emit(p)
	}
}
