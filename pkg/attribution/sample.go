package attribution

import (
	"fmt"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Sample is one reading of a device. PowerMW and EnergyMJ are event.Missing when not read.
type Sample struct {
	TimeNS   int64
	PowerMW  int64
	EnergyMJ int64
}

// join merges two readings of one moment: what is known beats what is missing,
// and of two values the larger one stands, so that the order cannot matter.
func (s Sample) join(o Sample) Sample {
	return Sample{s.TimeNS, max(s.PowerMW, o.PowerMW), max(s.EnergyMJ, o.EnergyMJ)}
}

// Device describes a device's sensors (from host.described).
type Device struct {
	ID              string
	Provenance      event.Provenance
	AverageWindowNS int64   // of the power reading; 0 is instantaneous
	CounterStepNS   int64   // how often the energy counter moves; 0 when unknown
	GainErrorRel    float64 // 0 when not stated
	IdlePowerMW     int64   // baseline; event.Missing when none was taken
	Flags           []string
}

func (d Device) equal(o Device) bool {
	return d.ID == o.ID && d.Provenance == o.Provenance && d.AverageWindowNS == o.AverageWindowNS &&
		d.CounterStepNS == o.CounterStepNS && d.GainErrorRel == o.GainErrorRel &&
		d.IdlePowerMW == o.IdlePowerMW && slices.Equal(d.Flags, o.Flags)
}

func (d Device) check() error {
	switch {
	case d.ID == "":
		return fmt.Errorf("%w: no id", ErrDevice)
	case d.AverageWindowNS < 0 || d.CounterStepNS < 0:
		return fmt.Errorf("%w: %s: negative window or step", ErrDevice, d.ID)
	case !(d.GainErrorRel >= 0 && d.GainErrorRel < 1):
		return fmt.Errorf("%w: %s: gain error %v", ErrDevice, d.ID, d.GainErrorRel)
	case d.IdlePowerMW < 0 && d.IdlePowerMW != event.Missing:
		return fmt.Errorf("%w: %s: negative idle power", ErrDevice, d.ID)
	}
	return nil
}
