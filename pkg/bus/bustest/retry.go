package bustest

import (
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
)

// A person looks at what could not be handled, and sends it again or drops it.
var retryingLetters = map[string]func(*suite){
	"RetriedIsDeliveredAgain": func(s *suite) {
		b := s.connect()
		run := newRun()
		w := s.worker(b, run, nil)
		s.queue(b, run, 1)
		require.NoError(s, s.one(w).Dead(s.Context(), "the model is not loaded"))
		letters := s.letters(b)
		require.Len(s, letters, 1)
		require.NoError(s, b.Retry(s.Context(), letters[0]))
		d := s.one(w)
		require.Equal(s, prompt(0), d.Event.Data, "the same event, though the broker has had it")
		require.NoError(s, d.Ack(s.Context()))
		require.Empty(s, s.letters(b))
	},
	"UndecodableComesBack": func(s *suite) {
		b := s.connect()
		run := newRun()
		w := s.worker(b, run, nil)
		require.NoError(s, s.broker.Put(s.Context(), &nats.Msg{Subject: promptSubject(run), Data: []byte("no event")}))
		s.queue(b, run, 1)
		require.NoError(s, s.one(w).Ack(s.Context()))
		was := s.letters(b)
		require.Len(s, was, 1)
		require.NoError(s, b.Retry(s.Context(), was[0]))
		s.queue(b, run, 1)
		require.NoError(s, s.one(w).Ack(s.Context()))
		now := s.letters(b)
		require.Len(s, now, 1)
		require.Equal(s, was[0].Data, now[0].Data)
		require.Greater(s, now[0].Seq, was[0].Seq)
	},
	"DroppedIsGone": func(s *suite) {
		b := s.connect()
		kept, dropped := newRun(), newRun()
		w := s.worker(b, kept, nil)
		other := s.worker(b, dropped, func(spec *bus.WorkerSpec) { spec.Name = "other" })
		s.queue(b, kept, 1)
		s.queue(b, dropped, 1)
		require.NoError(s, s.one(w).Dead(s.Context(), "a"))
		require.NoError(s, s.one(other).Dead(s.Context(), "b"))
		for _, l := range s.letters(b) {
			if l.Run == dropped {
				require.NoError(s, b.Drop(s.Context(), l))
				require.NoError(s, b.Drop(s.Context(), l), "twice does nothing")
			}
		}
		left := s.letters(b)
		require.Len(s, left, 1)
		require.Equal(s, kept, left[0].Run)
	},
	"NothingToRetry": func(s *suite) {
		require.ErrorIs(s, s.connect().Retry(s.Context(), bus.DeadLetter{Position: 3, Stream: "X", Seq: 1}), bus.ErrNoMessage)
	},
}
