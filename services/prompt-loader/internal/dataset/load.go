package dataset

import (
	"context"
	"fmt"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/hub"
)

// Load opens the scenario's dataset and returns the prompts that the run will
// send. Its errors carry a [Class].
func Load(ctx context.Context, s config.Scenario, h hub.Client) (Set, error) {
	set, err := load(ctx, s, h)
	if err != nil {
		return Set{}, fmt.Errorf("dataset %s: %w", s.DatasetName, err)
	}
	if s.SharedPrefix != nil {
		set = withPrefixes(set, *s.SharedPrefix, s.Seed)
	}
	return set, nil
}

func load(ctx context.Context, s config.Scenario, h hub.Client) (Set, error) {
	switch s.DatasetName {
	case config.DatasetBuiltin:
		set, err := choose(builtin(), s, false)
		set.Origin = "built-in questions"
		return set, err
	case config.DatasetSynthetic:
		return synthetic(s)
	}
	files, err := find(ctx, s, h)
	if err != nil {
		return Set{}, err
	}
	set, err := choose(files.source, s, timed(s))
	set.Origin = files.origin
	if err == nil || set.Skipped == 0 {
		return set, err
	}
	return set, fmt.Errorf("%w: none of %d rows holds a prompt", err, set.Skipped)
}

// timed reports whether the scenario's rows carry arrival times.
func timed(s config.Scenario) bool {
	return s.TimestampColumn != "" || s.DatasetFormat == config.FormatMooncake
}
