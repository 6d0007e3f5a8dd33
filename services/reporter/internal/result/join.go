package result

import (
	"fmt"
	"maps"
	"math"
	"slices"

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

// window is the load: from its start to the last end of an attempt.
type window struct{ from, to int64 }

func loadWindow(r *collect.Run) window {
	w := window{r.StartedNS, 0}
	for _, f := range r.Finished {
		if w.from == 0 || f.Sent.WallNS < w.from {
			w.from = f.Sent.WallNS
		}
		w.to = max(w.to, f.Sent.WallNS+f.EndAfterNS)
	}
	w.to = max(w.to, r.DrainedNS, w.from)
	return w
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
			ids := r.Config.Backend.DeviceIDs
			if d.Kind != kind || (kind == event.KindGPU && len(ids) > 0 && !slices.Contains(ids, d.Index)) {
				continue
			}
			out = append(out, measured{d, host})
		}
	}
	slices.SortFunc(out, func(a, b measured) int {
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return out
}

// split attributes the energy of one kind of device.
func split(r *collect.Run, methods []string, devices []measured, w window) (attribution.Result, error) {
	m := r.Config.Metrics
	engine, err := attribution.NewEngine(attribution.Options{
		Methods: methods, IdlePolicy: attribution.IdlePolicy(m.IdlePolicy),
		PrefillTokenWeight: m.PrefillTokenWeight, DecodeTokenWeight: m.DecodeTokenWeight,
		MaxGapNS: maxGap(m.SampleHz),
	})
	if err != nil {
		return attribution.Result{}, err
	}
	ids := make([]string, 0, len(devices))
	for _, d := range devices {
		if err := engine.AddDevice(describe(d)); err != nil {
			return attribution.Result{}, fmt.Errorf("device %s: %w", d.ID, err)
		}
		ids = append(ids, d.ID)
		if err := engine.AddPower(d.ID, r.Samples[d.ID]); err != nil {
			return attribution.Result{}, fmt.Errorf("power of %s: %w", d.ID, err)
		}
		for _, gap := range r.Gaps {
			if gap.Device != d.ID && (gap.Device != "" || gap.Host != d.host) {
				continue
			}
			if err := engine.AddGap(d.ID, gap.FromNS, gap.ToNS); err != nil {
				return attribution.Result{}, fmt.Errorf("gap of %s: %w", d.ID, err)
			}
		}
	}
	offsets := newOffsets(r, devices)
	for _, f := range r.Finished {
		if err := engine.AddRequest(request(f, ids, offsets)); err != nil {
			return attribution.Result{}, fmt.Errorf("request %s: %w", f.RequestID, err)
		}
	}
	return engine.Close(w.from, w.to)
}

// maxGap is ten sample periods, and at least a second: one late tick is no gap.
func maxGap(hz float64) int64 {
	return max(int64(1e9), int64(10e9/math.Max(hz, 0.1)))
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
func request(f *event.RequestFinished, devices []string, o offsets) attribution.Request {
	shift := o.of(f.Clock.Host)
	start := f.Sent.WallNS - shift.OffsetNS
	out := attribution.Request{
		ID: f.RequestID, Attempt: f.Attempt, Devices: devices,
		StartNS: start, FirstTokenNS: event.Missing, EndNS: start + endAfter(f),
		QueueNS: event.Missing, InputTokens: event.Missing, OutputTokens: event.Missing,
		Account: account(f), ClockErrorNS: shift.ErrorNS,
	}
	if f.FirstTokenAfterNS != nil {
		out.FirstTokenNS = start + *f.FirstTokenAfterNS
	}
	if f.Server != nil && f.Server.QueueNS != nil {
		out.QueueNS = *f.Server.QueueNS
	}
	if f.Tokens.Input != nil {
		out.InputTokens, out.OutputTokens = *f.Tokens.Input, *f.Tokens.Output
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

func account(f *event.RequestFinished) string {
	switch {
	case f.Warmup:
		return accountWarmup
	case f.Attempt > 1:
		return accountRetried
	case f.Status == event.StatusFailed:
		return accountFailed
	case f.Status == event.StatusCancelled:
		return accountCancelled
	}
	return accountOK
}

// offsets are how far each driver host's clock is ahead of the devices'.
type offsets map[string]event.ClockState

// newOffsets takes one host's devices as the reference. Clocks of one boot are
// one clock; others are as far apart as the run's estimates say.
func newOffsets(r *collect.Run, devices []measured) offsets {
	out := offsets{}
	reference := ""
	if len(devices) > 0 {
		reference = devices[0].host
	}
	for host, boot := range r.Boots {
		state := event.ClockState{Host: host, Reference: reference}
		switch o, known := r.Offsets[host]; {
		case host == reference || (boot != "" && boot == r.Boots[reference]):
			state.SameHost = true
		case known && o.Reference == reference:
			state.OffsetNS, state.ErrorNS = o.OffsetNS, o.ErrorNS
		}
		out[host] = state
	}
	return out
}

func (o offsets) of(host string) event.ClockState { return o[host] }

// list is the offsets by host.
func (o offsets) list() []event.ClockState {
	out := make([]event.ClockState, 0, len(o))
	for _, host := range slices.Sorted(maps.Keys(o)) {
		out = append(out, o[host])
	}
	return out
}
