package result

import (
	"math"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// truth compares with the simulator's ledger: the total over the time that the
// ledger covers, and every request that both know.
func (c *computation) truth(s *event.Summary, rows []event.ResultRequest) {
	t := c.run.Truth
	if t == nil || len(c.gpus) == 0 {
		return
	}
	whole, err := c.split(c.methods[:1], c.gpus, window{c.clocks.common(t.Host, t.FromNS), c.clocks.common(t.Host, t.ToNS)})
	if err != nil {
		s.Notes = append(s.Notes, "the simulator's truth could not be compared: "+err.Error())
		return
	}
	ledger, _ := total(whole, c.methods[0])
	out := &event.TruthComparison{
		MeasuredJ: ledger.MeasuredJ, IntervalJ: &event.Interval{Low: ledger.MeasuredLowJ, High: ledger.MeasuredHighJ},
	}
	for _, d := range c.gpus {
		out.TrueJ += t.DeviceJ[d.ID]
	}
	out.TotalErrorRel = relative(out.MeasuredJ, out.TrueJ)
	truths := map[shareKey]float64{}
	for _, r := range t.Requests {
		truths[shareKey{r.RequestID, r.Attempt, ""}] = r.EnergyJ
	}
	for _, method := range c.methods {
		var errors []float64
		inside := 0
		for _, row := range rows {
			joules, known := truths[shareKey{row.RequestID, row.Attempt, ""}]
			if row.Method != method || row.EnergyJ == nil || !known || joules <= 0 {
				continue
			}
			errors = append(errors, relative(*row.EnergyJ, joules))
			if *row.EnergyLowJ <= joules && joules <= *row.EnergyHighJ {
				inside++
			}
		}
		if d := distribution(errors); d != nil {
			out.ByMethod = append(out.ByMethod, event.MethodTruth{Method: method, ErrorRel: *d, InsideInterval: float64(inside) / float64(d.Count)})
		}
	}
	s.Truth = out
}

func relative(value, truth float64) float64 {
	if truth == 0 {
		return 0
	}
	return math.Abs(value-truth) / truth
}
