package compare

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Run is what is known of one run.
type Run struct {
	ID event.RunID
	// Label tells it from the others, when it was one of a sweep.
	Label string
	Name  string
	// Config is the effective config, nil where it is not known.
	Config json.RawMessage
	// Summary is nil for a run without a result; Ended then says how it ended.
	Summary *event.Summary
	Ended   string
	Samples Samples
}

// Samples are the values behind the figures, over ok attempts, by the primary
// method. The zero value gives no intervals.
type Samples struct {
	// TTFTS and TPOTS are without warm-up and cool-down.
	TTFTS, TPOTS []float64
	// Energy has one entry per attempt of which it is known.
	Energy []Energy
}

// Energy is one attempt's, in joules, with its bounds.
type Energy struct {
	J, LowJ, HighJ float64
	// Apart is set for warm-up and cool-down, which no figure per request counts.
	Apart bool
	// OutputTokens is 0 where the server gave no count.
	OutputTokens float64
}

// flagCooldown marks one of the last requests of a load.
const flagCooldown = "cooldown"

// Add takes a row of the result, unless it is of another method or does not count.
func (s *Samples) Add(r *event.ResultRequest, method string) {
	if r.Method != method || r.Status != event.StatusOK {
		return
	}
	apart := r.Warmup || slices.Contains(r.Flags, flagCooldown)
	if r.TTFTS != nil && !apart {
		s.TTFTS = append(s.TTFTS, *r.TTFTS)
	}
	if r.TPOTS != nil && !apart {
		s.TPOTS = append(s.TPOTS, *r.TPOTS)
	}
	if r.EnergyJ == nil {
		return
	}
	e := Energy{J: *r.EnergyJ, LowJ: *r.EnergyJ, HighJ: *r.EnergyJ, Apart: apart}
	if r.EnergyLowJ != nil && r.EnergyHighJ != nil {
		e.LowJ, e.HighJ = *r.EnergyLowJ, *r.EnergyHighJ
	}
	if r.OutputTokens != nil {
		e.OutputTokens = float64(*r.OutputTokens)
	}
	s.Energy = append(s.Energy, e)
}

// flat is a config by dotted key, each value as JSON.
func flat(config json.RawMessage) (map[string]string, error) {
	out := map[string]string{}
	if len(config) == 0 {
		return out, nil
	}
	var top map[string]json.RawMessage
	if err := json.Unmarshal(config, &top); err != nil {
		return nil, fmt.Errorf("effective config: %w", err)
	}
	for key, value := range top {
		inner, err := flat(value)
		if err != nil || len(inner) == 0 {
			// Text is shown without its quotes, like in a config.
			var text string
			if json.Unmarshal(value, &text) != nil {
				text = string(value)
			}
			out[key] = text
			continue
		}
		maps.Copy(out, prefixed(key, inner))
	}
	return out, nil
}

func prefixed(base string, inner map[string]string) map[string]string {
	out := make(map[string]string, len(inner))
	for key, value := range inner {
		out[base+"."+key] = value
	}
	return out
}
