package recordtest

import (
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Said is an answer about the grid, read at from, whose figure holds for a stretch of
// the record.
func Said(from, to time.Duration, gPerKWh float64) Item {
	return Item{Sampler, &event.IntensityObserved{
		Host: "node", Provider: "profile", AtNS: Stamp(from).WallNS,
		FromNS: new(Stamp(from).WallNS), ToNS: new(Stamp(to).WallNS), GPerKWh: &gPerKWh, Source: "day.csv",
	}}
}
