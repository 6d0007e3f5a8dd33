package bustest

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/envelope"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/stream"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

// Everything stored of a run can be read again, in order, up to the moment the
// reading began.
var replaying = map[string]func(*suite){
	"StreamByStreamInStoredOrder": func(s *suite) {
		b := s.connect()
		p := newPublisher(b)
		run, other := newRun(), newRun()
		before := time.Now().Add(-time.Second)
		for i := range 3 {
			require.NoError(s, p.PublishNow(s.Context(), run, gap()))
			require.NoError(s, p.PublishNow(s.Context(), run, prompt(i)))
			require.NoError(s, p.PublishNow(s.Context(), other, started(i)))
			require.NoError(s, p.PublishNow(s.Context(), run, ctl(i)))
			require.NoError(s, p.PublishNow(s.Context(), run, started(i)))
		}
		records := s.replay(b, run)
		var types []event.Type
		last := map[string]uint64{}
		for _, r := range records {
			types = append(types, r.Event.Type())
			require.Equal(s, run, r.Event.ID.Run)
			require.Greater(s, r.Seq, last[r.Stream])
			require.WithinRange(s, r.StoredAt, before, time.Now().Add(time.Second))
			last[r.Stream] = r.Seq
		}
		l, q, p1, g := event.TypeRunLoaded, event.TypeRequestStarted, event.TypePromptQueued, event.TypePowerGap
		require.Equal(s, []event.Type{l, q, l, q, l, q, p1, p1, p1, g, g, g}, types)
		require.Equal(s, map[string]uint64{stream.Events: 9, stream.Prompts: 3, stream.Power: 3}, last)
	},
	"OnlyTheKindsAskedFor": func(s *suite) {
		b := s.connect()
		p := newPublisher(b)
		run := newRun()
		require.NoError(s, p.Publish(s.Context(), run, gap()))
		require.NoError(s, p.Publish(s.Context(), run, prompt(0)))
		require.NoError(s, p.Publish(s.Context(), run, ctl(0)))
		require.NoError(s, p.Publish(s.Context(), run, started(0)))
		require.NoError(s, p.Flush(s.Context()))
		types := func(kinds ...subject.Kind) (out []event.Type) {
			for _, r := range s.replay(b, run, kinds...) {
				out = append(out, r.Event.Type())
			}
			return out
		}
		require.Equal(s, []event.Type{event.TypeRequestStarted}, types(subject.Request))
		require.Equal(s, []event.Type{event.TypeRunLoaded, event.TypePowerGap}, types(subject.Power, subject.Ctl))
		require.Equal(s, []event.Type{event.TypeRunLoaded, event.TypeRequestStarted}, types(subject.Ctl, subject.Request, subject.Result))
		require.Empty(s, types(subject.Result))
		require.Empty(s, s.replay(b, newRun()))
	},
	"EndsWhereItBegan": func(s *suite) {
		b := s.connect()
		p := newPublisher(b)
		run := newRun()
		const n = 20
		for i := range n {
			require.NoError(s, p.Publish(s.Context(), run, started(i)))
		}
		require.NoError(s, p.Flush(s.Context()))
		got := 0
		for _, err := range b.Replay(s.Context(), run) {
			require.NoError(s, err)
			got++
			// Published while it reads: not part of this replay.
			require.NoError(s, p.PublishNow(s.Context(), run, started(0)))
		}
		require.Equal(s, n, got)
	},
	"UndecodableIsYieldedAndPassed": func(s *suite) {
		b := s.connect()
		p := newPublisher(b)
		run := newRun()
		require.NoError(s, p.PublishNow(s.Context(), run, ctl(1)))
		require.NoError(s, s.broker.Put(s.Context(), &nats.Msg{Subject: ctlSubject(run), Data: []byte("?")}))
		require.NoError(s, p.PublishNow(s.Context(), run, ctl(2)))
		var got []string
		for r, err := range b.Replay(s.Context(), run) {
			if bad, ok := errors.AsType[*bus.DecodeError](err); ok {
				require.ErrorIs(s, err, envelope.ErrNotCloudEvent)
				require.Equal(s, uint64(2), bad.Seq)
				require.Equal(s, ctlSubject(run), bad.Subject)
				require.Equal(s, stream.Events, r.Stream)
				got = append(got, "bad")
				continue
			}
			require.NoError(s, err)
			got = append(got, r.Event.Type().Name())
		}
		require.Equal(s, []string{"run.loaded.v1", "bad", "run.loaded.v1"}, got)
	},
	"ContextEndsItWithAnError": func(s *suite) {
		b := s.connect()
		run := newRun()
		s.queue(b, run, 5)
		ctx, cancel := context.WithCancel(s.Context())
		defer cancel()
		var last error
		for _, err := range b.Replay(ctx, run) {
			cancel()
			last = err
		}
		require.ErrorIs(s, last, context.Canceled)
	},
	"ReaderMayStop": func(s *suite) {
		b := s.connect()
		run := newRun()
		s.queue(b, run, 5)
		for _, err := range b.Replay(s.Context(), run) {
			require.NoError(s, err)
			break
		}
		require.Len(s, s.replay(b, run), 5)
	},
	"Large": func(s *suite) {
		b := s.connect()
		run := newRun()
		const n = 5000
		s.queue(b, run, n)
		gapless(s, s.replay(b, run), n)
	},
}

