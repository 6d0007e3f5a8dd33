package usage

import (
	"math"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/machine"
)

// Processors is how busy all processors of the host at Root were since the reading
// before, in percent, at the middle of that time.
type Processors struct {
	Root string

	before   machine.Busy
	beforeNS int64
	// rest is what rounding has left over. A server's one busy thread of hundreds is
	// less than half a percent, and would round to nothing forever.
	rest float64
}

// Read implements Gauge. The first reading says nothing.
func (p *Processors) Read(at event.Stamp) *device.Gauges {
	busy, err := machine.ReadBusy(p.Root)
	if err != nil {
		return nil
	}
	load, ok := busy.LoadSince(p.before)
	first, elapsed := p.before == machine.Busy{}, at.MonoNS-p.beforeNS
	p.before, p.beforeNS = busy, at.MonoNS
	if first || !ok {
		return nil
	}
	g := device.NoGauges(at.WallNS - elapsed/2)
	g.UtilizationPct = p.whole(100 * load)
	return &g
}

// whole is a percentage without its fraction, which the next one gets.
func (p *Processors) whole(pct float64) int64 {
	pct += p.rest
	whole := math.Floor(pct + 0.5)
	p.rest = pct - whole
	return int64(whole)
}

// Memory is how many bytes of the memory of the host at Root are in use.
type Memory struct{ Root string }

// Read implements Gauge.
func (m Memory) Read(at event.Stamp) *device.Gauges {
	used, err := machine.MemoryUsed(m.Root)
	if err != nil {
		return nil
	}
	g := device.NoGauges(at.WallNS)
	g.MemoryUsedBytes = used
	return &g
}
