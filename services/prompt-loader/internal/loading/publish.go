package loading

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/dataset"
)

// pace says when prompts go out.
type pace interface {
	// due is the next prompt's time from the start of the load; false when the
	// load ends before it.
	due() (at time.Duration, ok bool)
	// wait returns when a prompt that is due at a time may go out, and what its
	// time came to be; false when the load has ended instead.
	wait(ctx context.Context, at time.Duration) (time.Duration, bool)
	// close lets go of what the pace holds.
	close()
}

// publish puts the prompts onto the stream, each at its time, but for those that
// an earlier attempt got out.
func (j *job) publish(ctx context.Context, state run.State, set dataset.Set) error {
	done, err := j.published(ctx)
	if err != nil {
		return err
	}
	if !done.started {
		// The replica that started the run died before it said so.
		if err := j.sayStarted(ctx, state); err != nil {
			return err
		}
	}
	load, stop := context.WithCancel(ctx)
	defer stop()
	ended := j.watchEnd(load, stop)
	defer func() { stop(); <-ended }()
	if !j.config.Scenario.KeepPrompts {
		if j.key, err = run.NewTexts(j.Bus).Make(ctx, j.id); err != nil {
			return err
		}
	}
	pace, err := j.pace(load, state, set, done)
	if err != nil {
		return err
	}
	defer pace.close()
	if err := j.publishAll(load, state, set, pace, done); err != nil && load.Err() == nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return j.loaded(ctx, set, done)
}

func (j *job) publishAll(ctx context.Context, state run.State, set dataset.Set, pace pace, done *onStream) error {
	origin := j.origin(state)
	for i := range set.Len() {
		at, ok := pace.due()
		if !ok {
			return nil
		}
		if done.prompts[i] {
			continue
		}
		queued := j.queued(i, set)
		if at, ok = pace.wait(ctx, at); !ok {
			return nil
		}
		queued.Warmup = warmup(j.config.Load, i, set.Len(), at)
		queued.Cooldown = !queued.Warmup && cooldown(j.config.Load, i, set.Len(), at)
		queued.Stage = 0
		if j.config.Load.OpenLoop() {
			due := origin + int64(at)
			queued.ScheduledNS, queued.Stage = &due, j.config.Load.StageAt(at.Seconds())
		}
		if j.key != nil {
			if err := queued.Seal(j.key); err != nil {
				return err
			}
		}
		if err := j.publisher.Publish(ctx, j.id, queued); err != nil {
			return fmt.Errorf("publish prompt %d of %s: %w", i, j.id, err)
		}
		done.count.Add(1)
	}
	return nil
}

// origin is the wall time from which the arrivals of an open loop are counted.
func (j *job) origin(state run.State) int64 {
	if j.config.Load.OpenLoop() {
		return state.RunningNS + int64(j.timing.leadIn)
	}
	return state.RunningNS
}

// published reads what earlier attempts got out.
func (j *job) published(ctx context.Context) (*onStream, error) {
	done := &onStream{prompts: map[int64]bool{}}
	for record, err := range j.Bus.Replay(ctx, j.id, subject.Ctl, subject.Prompt) {
		if _, bad := errors.AsType[*bus.DecodeError](err); bad {
			continue // the reporter counts it
		}
		if err != nil {
			return nil, fmt.Errorf("read what there is of %s: %w", j.id, err)
		}
		switch data := record.Event.Data.(type) {
		case *event.RunStarted:
			done.started = true
		case *event.RunLoaded:
			done.loaded = true
		case *event.PromptQueued:
			done.prompts[data.Index] = true
		}
	}
	done.count.Store(int64(len(done.prompts)))
	return done, nil
}

// watchEnd stops the loading when the run stops running, or is no more.
func (j *job) watchEnd(ctx context.Context, stop context.CancelFunc) <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		untilDone(ctx, func() bool {
			_, err := j.Store.Await(ctx, j.id, func(s run.State) bool { return s.Phase != run.Running })
			if err == nil || errors.Is(err, run.ErrUnknown) {
				stop()
				return true
			}
			return false
		})
	}()
	return ended
}

// untilDone calls try again, a second apart, until it is done or ctx ends: the
// broker may be away for a while.
func untilDone(ctx context.Context, try func() bool) {
	again := time.NewTicker(time.Second)
	defer again.Stop()
	for !try() {
		select {
		case <-again.C:
		case <-ctx.Done():
			return
		}
	}
}

// loaded says how many prompts there are. They are on the stream before the
// store says so: a driver that sees the count sees the prompts.
func (j *job) loaded(ctx context.Context, set dataset.Set, done *onStream) error {
	if err := j.publisher.Flush(ctx); err != nil {
		return fmt.Errorf("publish prompts of %s: %w", j.id, err)
	}
	n := done.count.Load()
	if !done.loaded {
		read := event.DatasetRead{Origin: set.Origin, Prompts: set.Len(), RowsSkipped: set.Skipped}
		if err := j.publisher.PublishNow(ctx, j.id, &event.RunLoaded{Prompts: n, Dataset: &read, AtNS: j.Clock.Now().WallNS}); err != nil {
			return fmt.Errorf("publish end of prompts of %s: %w", j.id, err)
		}
	}
	_, err := j.Store.Update(ctx, j.id, func(s run.State) (run.State, error) { return s.Loaded(n) })
	if errors.Is(err, run.ErrTransition) {
		return nil
	}
	return err
}
