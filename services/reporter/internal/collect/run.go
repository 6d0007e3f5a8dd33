package collect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

// ErrNoRun is returned when the streams hold no run.requested of the run.
var ErrNoRun = errors.New("the streams do not hold this run")

// Own is the service whose events are results of the run and not its record.
const Own = "reporter"

// Run is everything that the streams say of a run.
type Run struct {
	ID        event.RunID
	Requested *event.RunRequested
	Config    config.Run
	// StartedNS and DrainedNS bound the load; 0 when there is no such event.
	StartedNS, DrainedNS int64
	Failure              *event.Failure
	Cancelled            string
	// Finished are the attempts by request and attempt.
	Finished []*event.RequestFinished
	// Hosts are the newest descriptions, by host.
	Hosts map[string]*event.HostDescribed
	// Samples are a device's readings in wall time, in no order.
	Samples map[string][]attribution.Sample
	// SampleFlags are what seconds of a device were flagged with.
	SampleFlags map[string]map[string]bool
	// Utilization is a device's mean utilization in percent over its readings.
	Utilization map[string]float64
	Gaps        []*event.PowerGap
	Offsets     map[string]*event.ClockOffset
	Truth       *event.TruthRecorded
	// Boots are the boot ids of the clocks, by host.
	Boots        map[string]string
	Completeness event.Completeness
}

// Read collects a run.
func Read(ctx context.Context, b *bus.Bus, id event.RunID) (*Run, error) {
	c := newCollector(id)
	kinds := []subject.Kind{subject.Ctl, subject.Request, subject.Prompt, subject.Power}
	for record, err := range b.Replay(ctx, id, kinds...) {
		var bad *bus.DecodeError
		switch {
		case errors.As(err, &bad):
			c.dead++
		case err != nil:
			return nil, fmt.Errorf("read run %s: %w", id, err)
		default:
			c.add(record.Event)
		}
	}
	return c.run()
}

// From collects a run from events at hand.
func From(id event.RunID, events []event.Event) (*Run, error) {
	c := newCollector(id)
	for _, e := range events {
		c.add(e)
	}
	return c.run()
}

// collector keeps the newest or only event of each kind, by event id.
type collector struct {
	r         *Run
	producers map[producer]*progress
	hosts     map[string]event.Event
	offsets   map[string]event.Event
	finished  map[attempt]event.Event
	power     []event.Event
	truths    map[string]event.Event
	dead      uint64
	repeated  uint64
}

type attempt struct {
	request string
	number  int
}

func newCollector(id event.RunID) *collector {
	return &collector{
		r:         &Run{ID: id},
		producers: map[producer]*progress{},
		hosts:     map[string]event.Event{}, offsets: map[string]event.Event{},
		finished: map[attempt]event.Event{}, truths: map[string]event.Event{},
	}
}

func (c *collector) add(e event.Event) {
	if e.ID.Producer.Service == Own {
		return
	}
	key := producer{e.ID.Producer.String(), e.ID.Epoch}
	p := c.producers[key]
	if p == nil {
		p = &progress{seen: map[uint64]bool{}}
		c.producers[key] = p
	}
	if p.seen[e.ID.Seq] {
		c.repeated++
		return
	}
	p.seen[e.ID.Seq] = true
	r := c.r
	switch d := e.Data.(type) {
	case *event.RunRequested:
		r.Requested = d
	case *event.RunStarted:
		r.StartedNS = earlier(r.StartedNS, d.AtNS)
	case *event.RunDrained:
		r.DrainedNS = earlier(r.DrainedNS, d.AtNS)
	case *event.RunFailed:
		if r.Failure == nil || d.Class < r.Failure.Class {
			r.Failure = &event.Failure{Class: d.Class, Reason: d.Reason}
		}
	case *event.RunCancelled:
		r.Cancelled = d.Reason
	case *event.RequestFinished:
		keep(c.finished, attempt{d.RequestID, d.Attempt}, e, first)
	case *event.HostDescribed:
		keep(c.hosts, d.Host, e, last)
	case *event.ClockOffset:
		keep(c.offsets, d.Host, e, last)
	case *event.TruthRecorded:
		keep(c.truths, d.Host, e, last)
	case *event.PowerSampled:
		c.power = append(c.power, e)
	case *event.PowerGap:
		r.Gaps = append(r.Gaps, d)
	case *event.ProducerClosed:
		p.closed, p.count = true, d.Count
	}
}

func earlier(a, b int64) int64 {
	if a == 0 {
		return b
	}
	return min(a, b)
}

