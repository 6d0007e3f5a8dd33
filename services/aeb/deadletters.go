package aeb

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
)

// DeadLetter is a message that could not be handled, with why.
type DeadLetter = bus.DeadLetter

// DeadLetters are the messages that could not be handled, oldest first: all, or
// those of a run.
func (p *Pipeline) DeadLetters(ctx context.Context, of event.RunID) ([]DeadLetter, error) {
	var out []DeadLetter
	for l, err := range p.stack.Bus.DeadLetters(ctx) {
		if err != nil {
			return nil, err
		}
		if of == "" || l.Run == of {
			out = append(out, l)
		}
	}
	return out, nil
}

// ErrNoLetter is for a position where there is no dead letter.
var ErrNoLetter = errors.New("no such dead letter")

// DeadLettersAt are the dead letters at positions, in that order.
func (p *Pipeline) DeadLettersAt(ctx context.Context, positions ...uint64) ([]DeadLetter, error) {
	all, err := p.DeadLetters(ctx, "")
	if err != nil {
		return nil, err
	}
	out := make([]DeadLetter, 0, len(positions))
	for _, position := range positions {
		i := slices.IndexFunc(all, func(l DeadLetter) bool { return l.Position == position })
		if i < 0 {
			return nil, service.Usage(fmt.Errorf("%w: %d (`aeb dlq list` shows them)", ErrNoLetter, position))
		}
		out = append(out, all[i])
	}
	return out, nil
}

// Drop removes dead letters.
func (p *Pipeline) Drop(ctx context.Context, letters ...DeadLetter) error {
	return p.stack.Bus.Drop(ctx, letters...)
}

// Retry puts a dead letter's message back on its subject. ended says that its run
// has come to its end, so that nobody will work on it.
func (p *Pipeline) Retry(ctx context.Context, l DeadLetter) (ended bool, err error) {
	err = p.stack.Bus.Retry(ctx, l)
	if errors.Is(err, bus.ErrNoMessage) {
		err = service.Usage(err)
	}
	if err != nil || l.Run == "" {
		return false, err
	}
	state, err := p.stack.Store.Get(ctx, l.Run)
	return err != nil || state.Phase.Final(), nil
}
