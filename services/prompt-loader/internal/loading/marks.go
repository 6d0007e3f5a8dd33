package loading

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// warmup tells the first prompts of a load from those that are measured. A share
// is one of the load's time where that is limited, else of its prompts.
func warmup(load config.Load, i, n int64, at time.Duration) bool {
	switch length := load.LengthS(); {
	case load.Warmup > 0:
		return i < load.Warmup
	case load.WarmupShare > 0 && length > 0:
		return at.Seconds() < load.WarmupShare*length
	case load.WarmupShare > 0:
		return float64(i) < load.WarmupShare*float64(n)
	}
	return at.Seconds() < load.WarmupS
}

// cooldown tells the last ones from them, in the same way.
func cooldown(load config.Load, i, n int64, at time.Duration) bool {
	switch length := load.LengthS(); {
	case load.Cooldown > 0:
		return i >= n-load.Cooldown
	case load.CooldownShare > 0 && length > 0:
		return at.Seconds() >= (1-load.CooldownShare)*length
	case load.CooldownShare > 0:
		return float64(i) >= (1-load.CooldownShare)*float64(n)
	case load.CooldownS > 0:
		return at.Seconds() >= length-load.CooldownS
	}
	return false
}

// drawCancel keeps the draw of cancellations apart from the others of a seed.
const drawCancel = 0x63616e63656c

// cancellation draws whether the i-th request is to be broken off. It depends on
// the seed and the index only.
func cancellation(load config.Load, seed, i int64) *event.CancelPlan {
	if load.CancelShare == 0 || rand.New(rand.NewPCG(uint64(seed)^drawCancel, uint64(i))).Float64() >= load.CancelShare {
		return nil
	}
	if load.CancelAfterTokens > 0 {
		return &event.CancelPlan{AfterTokens: new(load.CancelAfterTokens)}
	}
	return &event.CancelPlan{AfterNS: new(max(1, int64(math.Round(load.CancelAfterS*1e9))))}
}
