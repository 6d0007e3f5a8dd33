package result

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
)

// Accounts of the ledger.
const (
	accountOK        = "ok"
	accountFailed    = "failed"
	accountCancelled = "cancelled"
	accountWarmup    = "warmup"
	accountRetried   = "retried"
)

// window is the load, in the common time: from the first send to the last end. A
// run without attempts has the time between its start and its end by the loader.
type window struct{ from, to int64 }

// loadWindow also finds how far its ends may be off.
func (c *computation) loadWindow() window {
	r := c.run
	if len(r.Finished) == 0 {
		return window{r.StartedNS, max(r.StartedNS, r.DrainedNS)}
	}
	w := window{math.MaxInt64, math.MinInt64}
	for _, f := range r.Finished {
		c.clockErrorNS = max(c.clockErrorNS, c.clockError(f))
		start := c.sent(f)
		w.from, w.to = min(w.from, start), max(w.to, start+f.EndAfterNS)
	}
	return w
}

// sent is when an attempt began, in the common time.
func (c *computation) sent(f *event.RequestFinished) int64 {
	return c.clocks.common(f.Clock.Host, c.run.Wall(f.Clock, f.Sent))
}

// clockError is how far an attempt may be off by the clocks.
func (c *computation) clockError(f *event.RequestFinished) int64 {
	return c.clocks.errorNS(f.Clock.Host, c.run.Wall(f.Clock, f.Sent), c.run.Hosts)
}

// measured is a device that the run measures.
type measured struct {
	event.Device
	host string
}

// devicesOf lists a run's devices of a kind. Of accelerators only those count
// that serve the model, when the config names them.
func devicesOf(r *collect.Run, kind event.DeviceKind) []measured {
	var out []measured
	for _, host := range slices.Sorted(maps.Keys(r.Hosts)) {
		for _, d := range r.Hosts[host].Devices {
			m := measured{d, host}
			if d.Kind != kind || kind == event.KindGPU && !serves(r.Config.Backend, m) {
				continue
			}
			out = append(out, m)
		}
	}
	slices.SortStableFunc(out, func(a, b measured) int { return strings.Compare(a.ID, b.ID) })
	return out
}

// split attributes the energy of one kind of device over a window.
func (c *computation) split(methods []string, devices []measured, w window) (attribution.Result, error) {
	return c.attribute(part{methods: methods, devices: devices, window: w, attempts: c.run.Finished, account: c.account})
}

// part is what is attributed in one go. Only readings less than margin away from
// the window are looked at; 0 looks at all. Shares go to take, if there is one, and
// else into the result.
type part struct {
	methods  []string
	devices  []measured
	window   window
	attempts []*event.RequestFinished
	account  func(*event.RequestFinished) string
	margin   int64
	take     func(*attribution.Share)
}

func (c *computation) attribute(p part) (attribution.Result, error) {
	m := c.run.Config.Metrics
	engine, err := c.engine(p, attribution.Options{
		Methods: p.methods, IdlePolicy: attribution.IdlePolicy(m.IdlePolicy),
		PrefillTokenWeight: m.PrefillTokenWeight, DecodeTokenWeight: m.DecodeTokenWeight,
		WindowErrorNS: c.clockErrorNS,
	})
	if err != nil {
		return attribution.Result{}, err
	}
	charged := c.charged(p.devices)
	for _, f := range p.attempts {
		r := c.request(f, charged(f.Replica))
		r.Account = p.account(f)
		if err := engine.AddRequest(r); err != nil {
			return attribution.Result{}, fmt.Errorf("request %s: %w", f.RequestID, err)
		}
	}
	if p.take != nil {
		return engine.CloseEach(p.window.from, p.window.to, p.take)
	}
	return engine.Close(p.window.from, p.window.to)
}

// engine has the devices of a part with their readings, and waits for requests.
func (c *computation) engine(p part, o attribution.Options) (*attribution.Engine, error) {
	o.MaxGapNS = maxGap(c.run.Config.Metrics.SampleHz, p.devices)
	engine, err := attribution.NewEngine(o)
	if err != nil {
		return nil, err
	}
	for _, d := range p.devices {
		if err := c.feed(engine, d, p); err != nil {
			return nil, err
		}
	}
	return engine, nil
}

