package collect

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// collector takes events in the order of their ids.
type collector struct {
	r         *Run
	producers map[producer]*progress
	failed    *event.RunFailed
	cancelled *event.RunCancelled
	// contested are the hosts that devices belong to which several describe.
	contested map[string]string
	finished  map[attempt]*event.RequestFinished
	started   map[attempt]bool
	// prompts are the turns that each prompt has beyond its first.
	prompts map[string]int
	power   []*event.PowerSampled
	truths  map[string]*event.TruthRecorded
	clients map[producer]*Client

	dead, repeated, late uint64
}

type attempt struct {
	request string
	number  int
}

func newCollector(id event.RunID) *collector {
	return &collector{
		r: &Run{
			ID: id, Hosts: map[string]*event.HostDescribed{}, Offsets: map[string][]*event.ClockOffset{},
			Boots: map[string]string{}, anchors: map[string]event.Stamp{}, latest: map[string]event.Stamp{},
		},
		producers: map[producer]*progress{}, finished: map[attempt]*event.RequestFinished{},
		started: map[attempt]bool{}, prompts: map[string]int{}, truths: map[string]*event.TruthRecorded{}, clients: map[producer]*Client{}, contested: map[string]string{},
	}
}

func (c *collector) add(e event.Event) {
	p := c.producer(e.ID.Producer.String(), e.ID.Epoch)
	if !p.see(e.ID.Seq) {
		c.repeated++
		return
	}
	r := c.r
	switch d := e.Data.(type) {
	case *event.RunRequested:
		if r.Requested == nil {
			r.Requested = d
		}
	case *event.RunStarted:
		r.StartedNS = earlier(r.StartedNS, d.AtNS)
	case *event.RunLoaded:
		if r.Dataset == nil {
			r.Dataset = d.Dataset
		}
	case *event.RunDrained:
		r.DrainedNS = earlier(r.DrainedNS, d.AtNS)
	case *event.RunFailed:
		if c.failed == nil || d.AtNS < c.failed.AtNS {
			c.failed = d
		}
	case *event.RunCancelled:
		if c.cancelled == nil || d.AtNS < c.cancelled.AtNS {
			c.cancelled = d
		}
	case *event.PromptQueued:
		c.prompts[d.RequestID] = len(d.Turns)
	case *event.RequestStarted:
		c.started[attempt{d.RequestID, d.Attempt}] = true
		c.anchor(d.Clock, d.Sent)
	case *event.RequestFinished:
		c.finish(d)
	case *event.HostDescribed:
		c.describe(d)
	case *event.ClockOffset:
		r.Offsets[d.Host] = append(r.Offsets[d.Host], d)
	case *event.ServerSampled:
		r.Servers = append(r.Servers, d)
		c.anchor(d.Clock, d.At)
	case *event.DriverSampled:
		c.client(e.ID, d)
	case *event.TruthRecorded:
		c.truths[d.Host] = d
	case *event.PowerSampled:
		c.power = append(c.power, d)
		c.anchor(d.Clock, d.Start)
	case *event.IntensityObserved:
		r.Intensities = append(r.Intensities, d)
	case *event.PowerGap:
		r.Gaps = append(r.Gaps, d)
	case *event.ProducerClosed:
		p.closed, p.count = true, d.Count
	}
}

func (c *collector) finish(d *event.RequestFinished) {
	key := attempt{d.RequestID, d.Attempt}
	if c.finished[key] != nil {
		c.r.Conflicts++
		return
	}
	// What is not measured at the end is treated as what is not at the beginning.
	d.Warmup = d.Warmup || d.Cooldown
	c.finished[key] = d
	c.anchor(d.Clock, d.Sent)
}

// client keeps the sample that counts longest, which is the whole account.
func (c *collector) client(id event.ID, d *event.DriverSampled) {
	key := producer{id.Producer.String(), id.Epoch}
	was := c.clients[key]
	if was == nil {
		was = &Client{Producer: key.name, Epoch: key.epoch}
		c.clients[key] = was
	}
	was.Samples = append(was.Samples, *d)
	c.anchor(d.Clock, d.At)
}

