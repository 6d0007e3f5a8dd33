package rerun

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

// What keeps a run from being driven again.
var (
	// ErrNotKept is for a run with scenario.keep_prompts: false.
	ErrNotKept = errors.New("prompts were not kept")
	// ErrGone is for a run none of whose prompts is on the stream, or no longer.
	ErrGone = errors.New("no prompts are stored")
	// ErrIncomplete is for a run of whose prompts some are lost.
	ErrIncomplete = errors.New("stored prompts are not complete")
)

// Load is what a run sent. The zero Load has nothing.
type Load struct {
	prompts []*event.PromptQueued
	// Timed is set when the prompts have scheduled times: those of an open loop.
	Timed bool
}

// Len is the number of prompts.
func (l Load) Len() int64 { return int64(len(l.prompts)) }

// At is the i-th prompt, without what belongs to its run's time: the caller sets
// Warmup, Cooldown and ScheduledNS.
func (l Load) At(i int64) *event.PromptQueued {
	p := *l.prompts[i]
	p.Warmup, p.Cooldown, p.ScheduledNS = false, false, nil
	p.Turns = slices.Clone(p.Turns)
	return &p
}

// Arrival is when the i-th prompt was scheduled, from the first one on. It means
// something in a timed load only.
func (l Load) Arrival(i int64) time.Duration {
	if !l.Timed {
		return 0
	}
	return time.Duration(*l.prompts[i].ScheduledNS - *l.prompts[0].ScheduledNS)
}

// First is the load of the first n prompts.
func (l Load) First(n int64) Load {
	l.prompts = l.prompts[:min(n, l.Len())]
	return l
}

// Read collects the prompts of a run.
func Read(ctx context.Context, b *bus.Bus, id event.RunID) (Load, error) {
	l, err := read(ctx, b, id)
	if err != nil {
		return Load{}, fmt.Errorf("prompts of run %s: %w", id, err)
	}
	return l, nil
}

func read(ctx context.Context, b *bus.Bus, id event.RunID) (Load, error) {
	var l Load
	loaded, bad := int64(-1), 0
	for record, err := range b.Replay(ctx, id, subject.Ctl, subject.Prompt) {
		if _, undecodable := errors.AsType[*bus.DecodeError](err); undecodable {
			bad++
			continue
		}
		if err != nil {
			return l, err
		}
		switch data := record.Event.Data.(type) {
		case *event.RunLoaded:
			loaded = data.Prompts
		case *event.PromptQueued:
			l.prompts = append(l.prompts, data)
		}
	}
	if len(l.prompts) == 0 {
		return l, ErrGone
	}
	// A prompt that two replicas published is one.
	slices.SortStableFunc(l.prompts, func(a, b *event.PromptQueued) int { return cmp.Compare(a.Index, b.Index) })
	l.prompts = slices.CompactFunc(l.prompts, func(a, b *event.PromptQueued) bool { return a.Index == b.Index })
	return l.check(loaded, bad)
}

// check refuses what would be another load than the run's.
func (l Load) check(loaded int64, bad int) (Load, error) {
	timed := 0
	for i, p := range l.prompts {
		if p.Index != int64(i) {
			return l, fmt.Errorf("%w: there is none of index %d, %d messages cannot be read", ErrIncomplete, i, bad)
		}
		if p.Prompt == "" && p.PromptSHA256 != digestOfNothing {
			return l, fmt.Errorf("%w (scenario.keep_prompts: false)", ErrNotKept)
		}
		if p.ScheduledNS != nil {
			timed++
		}
	}
	if loaded > l.Len() {
		return l, fmt.Errorf("%w: %d of %d are there", ErrIncomplete, l.Len(), loaded)
	}
	l.Timed = timed == len(l.prompts)
	return l, nil
}

var digestOfNothing = func() string {
	sum := sha256.Sum256(nil)
	return hex.EncodeToString(sum[:])
}()
