package batch

import (
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// Builder collects the readings of one host. It is not safe for concurrent use.
type Builder struct {
	clock   event.Clock
	devices []*deviceRows
	start   event.Stamp
	flags   device.Flags
}

// NewBuilder takes the ids of the devices, in the order of their numbers.
func NewBuilder(host event.Clock, ids []string) *Builder {
	b := &Builder{clock: host}
	for _, id := range ids {
		b.devices = append(b.devices, &deviceRows{id: id})
	}
	return b
}

// From is a sink whose device 0 is this builder's device first, so that several
// sources share one builder.
func (b *Builder) From(first int) device.Sink {
	return offset{b, first}
}

type offset struct {
	b     *Builder
	first int
}

func (o offset) Add(i int, r device.Reading) { o.b.Add(o.first+i, r) }

// Begin opens a batch at the given moment.
func (b *Builder) Begin(start event.Stamp) {
	b.start, b.flags = start, 0
	for _, d := range b.devices {
		d.reset()
	}
}

// Start is the moment at which the open batch began; zero when none is open.
func (b *Builder) Start() event.Stamp { return b.start }

// Mark adds a fact about the whole second.
func (b *Builder) Mark(f device.Flags) { b.flags |= f }

// Add implements device.Sink.
func (b *Builder) Add(i int, r device.Reading) {
	d := b.devices[i]
	d.flags |= r.Flags
	switch {
	case r.Gauges != nil:
		d.addGauges(*r.Gauges)
	case r.Known():
		d.addPower(r)
	default:
		d.fail(r)
	}
}

// End closes the batch and returns its events: the host-second, unless nothing
// was read in it, and a gap for each device that has just answered again.
func (b *Builder) End() []event.Payload {
	if b.start == (event.Stamp{}) {
		return nil
	}
	out := &event.PowerSampled{Host: b.clock.Host, Clock: b.clock, Start: b.start}
	var gaps []event.Payload
	for _, d := range b.devices {
		gaps = append(gaps, b.gaps(d)...)
		out.Devices = d.appendTo(out.Devices, b.start.WallNS, b.flags)
	}
	b.start = event.Stamp{}
	if len(out.Devices) == 0 {
		return gaps
	}
	return append([]event.Payload{out}, gaps...)
}

// Close is End, and a gap for each device that is still silent at the given wall
// time.
func (b *Builder) Close(nowNS int64) []event.Payload {
	for _, d := range b.devices {
		d.endGap(nowNS)
	}
	return b.End()
}

func (b *Builder) gaps(d *deviceRows) []event.Payload {
	var out []event.Payload
	for _, g := range d.closed {
		out = append(out, &event.PowerGap{
			Host: b.clock.Host, Clock: b.clock, Device: d.id, FromNS: g.fromNS, ToNS: g.toNS, Reason: g.reason,
		})
	}
	d.closed = d.closed[:0]
	return out
}

// HostGap is a gap of the whole host.
func HostGap(host event.Clock, fromNS, toNS int64, reason string) *event.PowerGap {
	return &event.PowerGap{Host: host.Host, Clock: host, FromNS: fromNS, ToNS: max(fromNS, toNS), Reason: reason}
}

// Second reports whether a batch that began at start is full at now, both on the
// monotonic clock.
func Second(start, now event.Stamp) bool {
	return now.MonoNS-start.MonoNS >= int64(time.Second)
}
