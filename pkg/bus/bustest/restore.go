package bustest

import (
	"errors"
	"iter"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

func yielding(records []bus.Record, last error) iter.Seq2[bus.Record, error] {
	return func(yield func(bus.Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
		if last != nil {
			yield(bus.Record{}, last)
		}
	}
}

// A run comes in from elsewhere as it was.
var restoring = map[string]func(*suite){
	"SameEventsUnderTheirIDs": func(s *suite) {
		from, to := s.connect(), s.connect()
		run := newRun()
		s.queue(from, run, 2000)
		p := newPublisher(from)
		require.NoError(s, p.Publish(s.Context(), run, ctl(2000)))
		require.NoError(s, p.Publish(s.Context(), run, gap()))
		require.NoError(s, p.CloseRun(s.within(patience), run))
		records := s.replay(from, run)
		require.NoError(s, from.Erase(s.Context(), run))
		require.Empty(s, s.replay(to, run))

		// The ids of what was erased may be remembered, so they come back under others.
		moved := newRun()
		for i := range records {
			records[i].Event.ID.Run = moved
		}
		require.NoError(s, to.Restore(s.within(patience), yielding(records, nil)))
		got := s.replay(to, moved)
		require.Len(s, got, len(records))
		for i, r := range got {
			require.Equal(s, records[i].Event, r.Event)
			require.Equal(s, records[i].StoredAt, r.StoredAt, "when it was first stored")
			require.NotEqual(s, records[i].Seq, r.Seq)
		}

		// At once again: nothing is there twice.
		require.NoError(s, to.Restore(s.within(patience), yielding(records[:10], nil)))
		require.Len(s, s.replay(to, moved), len(records))
	},
	"EndsWithTheReadersError": func(s *suite) {
		b := s.connect()
		broken := errors.New("line 3 is garbage")
		run := newRun()
		e, err := event.New(event.ID{Run: run, Producer: driverProducer, Epoch: 1, Seq: 1}, run.Created(), ctl(1))
		require.NoError(s, err)
		require.ErrorIs(s, b.Restore(s.within(patience), yielding([]bus.Record{{Event: e}}, broken)), broken)
		require.Len(s, s.replay(b, run), 1)
	},
}