// Follow goes on with what is stored later.
var following = map[string]func(*suite){
	"PastThenFuture": func(s *suite) {
		b := s.connect()
		p := newPublisher(b)
		run := newRun()
		require.NoError(s, p.PublishNow(s.Context(), run, started(0)))
		require.NoError(s, p.PublishNow(s.Context(), run, ctl(0)))
		ctx, cancel := context.WithCancel(s.Context())
		defer cancel()
		var got []string
		for r, err := range b.Follow(ctx, run, subject.Request) {
			require.NoError(s, err)
			got = append(got, r.Event.Subject())
			if len(got) == 3 {
				cancel()
				continue
			}
			require.NoError(s, p.PublishNow(s.Context(), newRun(), started(9)))
			require.NoError(s, p.PublishNow(s.Context(), run, started(len(got))))
		}
		require.Equal(s, []string{"r000000", "r000001", "r000002"}, got)
	},
	"ReaderMayStop": func(s *suite) {
		b := s.connect()
		run := newRun()
		s.queue(b, run, 2)
		for _, err := range b.Follow(s.Context(), run, subject.Prompt) {
			require.NoError(s, err)
			break
		}
	},
}

// Erase leaves nothing of a run, and nothing else out.
var erasing = map[string]func(*suite){
	"WhileItIsRead": func(s *suite) {
		b := s.connect()
		run := newRun()
		const n = 3000 // more than a reader asks for ahead
		s.queue(b, run, n)
		s.queue(b, newRun(), 1)
		got := 0
		for _, err := range b.Replay(s.within(patience), run) {
			require.NoError(s, err)
			if got++; got == 1 {
				require.NoError(s, b.Erase(s.Context(), run))
			}
		}
		require.Less(s, got, n)
	},
	"OneRunOnly": func(s *suite) {
		b := s.connect()
		p := newPublisher(b)
		run, other := newRun(), newRun()
		for _, id := range []event.RunID{run, other} {
			require.NoError(s, p.Publish(s.Context(), id, gap()))
			require.NoError(s, p.Publish(s.Context(), id, prompt(0)))
			require.NoError(s, p.Publish(s.Context(), id, ctl(0)))
			require.NoError(s, p.Flush(s.Context()))
			require.NoError(s, s.one(s.worker(b, id, func(w *bus.WorkerSpec) { w.Name = string(id) })).Dead(s.Context(), "x"))
		}
		require.NoError(s, b.Erase(s.Context(), run))
		require.Empty(s, s.replay(b, run))
		require.Len(s, s.replay(b, other), 3)
		for _, l := range s.letters(b) {
			require.Equal(s, other, l.Run)
		}
		require.Error(s, b.Erase(s.Context(), "*"))
		require.Len(s, s.replay(b, other), 3)
	},
}
