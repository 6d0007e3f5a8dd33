package bustest

import (
	"sync"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// A producer's last event of a run says how many there were.
var closing = map[string]func(*suite){
	"CountsItself": func(s *suite) {
		b := s.connect()
		p := newPublisher(b)
		run, other := newRun(), newRun()
		for i := range 5 {
			require.NoError(s, p.Publish(s.Context(), run, started(i)))
		}
		require.NoError(s, p.Publish(s.Context(), other, started(0)))
		require.NoError(s, p.CloseRun(s.Context(), run))
		records := s.replay(b, run)
		gapless(s, records, 6)
		producer, epoch := p.Identity()
		require.Equal(s, &event.ProducerClosed{Producer: producer.String(), Epoch: epoch, LastSeq: 6, Count: 6}, records[5].Event.Data)
	},
	"TwiceOrNeverPublishedDoesNothing": func(s *suite) {
		b := s.connect()
		p := newPublisher(b)
		run := newRun()
		require.NoError(s, p.CloseRun(s.Context(), run))
		require.NoError(s, p.Publish(s.Context(), run, ctl(1)))
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() { require.NoError(s, p.CloseRun(s.Context(), run)) })
		}
		all.Wait()
		gapless(s, s.replay(b, run), 2)
	},
	"EndsPublishing": func(s *suite) {
		b := s.connect()
		p := newPublisher(b)
		run := newRun()
		require.NoError(s, p.Publish(s.Context(), run, ctl(1)))
		require.NoError(s, p.CloseRun(s.Context(), run))
		require.ErrorIs(s, p.Publish(s.Context(), run, ctl(1)), bus.ErrRunClosed)
		require.NoError(s, p.Publish(s.Context(), newRun(), ctl(1)))
		gapless(s, s.replay(b, run), 2)
	},
	"WhileOthersPublish": func(s *suite) {
		b := s.connect()
		p := newPublisher(b)
		run := newRun()
		require.NoError(s, p.Publish(s.Context(), run, started(0)))
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for i := range 200 {
					if err := p.Publish(s.Context(), run, started(i)); err != nil {
						require.ErrorIs(s, err, bus.ErrRunClosed)
						return
					}
				}
			})
		}
		require.NoError(s, p.CloseRun(s.Context(), run))
		all.Wait()
		require.NoError(s, p.Flush(s.Context()))
		records := s.replay(b, run)
		gapless(s, records, len(records))
		for _, r := range records {
			if closed, ok := r.Event.Data.(*event.ProducerClosed); ok {
				require.Equal(s, uint64(len(records)), closed.Count)
				return
			}
		}
		require.Fail(s, "no producer.closed")
	},
}

// A closed bus refuses everything and leaves nothing behind.
var closingBus = map[string]func(*suite){
	"RefusesAfterwards": func(s *suite) {
		b, err := s.broker.Connect(s.Context())
		require.NoError(s, err)
		p := newPublisher(b)
		run := newRun()
		require.NoError(s, p.Publish(s.Context(), run, ctl(1)))
		require.NoError(s, p.Flush(s.Context()))
		require.True(s, b.Connected())
		require.NoError(s, b.Close(s.Context()))
		require.NoError(s, b.Close(s.Context()))
		require.False(s, b.Connected())
		require.ErrorIs(s, p.Publish(s.Context(), run, ctl(1)), bus.ErrClosed)
		for _, err := range b.Replay(s.Context(), run) {
			require.ErrorIs(s, err, bus.ErrClosed)
		}
		gapless(s, s.replay(s.connect(), run), 1)
	},
}
