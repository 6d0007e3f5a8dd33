package reporting

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
)

// Failure classes of a run that the reporter ends.
const (
	// classConfig is of a config that cannot be read, before the load.
	classConfig = "config"
	// classOutput is of a place that does not take the result, before the load or after.
	classOutput = "output"
	// classComputation is of stored events that this version makes no result of.
	classComputation = "computation"
)

// Steps of a report that end the same way however often they are tried: the first sees
// nothing but the stored events, the second was tried before the load, and what the
// broker refuses to carry does not get smaller.
var (
	errCompute = errors.New("compute result")
	errWrite   = errors.New("write files")
	errSend    = errors.New("send result")
)

// ending is how a run ends that cannot be reported.
type ending struct{ class, advice string }

// endingOf is how an error ends the run, and false for one that may pass by itself: a
// broker that is away or full, a lease that was lost.
func endingOf(err error) (ending, bool) {
	// A figure that is no number comes to light when it is written.
	_, noNumber := errors.AsType[*json.UnsupportedValueError](err)
	switch {
	case errors.Is(err, errCompute), errors.Is(err, config.ErrEffective), noNumber:
		return ending{classComputation, "after an upgrade of aeb and the reporter, `aeb replay %s` computes the result from them"}, true
	case errors.Is(err, errWrite):
		return ending{classOutput, "`aeb replay %s --out FOLDER` writes the files elsewhere"}, true
	case errors.Is(err, errSend):
		return ending{classOutput, "`aeb replay %s` writes the files; for the tables the broker's max_payload is too small"}, true
	}
	return ending{}, false
}

// giveUp ends a run without a result. Nothing is lost: the streams hold the record as
// it was, and a replay reads it again.
func (r *Runner) giveUp(ctx context.Context, id event.RunID, e ending, cause error) error {
	failure := event.Failure{Class: e.class, Reason: fmt.Sprintf("%v; its events stay stored: "+e.advice, cause, id)}
	_, err := r.Store.Update(ctx, id, func(s run.State) (run.State, error) {
		if s.Phase == run.Draining {
			var err error
			if s, err = s.Seal(); err != nil {
				return s, err
			}
		}
		return s.Abandon(failure)
	})
	if err != nil {
		return errors.Join(cause, err)
	}
	r.Log.Error("run ends without a result", "run_id", string(id), "class", e.class, "error", cause)
	return nil
}
