package bustest

import (
	"context"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/stream"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

// restart stops the broker, waits until b has noticed, and starts it again.
func (s *suite) restart(b *bus.Bus) {
	s.Helper()
	require.NoError(s, s.broker.Stop(s.Context()))
	require.Eventually(s, func() bool { return !b.Connected() }, patience, time.Millisecond)
	require.NoError(s, s.broker.Start(s.Context()))
}

// A restart of the broker loses nothing, doubles nothing, and stops nobody.
var restarting = map[string]func(*suite){
	"PublishingGoesOn": func(s *suite) {
		b := s.connect()
		p := newPublisher(b)
		run := newRun()
		const n, restarts = 12_000, 2
		reached := make(chan struct{})
		s.background(func() {
			defer close(reached)
			for i := range n {
				if i%(n/(restarts+1)) == n/(restarts+1)/2 {
					reached <- struct{}{}
				}
				require.NoError(s, p.Publish(s.Context(), run, started(i)))
			}
		})
		for range restarts {
			<-reached
			s.restart(b)
		}
		for range reached {
		}
		require.NoError(s, p.CloseRun(s.within(patience), run))
		gapless(s, s.replay(b, run), n+1)
	},
	"FollowSeesEachOnce": func(s *suite) {
		b := s.connect()
		p := newPublisher(b)
		run := newRun()
		ctx, cancel := context.WithCancel(s.within(2 * patience))
		defer cancel()
		require.NoError(s, p.PublishNow(ctx, run, started(0)))
		seen := make(chan uint64, 100)
		s.background(func() {
			for r, err := range b.Follow(ctx, run, subject.Request) {
				require.NoError(s, err)
				seen <- r.Event.ID.Seq
			}
		})
		s.Cleanup(cancel)
		next := uint64(1)
		for range 2 {
			require.Equal(s, next, <-seen)
			next++
			s.restart(b)
			require.NoError(s, p.PublishNow(ctx, run, started(int(next))))
		}
		require.Equal(s, next, <-seen)
	},
	"WorkersKeepTheirWork": func(s *suite) {
		b := s.connect()
		run := newRun()
		s.queue(b, run, 3)
		w := s.worker(b, run, nil)
		d := s.one(w)
		s.restart(b)
		require.NoError(s, d.Ack(s.within(patience)))
		for range 2 {
			require.NoError(s, s.one(w).Ack(s.within(patience)))
		}
		backlog, err := w.Backlog(s.Context())
		require.NoError(s, err)
		require.Equal(s, bus.Backlog{}, backlog)
	},
	"WatchGoesOn": func(s *suite) {
		b := s.connect()
		kv, err := b.KV(s.Context(), stream.Runs)
		require.NoError(s, err)
		ctx := s.within(2 * patience)
		revision, err := kv.Create(ctx, "k", []byte("1"), 0)
		require.NoError(s, err)
		for e, err := range kv.Watch(ctx) {
			require.NoError(s, err)
			if e.Key == "" {
				s.restart(b)
				require.Eventually(s, func() bool {
					_, err = kv.Update(ctx, "k", []byte("2"), revision, 0)
					return err == nil
				}, patience, 50*time.Millisecond)
			}
			if string(e.Value) == "2" {
				return
			}
		}
		require.Fail(s, "the change was not seen")
	},
	"FlushSaysWhatIsOut": func(s *suite) {
		b := s.connect()
		p := newPublisher(b)
		run := newRun()
		require.NoError(s, p.PublishNow(s.Context(), run, ctl(1)))
		require.NoError(s, s.broker.Stop(s.Context()))
		require.NoError(s, p.Publish(s.Context(), run, ctl(2)))
		err := p.Flush(s.within(100 * time.Millisecond))
		var out *bus.UnstoredError
		require.ErrorAs(s, err, &out)
		require.ErrorIs(s, err, context.DeadlineExceeded)
		require.Len(s, out.IDs, 1)
		require.Equal(s, uint64(2), out.IDs[0].Seq)
		require.NoError(s, s.broker.Start(s.Context()))
		require.NoError(s, p.CloseRun(s.within(patience), run))
		gapless(s, s.replay(b, run), 3)
	},
	"CloseDuringAnOutage": func(s *suite) {
		b, err := s.broker.Connect(s.Context())
		require.NoError(s, err)
		p := newPublisher(b)
		run := newRun()
		s.background(func() {
			for _, err := range b.Follow(s.Context(), run, subject.Ctl) {
				require.ErrorIs(s, err, bus.ErrClosed)
			}
		})
		require.NoError(s, s.broker.Stop(s.Context()))
		require.NoError(s, p.Publish(s.Context(), run, ctl(1)))
		require.NoError(s, b.Close(s.within(patience)))
		require.Error(s, p.Flush(s.Context()))
		require.NoError(s, s.broker.Start(s.Context()))
	},
}
