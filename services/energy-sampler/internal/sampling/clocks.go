package sampling

import (
	"context"
	"sync"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock/offset"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

// answerClock tells every process that asks what this host's clock says. A run
// goes on without: its result says that the clocks could not be compared.
func (r *Runner) answerClock() (stop func()) {
	end, err := r.Bus.Answer(subject.Clock(r.Clock.Host().Host), offset.Answer(r.Clock))
	if err != nil {
		r.Log.Error("this host's clock is not to be asked", "error", err)
		return func() {}
	}
	return func() {
		if err := end(); err != nil {
			r.Log.Warn("stop answering what this host's clock says", "error", err)
		}
	}
}

// firstHost waits until all hosts of the run are known, which is when its load
// begins, and names the first: the reference of clocks, and who speaks for all. It
// reports false when there is no load.
func (s *session) firstHost(ctx context.Context) (host string, ok bool) {
	state, err := s.Store.Await(ctx, s.run, func(st run.State) bool { return st.Phase != run.Baseline })
	if err != nil || state.Phase != run.Running {
		return "", false
	}
	return offset.Reference(state.Hosts), true
}

// compareClocks publishes how far this host's clock is ahead of the reference's, the
// first measuring host's, from when the run's hosts are all known until stop is
// called, and once then.
func (s *session) compareClocks(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var done sync.WaitGroup
	done.Go(func() {
		reference, ok := s.firstHost(ctx)
		if !ok {
			return
		}
		offset.Track{
			Clock: s.Clock, Reference: reference, Every: s.ClockEvery, Log: s.log,
			Ask: func(ctx context.Context, question []byte) ([]byte, error) {
				return s.Bus.Ask(ctx, subject.Clock(reference), question)
			},
			Publish: func(o *event.ClockOffset) { s.publishOffset(context.WithoutCancel(ctx), o) },
		}.Run(ctx, context.WithoutCancel(ctx))
	})
	return func() { cancel(); done.Wait() }
}

func (s *session) publishOffset(ctx context.Context, o *event.ClockOffset) {
	ctx, cancel := context.WithTimeout(ctx, closeBudget)
	defer cancel()
	if err := s.Publisher.Publish(ctx, s.run, o); err != nil {
		s.log.Warn("an estimate of this host's clock is not on the stream", "error", err)
	}
}
