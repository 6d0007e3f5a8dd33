package aeb

import (
	"context"
	"errors"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	promptloader "github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader"
)

// RunSweep runs every combination of the swept overrides (key=a,b and
// key=range(1,4)) and every scenario of the config at path, one after another on
// embedded engines, and compares the results. Runs that end badly do not stop the
// others; they come back as a *[SweepError].
func RunSweep(ctx context.Context, path string, overrides ...string) (Sweep, error) {
	all, err := config.LoadRuns(path, true, overrides...)
	if err != nil {
		return Sweep{}, err
	}
	key, err := APIKey(all)
	if err != nil {
		return Sweep{}, err
	}
	p, err := Open(ctx, Options{APIKey: key})
	if err != nil {
		return Sweep{}, err
	}
	sweep, err := p.Sweep(ctx, all, SweepOptions{})
	return sweep, errors.Join(err, p.Close(context.WithoutCancel(ctx)))
}

// Sweep is several runs that were asked for together.
type Sweep struct {
	// ID finds them; it is empty for one run, which is no sweep.
	ID event.RunID
	// Results are of the runs that were begun, in order.
	Results []Result
	// Comparison sets them side by side, with the first as the measure.
	Comparison Comparison
}

// SweepOptions say how a sweep goes on.
type SweepOptions struct {
	// StopOnFailure begins no more runs after one that ended badly.
	StopOnFailure bool
	// Show is called before each run and gives what follows it; nil shows nothing.
	Show func(i int, v config.Variant) func(Snapshot)
	// Done is called after each run; nil does nothing.
	Done func(i int, r Result, err error)
}

// Sweep makes runs one after another and compares them. Cancelling ctx cancels the
// run that is under way and begins no more. It returns a *[SweepError] when a run
// did not end as it should.
func (p *Pipeline) Sweep(ctx context.Context, all []config.Variant, o SweepOptions) (Sweep, error) {
	var out Sweep
	place := promptloader.Together(p.stack.Clock, all)
	if len(all) > 1 {
		out.ID = place(0).ID
	}
	failed := &SweepError{Of: len(all)}
	for i, v := range all {
		var show func(Snapshot)
		if o.Show != nil {
			show = o.Show(i, v)
		}
		result, err := p.run(ctx, v.Run, promptloader.Opening{Sweep: place(i)}, show)
		failed.Made++
		if o.Done != nil {
			o.Done(i, result, err)
		}
		if result.Run != "" {
			out.Results = append(out.Results, result)
		}
		if err != nil {
			failed.Failed = append(failed.Failed, err)
		}
		if ctx.Err() != nil || err != nil && o.StopOnFailure {
			break
		}
	}
	ids := make([]event.RunID, len(out.Results))
	for i, r := range out.Results {
		ids[i] = r.Run
	}
	var err error
	out.Comparison, err = p.Compare(context.WithoutCancel(ctx), ids...)
	if len(failed.Failed) > 0 || failed.Made < failed.Of {
		err = errors.Join(failed, err)
	}
	return out, err
}

// APIKey is the one that all runs send. A pipeline knows one: runs that want
// different keys are made apart.
func APIKey(all []config.Variant) (config.Secret, error) {
	for _, v := range all[1:] {
		if v.Run.Backend.APIKey != all[0].Run.Backend.APIKey {
			return "", service.Usage(errors.New("backend.api_key: all runs of a sweep send the same key"))
		}
	}
	return all[0].Run.Backend.APIKey, nil
}
