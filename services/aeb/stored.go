package aeb

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/stack"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter"
)

// OpenStored opens the stored streams without starting services or database:
// enough for Runs, Summary, Find and Replay.
func OpenStored(ctx context.Context, o Options) (*Pipeline, error) {
	o.Idle = true
	s, err := stack.Start(ctx, o)
	if err != nil {
		return nil, err
	}
	return &Pipeline{stack: s}, nil
}

// Errors of Find.
var (
	ErrNoRun     = errors.New("no such run")
	ErrAmbiguous = errors.New("more than one run begins so")
)

// Find resolves a run's id, a unique beginning of it, or "last".
func (p *Pipeline) Find(ctx context.Context, name string) (event.RunID, error) {
	states, err := p.Runs(ctx)
	if err != nil {
		return "", err
	}
	if name == "last" && len(states) > 0 {
		return states[len(states)-1].Run, nil
	}
	var found event.RunID
	for _, s := range states {
		if name == "" || !strings.HasPrefix(string(s.Run), strings.ToLower(name)) {
			continue
		}
		if found != "" {
			return "", service.Usage(fmt.Errorf("%w: %s", ErrAmbiguous, name))
		}
		found = s.Run
	}
	if found == "" {
		return "", service.Usage(fmt.Errorf("%w: %s (`aeb runs` lists them)", ErrNoRun, name))
	}
	return found, nil
}

// Last are the newest n runs, oldest first; fewer when there are fewer.
func (p *Pipeline) Last(ctx context.Context, n int) ([]event.RunID, error) {
	states, err := p.Runs(ctx)
	if err != nil {
		return nil, err
	}
	if len(states) == 0 {
		return nil, service.Usage(fmt.Errorf("%w: none is stored", ErrNoRun))
	}
	var out []event.RunID
	for _, s := range states[max(len(states)-n, 0):] {
		out = append(out, s.Run)
	}
	return out, nil
}

// InSweep are the runs of the sweep whose id begins with name, in their order.
func (p *Pipeline) InSweep(ctx context.Context, name string) ([]event.RunID, error) {
	states, err := p.Runs(ctx)
	if err != nil {
		return nil, err
	}
	var out []event.RunID
	var found event.RunID
	for _, s := range states {
		if s.Sweep == nil || !strings.HasPrefix(string(s.Sweep.ID), strings.ToLower(name)) {
			continue
		}
		if found != "" && found != s.Sweep.ID {
			return nil, service.Usage(fmt.Errorf("sweep %s: %w", name, ErrAmbiguous))
		}
		found = s.Sweep.ID
		out = append(out, s.Run)
	}
	if found == "" {
		return nil, service.Usage(fmt.Errorf("sweep %s: %w (`aeb runs` lists them)", name, ErrNoRun))
	}
	return out, nil
}

// Replay says how to compute a run again.
type Replay struct {
	// Methods replace the run's own attribution methods.
	Methods []string
	// Dir is where the files go; default is the run's folder with "-replay".
	Dir string
}

// Replay computes a run's result again from its stored streams and writes its
// files, without touching the run or any table. It returns the summary and the
// folder.
func (p *Pipeline) Replay(ctx context.Context, id event.RunID, r Replay) (event.Summary, string, error) {
	if r.Dir == "" {
		state, err := p.stack.Store.Get(ctx, id)
		if err != nil {
			return event.Summary{}, "", err
		}
		r.Dir = state.Output + "-replay"
		if state.Output == "" {
			r.Dir = string(id) + "-replay"
		}
	}
	summary, err := reporter.Replay(ctx, p.stack.Bus, id, reporter.ReplayOptions{Dir: r.Dir, Methods: r.Methods})
	if err != nil {
		return event.Summary{}, "", fmt.Errorf("replay run %s: %w", id, err)
	}
	return summary, r.Dir, nil
}
