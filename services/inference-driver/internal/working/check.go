package working

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/wire"
)

// The classes of a run that a driver ends before its load.
const (
	// ServerUnreachable: no answer, or one that refuses.
	ServerUnreachable = "server_unreachable"
	// ModelNotServed: the server is up and does not list the model.
	ModelNotServed = "model_not_served"
)

// check waits for every server to serve the model, within the time that the config
// gives it, and tells a run in its baseline either way. A replica that comes
// late and cannot reach the server leaves the run to the others.
func (r *Runner) check(ctx context.Context, state run.State, b config.Backend, servers []*target) (bool, error) {
	base, err := r.awaitServers(ctx, b, servers)
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case err != nil && state.Phase == run.Running:
		r.Log.Error("this replica cannot drive the run", "run_id", string(state.Run), "endpoint", base, "error", wire.Redact(err.Error()))
		return false, nil
	case err != nil:
		class := ServerUnreachable
		if errors.Is(err, wire.ErrModel) {
			class = ModelNotServed
		}
		reason := base + ": " + err.Error()
		if failed, ok := errors.AsType[*wire.Error](err); ok && failed.Class == wire.Unauthorized {
			reason += "; the key that is sent is the inference-driver's own (api_key_file or AEB_API_KEY)"
		}
		return false, r.fail(ctx, state.Run, event.Failure{Class: class, Reason: reason})
	case state.Phase == run.Running:
		return true, nil
	}
	_, err = r.Store.Update(ctx, state.Run, func(s run.State) (run.State, error) {
		if s.Phase != run.Baseline {
			return s, nil // it has gone on without this replica's word
		}
		return s.Check(run.Driver)
	})
	return err == nil, err
}

// awaitServers asks every server at the same time, and returns the first, in the
// order of the config, that something is wrong with.
func (r *Runner) awaitServers(ctx context.Context, b config.Backend, servers []*target) (string, error) {
	wrong := make([]error, len(servers))
	var asked sync.WaitGroup
	for i, t := range servers {
		asked.Go(func() { wrong[i] = r.awaitServer(ctx, b, t.base) })
	}
	asked.Wait()
	for i, err := range wrong {
		if err != nil {
			return servers[i].base, err
		}
	}
	return "", nil
}

// awaitServer asks until the server is ready. The error is the last thing that
// was wrong. A key that is refused, and a model that is not there on a server
// that is, do not mend themselves.
func (r *Runner) awaitServer(ctx context.Context, b config.Backend, base string) error {
	ctx, cancel := context.WithTimeout(ctx, seconds(b.ReadyTimeoutS))
	defer cancel()
	var wrong error
	var unlisted time.Time
	for {
		err := r.Client.Check(ctx, base, b)
		if err == nil {
			return nil
		}
		if wrong == nil || ctx.Err() == nil {
			wrong = err // the deadline's own error would hide what was wrong
		}
		if !errors.Is(err, wire.ErrModel) {
			unlisted = time.Time{}
		} else if unlisted.IsZero() {
			unlisted = time.Now()
		}
		failed, ok := errors.AsType[*wire.Error](err)
		switch {
		case ok && failed.Class == wire.Unauthorized,
			!unlisted.IsZero() && time.Since(unlisted) >= r.timing.grace,
			!clock.Wait(ctx, r.timing.retry):
			return wrong
		}
	}
}
