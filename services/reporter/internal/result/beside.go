package result

import (
	"math"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// beside are the accounts of the time before the load and after it, by device.
type beside struct{ before, after map[string]event.Beside }

// besides accounts for what devices drew between their first reading and the load, and
// between the load and their last one: by the same curve of their power, cut elsewhere,
// so that the three add up.
func (c *computation) besides(devices []measured) error {
	first, last := int64(math.MaxInt64), int64(math.MinInt64)
	for _, d := range devices {
		if samples := c.series(d); len(samples) > 0 {
			first, last = min(first, samples[0].TimeNS), max(last, samples[len(samples)-1].TimeNS)
		}
	}
	for _, side := range []struct {
		window window
		into   map[string]event.Beside
	}{
		{window{first, min(c.window.from, last)}, c.beside.before},
		{window{max(c.window.to, first), last}, c.beside.after},
	} {
		if side.window.to <= side.window.from {
			continue
		}
		r, err := c.attribute(part{methods: []string{attribution.EqualShare}, devices: devices, window: side.window})
		if err != nil {
			return err
		}
		for i, stats := range r.Devices {
			l := r.Ledgers[i] // by one method
			d := devices[slices.IndexFunc(devices, func(d measured) bool { return d.ID == l.Device })]
			knownNS := side.window.to - side.window.from - stats.GapNS
			if knownNS == 0 && l.MeasuredJ == 0 {
				continue // it gave no data then
			}
			side.into[d.ID] = event.Beside{
				EnergyJ: l.MeasuredJ, GapJ: l.GapJ, IntervalJ: d.bounds(l),
				DurationS: float64(knownNS) / 1e9, MeanPowerW: stats.MeanPowerW,
			}
		}
	}
	return nil
}

// sumBeside adds up devices; nil when none has an account. Its time is the longest.
func sumBeside(devices []measured, of map[string]event.Beside) *event.Beside {
	var sum *event.Beside
	for _, d := range devices {
		b, ok := of[d.ID]
		switch {
		case !ok:
		case sum == nil:
			sum = &b
		default:
			sum.EnergyJ, sum.GapJ = sum.EnergyJ+b.EnergyJ, sum.GapJ+b.GapJ
			sum.IntervalJ = sum.IntervalJ.Plus(b.IntervalJ)
			sum.DurationS, sum.MeanPowerW = max(sum.DurationS, b.DurationS), sum.MeanPowerW+b.MeanPowerW
		}
	}
	return sum
}