// first and last choose between two events of one thing, by id, so that the
// order of arrival does not matter.
func first(a, b event.Event) bool { return compare(a, b) < 0 }
func last(a, b event.Event) bool  { return compare(a, b) > 0 }

func compare(a, b event.Event) int {
	return cmp.Or(cmp.Compare(a.ID.Epoch, b.ID.Epoch), cmp.Compare(a.ID.Seq, b.ID.Seq), cmp.Compare(a.ID.String(), b.ID.String()))
}

func keep[K comparable](m map[K]event.Event, key K, e event.Event, better func(a, b event.Event) bool) {
	if was, ok := m[key]; !ok || better(e, was) {
		m[key] = e
	}
}

// run puts everything into canonical order.
func (c *collector) run() (*Run, error) {
	r := c.r
	if r.Requested == nil {
		return nil, fmt.Errorf("%w: %s", ErrNoRun, r.ID)
	}
	var err error
	if r.Config, err = config.Parse(r.Requested.Config); err != nil {
		return nil, fmt.Errorf("config of run %s: %w", r.ID, err)
	}
	r.Hosts, r.Offsets, r.Boots = map[string]*event.HostDescribed{}, map[string]*event.ClockOffset{}, map[string]string{}
	for host, e := range c.hosts {
		d := e.Data.(*event.HostDescribed)
		r.Hosts[host], r.Boots[d.Clock.Host] = d, d.Clock.BootID
	}
	for host, e := range c.offsets {
		r.Offsets[host] = e.Data.(*event.ClockOffset)
	}
	for _, e := range c.finished {
		d := e.Data.(*event.RequestFinished)
		r.Finished = append(r.Finished, d)
		r.Boots[d.Clock.Host] = d.Clock.BootID
	}
	slices.SortFunc(r.Finished, func(a, b *event.RequestFinished) int {
		return cmp.Or(cmp.Compare(a.RequestID, b.RequestID), cmp.Compare(a.Attempt, b.Attempt))
	})
	slices.SortFunc(r.Gaps, func(a, b *event.PowerGap) int {
		return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.Device, b.Device), cmp.Compare(a.FromNS, b.FromNS), cmp.Compare(a.ToNS, b.ToNS))
	})
	for _, host := range slices.Sorted(maps.Keys(c.truths)) {
		r.Truth = mergeTruth(r.Truth, c.truths[host].Data.(*event.TruthRecorded))
	}
	c.readings()
	r.Completeness = c.completeness()
	return r, nil
}

// mergeTruth adds the ledgers of several hosts.
func mergeTruth(a, b *event.TruthRecorded) *event.TruthRecorded {
	if a == nil {
		return b
	}
	merged := *a
	merged.DeviceJ = maps.Clone(a.DeviceJ)
	maps.Copy(merged.DeviceJ, b.DeviceJ)
	merged.FromNS, merged.ToNS = min(a.FromNS, b.FromNS), max(a.ToNS, b.ToNS)
	merged.Requests = append(slices.Clone(a.Requests), b.Requests...)
	merged.IdleJ += b.IdleJ
	return &merged
}

// readings turns host-seconds into samples.
func (c *collector) readings() {
	r := c.r
	r.Samples, r.SampleFlags, r.Utilization = map[string][]attribution.Sample{}, map[string]map[string]bool{}, map[string]float64{}
	slices.SortFunc(c.power, compare)
	seen, busy := map[string]float64{}, map[string]float64{}
	for _, e := range c.power {
		p := e.Data.(*event.PowerSampled)
		for i := range p.Devices {
			d := &p.Devices[i]
			for at, t := range d.TNS {
				s := attribution.Sample{TimeNS: p.Start.WallNS + t, PowerMW: event.Missing, EnergyMJ: event.Missing}
				if d.PowerMW.Known(at) {
					s.PowerMW = d.PowerMW[at]
				}
				if d.EnergyMJ.Known(at) {
					s.EnergyMJ = d.EnergyMJ[at]
				}
				r.Samples[d.Device] = append(r.Samples[d.Device], s)
				if d.UtilizationPct.Known(at) {
					seen[d.Device]++
					busy[d.Device] += float64(d.UtilizationPct[at])
				}
			}
			for _, flag := range d.Flags {
				if r.SampleFlags[d.Device] == nil {
					r.SampleFlags[d.Device] = map[string]bool{}
				}
				r.SampleFlags[d.Device][flag] = true
			}
		}
	}
	for device, n := range seen {
		r.Utilization[device] = busy[device] / n
	}
}
