package result

import (
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// minIdleS is how long a device has to stand idle within a run for the fit to say
// what that costs: some tens of steps of an energy counter.
const minIdleS = 1.0

// fits are what the fitted method learned, by device.
func fits(r attribution.Result) []event.Fit {
	out := make([]event.Fit, 0, len(r.Fits))
	for _, f := range r.Fits {
		fit := event.Fit{
			Device: f.Device, Usable: f.Usable, Unusable: f.Reason,
			PrefillTokenJ: f.PrefillTokenJ, DecodeTokenJ: f.DecodeTokenJ, ActiveW: f.ActiveW,
			R2: f.R2, ResidualW: f.ResidualW, ResidualRel: f.ResidualRel,
			Bins: int64(f.Bins), BinS: f.BinS, Timed: f.Timed,
		}
		for _, l := range r.Ledgers {
			// What nobody was idle for taught nothing.
			if l.Device == f.Device && l.Method == attribution.Fitted && f.IdleW > 0 && l.IdleJ/f.IdleW >= minIdleS {
				fit.IdleW = new(f.IdleW)
			}
		}
		out = append(out, fit)
	}
	return out
}

// spread is how far apart the methods are on each ok attempt that is no warm-up;
// nil with fewer than two methods. The rows of an attempt are neighbours.
func spread(rows []event.ResultRequest, methods int) *event.Distribution {
	if methods < 2 {
		return nil
	}
	var values []float64
	for i := 0; i+methods <= len(rows); i += methods {
		low, high, sum, known := 0.0, 0.0, 0.0, true
		for k, row := range rows[i : i+methods] {
			if row.EnergyJ == nil || row.Status != event.StatusOK || row.Warmup {
				known = false
				break
			}
			if k == 0 {
				low, high = *row.EnergyJ, *row.EnergyJ
			}
			low, high, sum = min(low, *row.EnergyJ), max(high, *row.EnergyJ), sum+*row.EnergyJ
		}
		if known && sum > 0 {
			values = append(values, (high-low)/(sum/float64(methods)))
		}
	}
	return distribution(values)
}
