package bustest

import (
	"context"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

// Workers of one name share the events of a run.
var sharing = map[string]func(*suite){
	"EachEventOnce": func(s *suite) {
		b := s.connect()
		run := newRun()
		const n = 200
		s.queue(b, run, n)
		s.queue(b, newRun(), 5) // another run's
		var mu sync.Mutex
		seen := map[string]int{}
		var all sync.WaitGroup
		for range 3 {
			w := s.worker(s.connect(), run, nil)
			all.Go(func() {
				for {
					deliveries, err := w.Fetch(s.Context(), 4, 200*time.Millisecond)
					require.NoError(s, err)
					if len(deliveries) == 0 {
						return
					}
					for _, d := range deliveries {
						require.Equal(s, 1, d.Attempt)
						mu.Lock()
						seen[d.Event.Subject()]++
						mu.Unlock()
						require.NoError(s, d.Ack(s.Context()))
					}
				}
			})
		}
		all.Wait()
		require.Len(s, seen, n)
		for id, times := range seen {
			require.Equal(s, 1, times, id)
		}
		backlog, err := s.worker(b, run, nil).Backlog(s.Context())
		require.NoError(s, err)
		require.Equal(s, bus.Backlog{}, backlog)
	},
	// Who joins changes nothing; who does not, changes the bound for everyone, while
	// they wait.
	"BoundIsChangedUnderWay": func(s *suite) {
		b := s.connect()
		run := newRun()
		s.queue(b, run, 20)
		bound := func(n int, join bool) *bus.Worker {
			return s.worker(b, run, func(spec *bus.WorkerSpec) { spec.MaxInFlight, spec.Join = n, join })
		}
		w := bound(2, true)
		first, err := w.Fetch(s.Context(), 10, time.Second)
		require.NoError(s, err)
		require.Len(s, first, 2)
		bound(9, true)
		none, err := w.Fetch(s.Context(), 10, 50*time.Millisecond)
		require.NoError(s, err)
		require.Empty(s, none, "joining raises no bound")

		var more []*bus.Delivery
		var waiting sync.WaitGroup
		waiting.Go(func() { more, err = w.Fetch(s.Context(), 3, 5*time.Second) })
		bound(5, false)
		waiting.Wait()
		require.NoError(s, err)
		require.NotEmpty(s, more)
		for len(more) < 3 {
			rest, err := w.Fetch(s.Context(), 3-len(more), time.Second)
			require.NoError(s, err)
			more = append(more, rest...)
		}
		bound(1, false)
		for _, d := range append(first, more[:2]...) {
			none, err := w.Fetch(s.Context(), 10, 20*time.Millisecond)
			require.NoError(s, err)
			require.Empty(s, none, "what is over the lower bound ends first")
			require.NoError(s, d.Ack(s.Context()))
		}
		require.NoError(s, more[2].Ack(s.Context()))
		last, err := w.Fetch(s.Context(), 10, time.Second)
		require.NoError(s, err)
		require.Len(s, last, 1)
	},
	// A second attempt means that someone had the first: neither a fetch that is cut
	// short nor one that asks for more than there is may spend attempts unseen.
	"NoAttemptIsSpentUnseen": func(s *suite) {
		b := s.connect()
		run := newRun()
		const n = 300
		s.background(func() { s.queue(b, run, n) })
		var mu sync.Mutex
		seen := map[string]int{}
		var all sync.WaitGroup
		for i := range 3 {
			w := s.worker(s.connect(), run, func(spec *bus.WorkerSpec) { spec.MaxInFlight = 5 })
			all.Go(func() {
				for cut := time.Duration(i); ; cut = (cut + 1) % 7 {
					ctx, cancel := context.WithTimeout(s.Context(), cut*time.Millisecond)
					deliveries, _ := w.Fetch(ctx, 8, time.Second)
					cancel()
					mu.Lock()
					for _, d := range deliveries {
						seen[d.Event.Subject()] += d.Attempt
					}
					done := len(seen) == n
					mu.Unlock()
					for _, d := range deliveries {
						require.NoError(s, d.Ack(s.Context()))
					}
					if done || s.Failed() {
						return
					}
				}
			})
		}
		all.Wait()
		for id, attempts := range seen {
			require.Equal(s, 1, attempts, id)
		}
	},
	"MaxInFlightOverAllWorkers": func(s *suite) {
		b := s.connect()
		run := newRun()
		s.queue(b, run, 10)
		limit := func(spec *bus.WorkerSpec) { spec.MaxInFlight = 4 }
		first, second := s.worker(b, run, limit), s.worker(s.connect(), run, limit)

		// A fetch returns with what is there, which on a loaded machine may be less than
		// is asked for.
		mine := []*bus.Delivery{s.one(first), s.one(first), s.one(first)}
		theirs, err := second.Fetch(s.Context(), 10, patience)
		require.NoError(s, err)
		require.Len(s, theirs, 1)
		none, err := second.Fetch(s.Context(), 10, 100*time.Millisecond)
		require.NoError(s, err)
		require.Empty(s, none)
		backlog, err := first.Backlog(s.Context())
		require.NoError(s, err)
		require.Equal(s, bus.Backlog{Waiting: 6, InFlight: 4}, backlog)

		require.NoError(s, mine[0].Ack(s.Context()))
		theirs, err = second.Fetch(s.Context(), 10, patience)
		require.NoError(s, err)
		require.Len(s, theirs, 1)
	},
	"FetchReturnsWithTheFirst": func(s *suite) {
		b := s.connect()
		run := newRun()
		w := s.worker(b, run, nil)
		arrived := make(chan int)
		s.background(func() {
			deliveries, err := w.Fetch(s.Context(), 16, patience)
			require.NoError(s, err)
			arrived <- len(deliveries)
		})
		began := time.Now()
		s.queue(b, run, 1)
		require.Equal(s, 1, <-arrived)
		require.Less(s, time.Since(began), patience/2)
	},
	"FetchHoldsNothingAfterItsContext": func(s *suite) {
		b := s.connect()
		run := newRun()
		w := s.worker(b, run, nil)
		ctx, cancel := context.WithCancel(s.Context())
		over := make(chan struct{})
		s.background(func() {
			defer close(over)
			deliveries, err := w.Fetch(ctx, 16, patience)
			if len(deliveries) == 0 {
				require.ErrorIs(s, err, context.Canceled)
			}
		})
		cancel()
		<-over
		_, err := w.Fetch(ctx, 1, time.Second)
		require.ErrorIs(s, err, context.Canceled)
		s.queue(b, run, 3)
		for range 3 {
			d := s.one(w)
			require.Equal(s, 1, d.Attempt)
			require.NoError(s, d.Ack(s.Context()))
		}
	},
	"EveryRunOfAKind": func(s *suite) {
		b := s.connect()
		w := s.worker(b, "", func(spec *bus.WorkerSpec) { spec.Kind = subject.Power })
		p := newPublisher(b)
		for range 2 {
			require.NoError(s, p.PublishNow(s.Context(), newRun(), gap()))
		}
		first, second := s.one(w), s.one(w)
		require.NotEqual(s, first.Event.ID.Run, second.Event.ID.Run)
	},
	"RemoveEndsTheConsumer": func(s *suite) {
		b := s.connect()
		run := newRun()
		s.queue(b, run, 1)
		w := s.worker(b, run, nil)
		require.NoError(s, s.one(w).Ack(s.Context()))
		require.NoError(s, w.Remove(s.Context()))
		require.NoError(s, w.Remove(s.Context()))
		_, err := w.Fetch(s.Context(), 1, patience)
		require.ErrorIs(s, err, bus.ErrNotFound)
		_, err = w.Backlog(s.Context())
		require.ErrorIs(s, err, bus.ErrNotFound)
		// A new one of the name starts from the beginning.
		require.Equal(s, 1, s.one(s.worker(b, run, nil)).Attempt)
	},
	"SpecIsChecked": func(s *suite) {
		b := s.connect()
		for _, spec := range []bus.WorkerSpec{
			{Kind: subject.Prompt, MaxInFlight: 1},
			{Name: "w", MaxInFlight: 1},
			{Name: "w", Kind: subject.Prompt},
		} {
			_, err := b.NewWorker(s.Context(), spec)
			require.Error(s, err)
		}
	},
}
