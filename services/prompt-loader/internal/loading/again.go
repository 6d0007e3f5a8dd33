package loading

import (
	"context"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/dataset"
	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/rerun"
)

// prompts opens what the run sends: its scenario's dataset, or for a rerun the
// prompts of the other run.
func (j *job) prompts(ctx context.Context, state run.State) (dataset.Set, error) {
	if state.RerunOf == "" {
		return dataset.Load(ctx, j.config.Scenario, j.Hub)
	}
	load, err := rerun.Read(ctx, j.Bus, state.RerunOf)
	if err != nil {
		return dataset.Set{}, err
	}
	load = load.First(j.config.Scenario.NumSamples)
	j.again = &load
	return dataset.Recorded(load.Len(), load.Timed, load.Arrival), nil
}

// queued is the event of the i-th prompt, before it has a time.
func (j *job) queued(i int64, set dataset.Set) *event.PromptQueued {
	if j.again != nil {
		return j.again.At(i)
	}
	return queue(j.config, i, set.At(i))
}

// arrivals is the load whose process says when prompts go out. A rerun of an open
// loop keeps the times of the other run, unless it is to be as fast as possible.
func (j *job) arrivals(set dataset.Set) config.Load {
	load := j.config.Load
	if j.again != nil && set.Timed && load.Type != config.LoadASAP {
		load.Type, load.TimeScale = config.LoadTrace, 1
	}
	return load
}
