package bustest

import (
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
)

const shortAckWait = 500 * time.Millisecond

func impatient(spec *bus.WorkerSpec) { spec.AckWait = shortAckWait }

// What is not acknowledged comes back with a higher attempt.
var redelivering = map[string]func(*suite){
	"AfterAWorkerDied": func(s *suite) {
		b := s.connect()
		run := newRun()
		s.queue(b, run, 1)
		dying, err := s.broker.Connect(s.Context())
		require.NoError(s, err)
		d := s.one(s.worker(dying, run, impatient))
		require.Equal(s, 1, d.Attempt)
		require.NoError(s, dying.Close(s.Context()))

		again := s.one(s.worker(b, run, impatient))
		require.Equal(s, 2, again.Attempt)
		require.Equal(s, d.Event, again.Event)
		require.NoError(s, again.Ack(s.Context()))
	},
	"NotWhileInProgress": func(s *suite) {
		b := s.connect()
		run := newRun()
		s.queue(b, run, 1)
		// Long against a loaded machine's pauses, of which each renewal may meet one.
		const ackWait = 2 * time.Second
		w := s.worker(b, run, func(spec *bus.WorkerSpec) { spec.AckWait = ackWait })
		d := s.one(w)
		until := time.Now().Add(ackWait + ackWait/2)
		for time.Now().Before(until) {
			require.NoError(s, d.InProgress())
			none, err := w.Fetch(s.Context(), 1, ackWait/16)
			require.NoError(s, err)
			require.Empty(s, none)
		}
		require.NoError(s, d.Ack(s.Context()))
	},
	"AfterRetry": func(s *suite) {
		b := s.connect()
		run := newRun()
		s.queue(b, run, 1)
		w := s.worker(b, run, nil)
		began := time.Now()
		require.NoError(s, s.one(w).Retry(300*time.Millisecond))
		d := s.one(w)
		require.Equal(s, 2, d.Attempt)
		require.GreaterOrEqual(s, time.Since(began), 250*time.Millisecond)
		require.NoError(s, d.Retry(0))
		require.Equal(s, 3, s.one(w).Attempt)
	},
	"ALateAckCounts": func(s *suite) {
		b := s.connect()
		run := newRun()
		s.queue(b, run, 1)
		w := s.worker(b, run, impatient)
		first := s.one(w)
		second := s.one(w)
		require.Equal(s, 2, second.Attempt)
		require.NoError(s, first.Ack(s.Context()))
		require.NoError(s, second.Ack(s.Context()))
		backlog, err := w.Backlog(s.Context())
		require.NoError(s, err)
		require.Equal(s, bus.Backlog{}, backlog)
	},
}
