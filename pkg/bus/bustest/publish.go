package bustest

import (
	"context"
	"strings"
	"sync"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/envelope"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Events are stored once, under gapless numbers, whoever publishes at the same time.
var publishing = map[string]func(*suite){
	"GaplessUnderConcurrency": func(s *suite) {
		b := s.connect()
		p := newPublisher(b)
		runs := []event.RunID{newRun(), newRun()}
		const writers, each = 8, 100
		var all sync.WaitGroup
		for range writers {
			for _, run := range runs {
				all.Go(func() {
					for i := range each {
						require.NoError(s, p.Publish(s.Context(), run, started(i)))
					}
				})
			}
		}
		all.Wait()
		require.NoError(s, p.Flush(s.within(patience)))
		for _, run := range runs {
			gapless(s, s.replay(b, run), writers*each)
		}
	},
	"NowIsStored": func(s *suite) {
		b := s.connect()
		p := newPublisher(b)
		run := newRun()
		require.NoError(s, p.PublishNow(s.Context(), run, ctl(1)))
		require.Len(s, s.replay(b, run), 1)
	},
	"InvalidLeavesNoGap": func(s *suite) {
		b := s.connect()
		p := newPublisher(b)
		run := newRun()
		require.Error(s, p.Publish(s.Context(), run, &event.RunLoaded{}))
		require.NoError(s, p.PublishNow(s.Context(), run, ctl(1)))
		require.Error(s, p.Publish(s.Context(), "not-a-run", ctl(1)))
		gapless(s, s.replay(b, run), 1)
	},
	"TooLargeIsRefusedAtOnce": func(s *suite) {
		b := s.connect()
		p := newPublisher(b)
		run := newRun()
		big := prompt(0)
		big.Prompt = strings.Repeat("x", 5<<20)
		require.ErrorIs(s, p.Publish(s.Context(), run, big), bus.ErrRejected)
		require.NoError(s, p.PublishNow(s.Context(), run, prompt(1)))
		gapless(s, s.replay(b, run), 1)
	},
	"DuplicateIDIsDropped": func(s *suite) {
		b := s.connect()
		run := newRun()
		e, err := event.New(event.ID{Run: run, Producer: driverProducer, Epoch: 1, Seq: 1}, run.Created(), ctl(1))
		require.NoError(s, err)
		m, err := envelope.Encode(e)
		require.NoError(s, err)
		for range 3 {
			require.NoError(s, s.broker.Put(s.Context(), m))
		}
		require.Len(s, s.replay(b, run), 1)
	},
	"EpochsOfOneProducerDiffer": func(s *suite) {
		b := s.connect()
		run := newRun()
		for range 3 {
			require.NoError(s, newPublisher(b).PublishNow(s.Context(), run, ctl(1)))
		}
		require.Len(s, s.replay(b, run), 3)
	},
	"EndedContextSendsNothing": func(s *suite) {
		b := s.connect()
		p := newPublisher(b)
		run := newRun()
		ctx, cancel := context.WithCancel(s.Context())
		cancel()
		require.ErrorIs(s, p.Publish(ctx, run, ctl(1)), context.Canceled)
		require.NoError(s, p.Flush(s.Context()))
		require.Empty(s, s.replay(b, run))
	},
}

// gapless checks that the numbers of each producer and epoch are 1…n in all.
func gapless(s *suite, records []bus.Record, n int) {
	s.Helper()
	require.Len(s, records, n)
	seen := map[event.ID]bool{}
	for _, r := range records {
		require.False(s, seen[r.Event.ID], "%s is stored twice", r.Event.ID)
		seen[r.Event.ID] = true
	}
	for id := range seen {
		if id.Seq > 1 {
			id.Seq--
			require.True(s, seen[id], "%s is missing", id)
		}
	}
}