// anchor remembers a host's clock, and the earliest and the last stamp of its boot.
func (c *collector) anchor(k event.Clock, s event.Stamp) {
	if boot, ok := c.r.Boots[k.Host]; !ok || k.BootID < boot {
		c.r.Boots[k.Host] = k.BootID
	}
	if s.MonoNS == 0 {
		return
	}
	if was, ok := c.r.anchors[k.BootID]; !ok || s.MonoNS < was.MonoNS || s.MonoNS == was.MonoNS && s.WallNS < was.WallNS {
		c.r.anchors[k.BootID] = s
	}
	if s.MonoNS >= c.r.latest[k.BootID].MonoNS {
		c.r.latest[k.BootID] = s
	}
}

// describe keeps the later description of a host, the one with the idle baseline.
// What an earlier one flagged or measured of a device stays with it.
func (c *collector) describe(d *event.HostDescribed) {
	was := c.r.Hosts[d.Host]
	c.anchor(d.Clock, event.Stamp{})
	if was == nil {
		c.r.Hosts[d.Host] = d
		return
	}
	merged := *d
	merged.Devices = slices.Clone(d.Devices)
	for i := range merged.Devices {
		now := &merged.Devices[i]
		k := slices.IndexFunc(was.Devices, func(before event.Device) bool { return before.ID == now.ID })
		if k < 0 {
			continue
		}
		now.Flags = union(now.Flags, was.Devices[k].Flags)
		now.IdlePowerMW = cmp.Or(now.IdlePowerMW, was.Devices[k].IdlePowerMW)
	}
	c.r.Hosts[d.Host] = &merged
}

// union is sorted; nil when both are empty.
func union(a, b []string) []string {
	if len(a)+len(b) == 0 {
		return nil
	}
	return slices.Compact(slices.Sorted(slices.Values(slices.Concat(a, b))))
}

func earlier(a, b int64) int64 {
	if a == 0 {
		return b
	}
	return min(a, b)
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
	if c.failed != nil {
		r.Failure = &event.Failure{Class: c.failed.Class, Reason: c.failed.Reason}
	}
	if c.cancelled != nil {
		r.Cancelled = c.cancelled.Reason
	}
	r.Finished = slices.SortedFunc(maps.Values(c.finished), func(a, b *event.RequestFinished) int {
		return cmp.Or(strings.Compare(a.RequestID, b.RequestID), cmp.Compare(a.Attempt, b.Attempt))
	})
	for key := range c.started {
		if c.finished[key] == nil {
			r.Abandoned++
		}
	}
	r.Sessions = c.sessions()
	for _, f := range r.Finished {
		delete(c.prompts, f.RequestID)
	}
	r.Unanswered = int64(len(c.prompts))
	slices.SortStableFunc(r.Gaps, func(a, b *event.PowerGap) int {
		return cmp.Or(strings.Compare(a.Host, b.Host), strings.Compare(a.Device, b.Device), cmp.Compare(a.FromNS, b.FromNS), cmp.Compare(a.ToNS, b.ToNS))
	})
	slices.SortStableFunc(r.Intensities, func(a, b *event.IntensityObserved) int {
		return cmp.Or(cmp.Compare(a.AtNS, b.AtNS), strings.Compare(a.Host, b.Host))
	})
	slices.SortStableFunc(r.Servers, func(a, b *event.ServerSampled) int {
		return cmp.Or(strings.Compare(a.Endpoint, b.Endpoint), cmp.Compare(r.Wall(a.Clock, a.At), r.Wall(b.Clock, b.At)))
	})
	for _, estimates := range r.Offsets {
		slices.SortStableFunc(estimates, func(a, b *event.ClockOffset) int { return cmp.Compare(a.AtNS, b.AtNS) })
	}
	for _, client := range c.clients {
		slices.SortStableFunc(client.Samples, func(a, b event.DriverSampled) int { return cmp.Compare(a.ElapsedNS, b.ElapsedNS) })
		r.Clients = append(r.Clients, *client)
	}
	slices.SortFunc(r.Clients, func(a, b Client) int {
		return cmp.Or(strings.Compare(a.Producer, b.Producer), cmp.Compare(a.Epoch, b.Epoch))
	})
	c.own()
	for _, host := range slices.Sorted(maps.Keys(c.truths)) {
		if c.measures(host) {
			r.Truth = mergeTruth(r.Truth, c.truths[host])
		}
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
