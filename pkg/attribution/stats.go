package attribution

import "github.com/neuralwatt/ai-energy-benchmarks/pkg/event"

// DeviceStats describe a device's data over the closed window.
type DeviceStats struct {
	Device string
	// Samples counts distinct moments; Duplicates readings of a moment that was
	// read already.
	Samples    int64
	Duplicates int64
	// GapNS is time of the window for which no energy is known.
	GapNS int64
	// CounterJ and IntegralJ are ΔE of the counter and ∫P dt over the stretches
	// where both are known; a ratio that stays off 1 is sensor gain.
	CounterJ, IntegralJ   float64
	HasCounter, HasPower  bool
	CounterStepNS         int64 // stated, or detected; 0 when unknown
	MeanPowerW, MaxPowerW float64
	Flags                 []string // "counter_reset", "counter_frozen", "gap", "averaged_power", ...
}

func (d *device) stats(fromNS, toNS int64) DeviceStats {
	k := &d.curve.counter
	s := DeviceStats{
		Device:        d.id,
		Samples:       max(d.readings[0], d.readings[1]),
		Duplicates:    max(d.inbox.duplicatePower, d.inbox.duplicateEnergy),
		GapNS:         toNS - fromNS - d.coveredNS,
		CounterJ:      d.curve.ratio.counterJ.value(),
		IntegralJ:     d.curve.ratio.integralJ.value(),
		HasCounter:    d.readings[1] > 0,
		HasPower:      d.readings[0] > 0,
		CounterStepNS: k.detected(),
		MaxPowerW:     float64(d.maxMW) / 1000,
	}
	if d.coveredNS > 0 {
		s.MeanPowerW = d.measured.value() / seconds(d.coveredNS)
	}
	bits := d.curve.seen
	if s.GapNS > d.options.MaxGapNS {
		bits |= bitGap
	}
	if !d.curve.started {
		bits |= bitNoData
	}
	if d.spec.IdlePowerMW == event.Missing {
		bits |= bitNoBaseline
	}
	s.Flags = bits.names(d.spec.Flags)
	return s
}

// detected is the stated step, or the mean time between jumps when readings
// came at least twice per jump; else 0.
func (k *counter) detected() int64 {
	if k.stepNS > 0 || k.jumps < 2 || k.readings < 2*k.jumps {
		return k.stepNS
	}
	return (k.lastJump - k.firstJump) / (k.jumps - 1)
}