// feed gives the engine a device with its readings and gaps, in the common time.
func (c *computation) feed(engine *attribution.Engine, d measured, p part) error {
	if err := engine.AddDevice(describe(d)); err != nil {
		return fmt.Errorf("device %s: %w", d.ID, err)
	}
	if err := engine.AddPower(d.ID, p.near(c.series(d))); err != nil {
		return fmt.Errorf("power of %s: %w", d.ID, err)
	}
	for _, gap := range c.run.Gaps {
		if gap.Device != d.ID && (gap.Device != "" || gap.Host != d.host) {
			continue
		}
		if err := engine.AddGap(d.ID, c.clocks.common(d.host, gap.FromNS), c.clocks.common(d.host, gap.ToNS)); err != nil {
			return fmt.Errorf("gap of %s: %w", d.ID, err)
		}
	}
	return nil
}

// series are a device's readings in the common time.
func (c *computation) series(d measured) []attribution.Sample {
	if len(c.clocks.hosts[d.host].estimates) == 0 {
		return c.run.Samples[d.ID]
	}
	if samples, ok := c.shifted[d.ID]; ok {
		return samples
	}
	samples := slices.Clone(c.run.Samples[d.ID])
	for i := range samples {
		samples[i].TimeNS = c.clocks.common(d.host, samples[i].TimeNS)
	}
	c.shifted[d.ID] = samples
	return samples
}

// near are the readings that a part looks at.
func (p part) near(samples []attribution.Sample) []attribution.Sample {
	if p.margin == 0 {
		return samples
	}
	from, to := sort.Search(len(samples), func(i int) bool { return samples[i].TimeNS >= p.window.from-p.margin }),
		sort.Search(len(samples), func(i int) bool { return samples[i].TimeNS > p.window.to+p.margin })
	return samples[from:to]
}

// maxGap is ten sample periods of the slowest device, and at least a second: one late
// tick is no gap.
func maxGap(hz float64, devices []measured) int64 {
	period := int64(1e9 / math.Max(hz, 0.1))
	for _, d := range devices {
		period = max(period, d.SamplePeriodNS)
	}
	return max(int64(1e9), 10*period)
}

func describe(d measured) attribution.Device {
	out := attribution.Device{
		ID: d.ID, Provenance: d.Provenance, AverageWindowNS: d.AverageWindowNS,
		IdlePowerMW: event.Missing, Flags: d.Flags,
	}
	if d.CounterStepNS != nil {
		out.CounterStepNS = *d.CounterStepNS
	}
	if d.GainErrorRel != nil {
		out.GainErrorRel = *d.GainErrorRel
	}
	if d.IdlePowerMW != nil {
		out.IdlePowerMW = *d.IdlePowerMW
	}
	return out
}

// request puts an attempt into the devices' clock.
func (c *computation) request(f *event.RequestFinished, devices []string) attribution.Request {
	start := c.sent(f)
	out := attribution.Request{
		ID: f.RequestID, Attempt: f.Attempt, Devices: devices,
		StartNS: start, FirstTokenNS: event.Missing, EndNS: start + endAfter(f),
		QueueNS: event.Missing, InputTokens: event.Missing, OutputTokens: event.Missing,
		ClockErrorNS: c.clockError(f), ChunkGapsNS: f.ChunkGapsNS,
	}
	if f.FirstTokenAfterNS != nil {
		out.FirstTokenNS = start + *f.FirstTokenAfterNS
	}
	if f.Server != nil && f.Server.QueueNS != nil {
		out.QueueNS = max(*f.Server.QueueNS, 0)
	}
	if f.Tokens.Input != nil {
		out.InputTokens = *f.Tokens.Input
	}
	if f.Tokens.Output != nil {
		out.OutputTokens = *f.Tokens.Output
	}
	return out
}

// endAfter is the last token of an attempt that is ok, else its end.
func endAfter(f *event.RequestFinished) int64 {
	if f.Status == event.StatusOK && f.LastTokenAfterNS != nil {
		return *f.LastTokenAfterNS
	}
	return f.EndAfterNS
}

// superseded is whether a later attempt was made at the same request.
func (c *computation) superseded(f *event.RequestFinished) bool {
	return c.latest[f.RequestID] > f.Attempt
}

// account of an attempt. An attempt that was made again is "retried": its energy
// is the price of the failure and not of the answer.
func (c *computation) account(f *event.RequestFinished) string {
	switch {
	case c.superseded(f):
		return accountRetried
	case f.Warmup:
		return accountWarmup
	case f.Status == event.StatusFailed:
		return accountFailed
	case f.Status == event.StatusCancelled:
		return accountCancelled
	}
	return accountOK
}
