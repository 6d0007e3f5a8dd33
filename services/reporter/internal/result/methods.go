package result

import (
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// fits are what the fitted method learned, by device.
func fits(learned []attribution.Fit) []event.Fit {
	out := make([]event.Fit, 0, len(learned))
	for _, f := range learned {
		out = append(out, event.Fit{
			Device: f.Device, Usable: f.Usable, Unusable: f.Reason,
			PrefillTokenJ: f.PrefillTokenJ, DecodeTokenJ: f.DecodeTokenJ, ActiveW: f.ActiveW, IdleW: f.IdleW,
			R2: f.R2, ResidualW: f.ResidualW, ResidualRel: f.ResidualRel,
			Bins: int64(f.Bins), BinS: f.BinS, Timed: f.Timed,
		})
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
