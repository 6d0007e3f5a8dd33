package aeb

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/follow"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/stack"
	promptloader "github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader"
)

// Run runs the config at path, with key=value overrides, on embedded engines and
// returns the summary. A run that fails or is incomplete returns a *[RunError],
// with the summary of what was measured when there is one.
func Run(ctx context.Context, path string, overrides ...string) (event.Summary, error) {
	c, err := config.LoadRun(path, overrides...)
	if err != nil {
		return event.Summary{}, err
	}
	p, err := Open(ctx, Options{APIKey: c.Backend.APIKey})
	if err != nil {
		return event.Summary{}, err
	}
	result, err := p.Run(ctx, c, nil)
	return result.Summary, errors.Join(err, p.Close(context.WithoutCancel(ctx)))
}

// Snapshot is the state of a run while it goes on.
type Snapshot = follow.Snapshot

// Result is a finished run.
type Result struct {
	Run     event.RunID
	Summary event.Summary
	// Output is the folder that the reporter wrote to.
	Output string
}

// Pipeline is a running pipeline: embedded, or someone else's.
type Pipeline struct{ stack *stack.Stack }

// Open starts the engines and services, or connects to them.
func Open(ctx context.Context, o Options) (*Pipeline, error) {
	s, err := stack.Start(ctx, o)
	if err != nil {
		return nil, err
	}
	return &Pipeline{stack: s}, nil
}

// Close stops what Open started and waits for it.
func (p *Pipeline) Close(ctx context.Context) error { return p.stack.Close(ctx) }

// progressEvery is how often Run shows a snapshot between phases.
const progressEvery = 150 * time.Millisecond

// Run requests a run, follows it with show (which may be nil) until it has come
// to its end, and returns its result. Cancelling ctx cancels the run, which is
// then drained and reported as cancelled.
func (p *Pipeline) Run(ctx context.Context, c config.Run, show func(Snapshot)) (Result, error) {
	return p.run(ctx, c, promptloader.Opening{}, show)
}

// run is Run for a run that is more than its config.
func (p *Pipeline) run(ctx context.Context, c config.Run, o promptloader.Opening, show func(Snapshot)) (Result, error) {
	if c.Backend.Start {
		return p.serve(ctx, c, o, show)
	}
	return p.request(ctx, c, o, show)
}

// request asks for a run whose server is there, and follows it.
func (p *Pipeline) request(ctx context.Context, c config.Run, o promptloader.Opening, show func(Snapshot)) (Result, error) {
	if show == nil {
		show = func(Snapshot) {}
	}
	requester := promptloader.Requester{
		Bus: p.stack.Bus, Store: p.stack.Store, Clock: p.stack.Clock, Producer: p.stack.Producer,
	}
	o.Simulated = p.stack.Simulated
	id, err := requester.Request(ctx, c, o)
	if err != nil {
		return Result{}, err
	}
	stopped := context.AfterFunc(ctx, func() { p.cancel(context.WithoutCancel(ctx), id) })
	defer stopped()
	// Following outlives the cancellation: a cancelled run is still reported.
	state, err := follow.Run(context.WithoutCancel(ctx), p.stack.Bus, p.stack.Store, id, progressEvery, show)
	if err != nil {
		return Result{Run: id}, err
	}
	return p.result(context.WithoutCancel(ctx), state)
}

// cancel asks for the end of a run; one that has ended already stays as it is.
func (p *Pipeline) cancel(ctx context.Context, id event.RunID) {
	at := p.stack.Clock.Now().WallNS
	_, err := p.stack.Store.Update(ctx, id, func(s run.State) (run.State, error) { return s.Cancel("interrupted", at) })
	if err != nil && !errors.Is(err, run.ErrTransition) {
		p.stack.Log.Error("cancel run", "run_id", string(id), "error", err)
	}
}

// result reads the newest revision of a run's summary, and turns a bad end into
// an error.
func (p *Pipeline) result(ctx context.Context, state run.State) (Result, error) {
	result := Result{Run: state.Run, Output: state.Output}
	if state.Phase == run.Failed {
		return result, failure(state)
	}
	if state.Phase == run.Cancelled {
		return result, &RunError{Run: state.Run, Class: "cancelled", Reason: state.Stopped}
	}
	summary, err := p.Summary(ctx, state.Run)
	if err != nil {
		return result, err
	}
	result.Summary = summary
	switch summary.Status {
	case event.RunCompleted:
		return result, nil
	case event.RunWasStopped:
		return result, &RunError{Run: state.Run, Class: "cancelled", Reason: state.Stopped}
	case event.RunHasFailed:
		return result, failure(state)
	}
	return result, &RunError{Run: state.Run, Class: "incomplete", Reason: fmt.Sprint(summary.Verdict.Reasons)}
}

func failure(s run.State) error {
	if s.Failure == nil {
		return &RunError{Run: s.Run, Class: "unknown", Reason: "the run failed without a reason"}
	}
	return &RunError{Run: s.Run, Class: s.Failure.Class, Reason: s.Failure.Reason}
}

// ErrNoResult is returned for a run that has not been reported.
var ErrNoResult = errors.New("run has no result")

// Summary is the newest revision of a run's summary, from its stream.
func (p *Pipeline) Summary(ctx context.Context, id event.RunID) (event.Summary, error) {
	var found *event.Summary
	for record, err := range p.stack.Bus.Replay(ctx, id, subject.Result) {
		if err != nil {
			return event.Summary{}, fmt.Errorf("read results of %s: %w", id, err)
		}
		if r, ok := record.Event.Data.(*event.ResultRun); ok {
			found = &r.Summary
		}
	}
	if found == nil {
		return event.Summary{}, service.Usage(p.noResult(ctx, id))
	}
	return *found, nil
}

// noResult says what became of a run without one.
func (p *Pipeline) noResult(ctx context.Context, id event.RunID) error {
	state, err := p.stack.Store.Get(ctx, id)
	switch {
	case err != nil:
		return errors.Join(fmt.Errorf("%w: %s", ErrNoResult, id), err)
	case state.Failure != nil:
		return fmt.Errorf("%w: it is %s: %s", ErrNoResult, state.Phase, failure(state).Error())
	}
	return fmt.Errorf("%w: run %s is %s", ErrNoResult, id, state.Phase)
}

// Runs lists every run that the store knows, oldest first.
func (p *Pipeline) Runs(ctx context.Context) ([]run.State, error) { return p.stack.Store.List(ctx) }

// Notes say what this pipeline does without, such as tables.
func (p *Pipeline) Notes() []string { return p.stack.Notes }

// Tables says where the tables are, or "".
func (p *Pipeline) Tables() string { return p.stack.Tables() }

// Describe says where the engines listen.
func (p *Pipeline) Describe() string { return p.stack.Describe() }
