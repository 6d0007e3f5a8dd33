package sampling

import (
	"math"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// idle is one device's baseline: its mean power before any load.
//
// The energy counter between two of its own changes is exact to a step divided
// by the time; the mean of power readings is what is left where there is no
// counter, or too short a time for it.
type idle struct {
	firstChange, lastChange point
	lastEnergyMJ            int64
	changes                 int

	lastPower point
	area      float64 // mW·ns under the power readings
	width     int64   // ns
}

type point struct{ atNS, value int64 }

func newIdle() idle { return idle{lastEnergyMJ: event.Missing} }

func (d *idle) add(r device.Reading) {
	if r.EnergyMJ != event.Missing {
		d.energy(point{r.AtNS, r.EnergyMJ})
	}
	if r.PowerMW != event.Missing {
		d.power(point{r.AtNS, r.PowerMW})
	}
}

func (d *idle) energy(p point) {
	before := d.lastEnergyMJ
	d.lastEnergyMJ = p.value
	switch {
	case before == event.Missing || p.value == before:
		return
	case p.value < before:
		// A counter that was reset starts anew.
		d.changes = 0
		return
	}
	if d.changes == 0 {
		d.firstChange = p
	}
	d.lastChange = p
	d.changes++
}

func (d *idle) power(p point) {
	if width := p.atNS - d.lastPower.atNS; d.lastPower.atNS != 0 && width > 0 {
		d.area += float64(width) * (float64(d.lastPower.value) + float64(p.value)) / 2
		d.width += width
	}
	d.lastPower = p
}

// counterSpan is the least time between counter changes that makes a mean: ten
// steps of the slowest counters known.
const counterSpan = time.Second

// mean is the idle power in mW, or nil when nothing was measured.
func (d *idle) mean() *int64 {
	var mw float64
	span := d.lastChange.atNS - d.firstChange.atNS
	switch {
	case d.changes >= 2 && span >= int64(counterSpan):
		// mJ per ns is 1e9 mW.
		mw = float64(d.lastChange.value-d.firstChange.value) / float64(span) * 1e9
	case d.width > 0:
		mw = d.area / float64(d.width)
	case d.lastPower.atNS != 0:
		mw = float64(d.lastPower.value)
	default:
		return nil
	}
	out := int64(math.Round(mw))
	return &out
}
