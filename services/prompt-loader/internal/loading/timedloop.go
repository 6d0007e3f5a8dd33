package loading

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

// timedLoop is a closed loop that knows the time: it keeps only so many prompts
// ahead of the drivers that when the time is up little is left to do.
type timedLoop struct {
	clock monotonic
	until time.Duration
	// ahead is how many prompts may be out and not finished.
	ahead int64
	done  *onStream

	finished atomic.Int64
	// moved is told that finished has grown.
	moved  chan struct{}
	stop   context.CancelFunc
	follow sync.WaitGroup
}

// leastLead keeps drivers fed while a finished request's word is under way: two
// milliseconds at 8,000 requests a second.
const leastLead = 16

func lead(slots int64) int64 { return slots + max(leastLead, slots/4) }

func newTimedLoop(ctx context.Context, j *job, clock monotonic, until time.Duration, done *onStream) *timedLoop {
	slots := j.config.Load.Concurrency
	ctx, stop := context.WithCancel(ctx)
	t := &timedLoop{
		clock: clock, until: until, done: done,
		ahead: lead(slots),
		moved: make(chan struct{}, 1), stop: stop,
	}
	t.follow.Go(func() { t.count(ctx, j) })
	return t
}

// count follows the run's requests, from the first one again when it is cut off.
// A request that is tried again finishes once.
func (t *timedLoop) count(ctx context.Context, j *job) {
	seen := map[int64]bool{}
	untilDone(ctx, func() bool {
		for record, err := range j.Bus.Follow(ctx, j.id, subject.Request) {
			if err != nil {
				continue // a message that is no event; any other error is the last
			}
			if f, ok := record.Event.Data.(*event.RequestFinished); ok && !seen[f.Index] {
				seen[f.Index] = true
				t.finish(int64(len(seen)))
			}
		}
		return ctx.Err() != nil
	})
}

func (t *timedLoop) finish(n int64) {
	t.finished.Store(n)
	select {
	case t.moved <- struct{}{}:
	default:
	}
}

func (t *timedLoop) due() (time.Duration, bool) { return 0, true }

func (t *timedLoop) wait(ctx context.Context, _ time.Duration) (time.Duration, bool) {
	for {
		now := t.clock.now()
		if t.until > 0 && now >= t.until || ctx.Err() != nil {
			return now, false
		}
		if t.done.count.Load()-t.finished.Load() < t.ahead {
			return now, true
		}
		if !t.pause(ctx, t.until-now, t.until > 0) {
			return now, false
		}
	}
}

// pause waits until a request has finished or, where it is limited, the time is up.
func (t *timedLoop) pause(ctx context.Context, left time.Duration, limited bool) bool {
	var up <-chan time.Time
	if limited {
		timer := time.NewTimer(left)
		defer timer.Stop()
		up = timer.C
	}
	select {
	case <-t.moved:
	case <-up:
	case <-ctx.Done():
		return false
	}
	return true
}

func (t *timedLoop) close() {
	t.stop()
	t.follow.Wait()
}
