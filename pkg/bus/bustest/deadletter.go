package bustest

import (
	"context"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/envelope"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/stream"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

func promptSubject(run event.RunID) string {
	return subject.Subject{Run: run, Kind: subject.Prompt, Token: "0"}.String()
}

func ctlSubject(run event.RunID) string {
	return subject.Subject{Run: run, Kind: subject.Ctl, Token: "loaded"}.String()
}

// What cannot be handled is kept, with payload and reason.
var deadLetters = map[string]func(*suite){
	"UndecodableAtOnce": func(s *suite) {
		b := s.connect()
		run := newRun()
		w := s.worker(b, run, nil)
		bad := &nats.Msg{
			Subject: promptSubject(run), Data: []byte("not an event\n"),
			Header: nats.Header{"X-Note": {"by hand"}},
		}
		require.NoError(s, s.broker.Put(s.Context(), bad))
		s.queue(b, run, 1)
		d := s.one(w)
		require.Equal(s, prompt(0), d.Event.Data)
		require.NoError(s, d.Ack(s.Context()))

		letters := s.letters(b)
		require.Len(s, letters, 1)
		l := letters[0]
		require.Equal(s, bad.Data, l.Data)
		require.Equal(s, []string{"by hand"}, l.Header["X-Note"])
		require.Equal(s, run, l.Run)
		require.Equal(s, bad.Subject, l.Subject)
		require.Equal(s, stream.Prompts, l.Stream)
		require.Equal(s, uint64(1), l.Seq)
		require.Equal(s, 1, l.Attempts)
		require.Contains(s, l.Reason, envelope.ErrNotCloudEvent.Error())
		require.Equal(s, bus.Backlog{}, s.settled(w))
	},
	"InvalidAtOnce": func(s *suite) {
		b := s.connect()
		run := newRun()
		w := s.worker(b, run, nil)
		e := event.Event{
			ID: event.ID{Run: run, Producer: driverProducer, Epoch: 1, Seq: 1}, Time: run.Created(),
			Data: &event.PromptQueued{RequestID: "r000001", Index: -1},
		}
		m, err := envelope.Encode(e)
		require.NoError(s, err)
		require.NoError(s, s.broker.Put(s.Context(), m))
		none, err := w.Fetch(s.Context(), 1, 500*time.Millisecond)
		require.NoError(s, err)
		require.Empty(s, none)
		letters := s.letters(b)
		require.Len(s, letters, 1)
		require.Contains(s, letters[0].Reason, "index: negative")
		require.Equal(s, m.Data, letters[0].Data)
	},
	"ByAService": func(s *suite) {
		b := s.connect()
		run := newRun()
		s.queue(b, run, 1)
		w := s.worker(b, run, nil)
		require.NoError(s, s.one(w).Dead(s.Context(), "the model\nrefuses it"))
		letters := s.letters(b)
		require.Len(s, letters, 1)
		require.Equal(s, "the model refuses it", letters[0].Reason)
		require.Equal(s, run, letters[0].Run)
		require.Equal(s, bus.Backlog{}, s.settled(w))
	},
	"AfterTheLastDelivery": func(s *suite) {
		b := s.connect()
		run := newRun()
		s.queue(b, run, 1)
		w := s.worker(b, run, func(spec *bus.WorkerSpec) { spec.AckWait, spec.MaxDeliver = 200*time.Millisecond, 2 })
		require.Equal(s, 1, s.one(w).Attempt)
		d := s.one(w)
		require.Equal(s, 2, d.Attempt)
		require.Eventually(s, func() bool {
			none, err := w.Fetch(s.Context(), 1, 50*time.Millisecond)
			return err == nil && len(none) == 0 && len(s.letters(b)) == 1
		}, patience, 50*time.Millisecond)
		l := s.letters(b)[0]
		require.Equal(s, 2, l.Attempts)
		require.Equal(s, run, l.Run)
		e, err := envelope.Decode(&nats.Msg{Subject: l.Subject, Header: l.Header, Data: l.Data})
		require.NoError(s, err)
		require.Equal(s, d.Event, e)
	},
	"FoundByAReplay": func(s *suite) {
		b := s.connect()
		run := newRun()
		require.NoError(s, s.broker.Put(s.Context(), &nats.Msg{Subject: ctlSubject(run), Data: []byte("{}")}))
		for range 2 {
			for _, err := range b.Replay(s.Context(), run) {
				var bad *bus.DecodeError
				require.ErrorAs(s, err, &bad)
				require.NoError(s, b.Bury(s.Context(), bad))
			}
		}
		letters := s.letters(b)
		require.Len(s, letters, 1)
		require.Equal(s, stream.Events, letters[0].Stream)
		require.Equal(s, 0, letters[0].Attempts)
	},
}

// settled is the backlog once terminations, which are not confirmed, have arrived.
func (s *suite) settled(w *bus.Worker) (out bus.Backlog) {
	s.Helper()
	require.Eventually(s, func() bool {
		var err error
		out, err = w.Backlog(context.WithoutCancel(s.Context()))
		return err == nil && out.InFlight == 0
	}, patience, 10*time.Millisecond)
	return out
}
