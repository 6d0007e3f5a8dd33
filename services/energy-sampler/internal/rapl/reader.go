package rapl

import (
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// reader follows one counter across its wraps.
type reader struct {
	zone   zone
	lastUJ uint64
	// totalUJ grows since the source was opened; it does not wrap in practice
	// (at 1 kW in 580 years).
	totalUJ uint64

	prior      event.Stamp
	priorTotal uint64
}

func (r *reader) read(at event.Stamp) device.Reading {
	now, err := r.zone.energyUJ()
	if err != nil {
		return device.Failed(at.WallNS, device.ReadError, err.Error())
	}
	out := device.Unread(at.WallNS)
	step, ok := advance(r.lastUJ, now, r.zone.rangeUJ)
	if !ok {
		out.Flags |= device.CounterReset
	}
	r.lastUJ = now
	r.totalUJ += step
	out.EnergyMJ = int64(r.totalUJ / 1000)
	if ns := at.MonoNS - r.prior.MonoNS; r.prior != (event.Stamp{}) && ns > 0 {
		// µJ per ns is kW: 1e6 mW.
		out.PowerMW = int64(float64(r.totalUJ-r.priorTotal) / float64(ns) * 1e6)
	}
	r.prior, r.priorTotal = at, r.totalUJ
	return out
}

// advance is the energy between two readings of a counter that wraps at its
// range. A counter that went back further than a wrap explains was reset: what
// it lost is unknown, and nothing is made up for it.
func advance(before, now, rangeUJ uint64) (step uint64, ok bool) {
	if now >= before {
		return now - before, true
	}
	// A wrap leaves the old value near the top and the new one near the bottom.
	if rangeUJ >= before && before > rangeUJ/2 && now < rangeUJ/2 {
		return rangeUJ - before + now, true
	}
	return 0, false
}
