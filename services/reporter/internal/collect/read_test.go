package collect_test

import (
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
)

// fakeStreams hold records, some of which cannot be decoded, and dead letters.
type fakeStreams struct {
	records []bus.Record
	bad     []*bus.DecodeError
	letters []bus.DeadLetter
	buried  int
}

func (s *fakeStreams) Replay(context.Context, event.RunID, ...subject.Kind) iter.Seq2[bus.Record, error] {
	return func(yield func(bus.Record, error) bool) {
		for _, r := range s.records {
			if !yield(r, nil) {
				return
			}
		}
		for _, e := range s.bad {
			if !yield(bus.Record{Stream: e.Stream, Seq: e.Seq, StoredAt: time.Unix(1, 0)}, e) {
				return
			}
		}
	}
}

func (s *fakeStreams) DeadLetters(context.Context) iter.Seq2[bus.DeadLetter, error] {
	return func(yield func(bus.DeadLetter, error) bool) {
		for _, l := range s.letters {
			if !yield(l, nil) {
				return
			}
		}
	}
}

func (s *fakeStreams) Bury(context.Context, *bus.DecodeError) error {
	s.buried++
	return nil
}

func stored(events []event.Event, at int64) *fakeStreams {
	s := &fakeStreams{}
	for _, e := range events {
		s.records = append(s.records, bus.Record{Event: e, StoredAt: time.Unix(at, 0)})
	}
	return s
}

func own(t *testing.T, seq uint64, data event.Payload) event.Event {
	t.Helper()
	e, err := event.New(event.ID{Run: recordtest.Run, Producer: event.Producer{Service: collect.Own, Instance: "x"}, Epoch: 1, Seq: seq}, recordtest.Started, data)
	require.NoError(t, err)
	return e
}

// A message that is no event is buried once and counted once, although a worker
// has buried it too.
func TestDeadLettersAreCountedOnce(t *testing.T) {
	s := stored(record(), 1)
	s.bad = []*bus.DecodeError{{Stream: "AEB_EVENTS", Seq: 7, Err: errors.New("no id")}}
	s.letters = []bus.DeadLetter{
		{Run: recordtest.Run, Stream: "AEB_EVENTS", Seq: 7, Reason: "no id", At: time.Unix(2, 0)},
		{Run: recordtest.Run, Stream: "AEB_PROMPTS", Seq: 3, Reason: "given up", At: time.Unix(2, 0)},
		{Run: event.NewRunID(time.Now()), Stream: "AEB_PROMPTS", Seq: 9, Reason: "another run's", At: time.Unix(2, 0)},
	}
	r, err := collect.Read(t.Context(), s, recordtest.Run)
	require.NoError(t, err)
	require.Equal(t, 1, s.buried)
	require.EqualValues(t, 2, r.Completeness.Dead)
	require.False(t, r.Completeness.Complete)
	require.Equal(t, []string{"AEB_EVENTS: no id", "AEB_PROMPTS: given up"}, r.DeadReasons)
}

// What was stored after the seal is late: counted, and not in the record.
func TestLateEventsAreLeftOut(t *testing.T) {
	events := record()
	last := len(events) - 1
	s := stored(events[:last], 1)
	s.records = append(s.records,
		bus.Record{Event: own(t, 1, &event.RunSealed{AtNS: 1}), StoredAt: time.Unix(2, 0)},
		bus.Record{Event: events[last], StoredAt: time.Unix(3, 0)},
		bus.Record{Event: own(t, 2, &event.RunReported{AtNS: 1, Revision: 3}), StoredAt: time.Unix(4, 0)},
	)
	s.letters = []bus.DeadLetter{{Run: recordtest.Run, Stream: "AEB_EVENTS", Seq: 7, At: time.Unix(3, 0)}}
	r, err := collect.Read(t.Context(), s, recordtest.Run)
	require.NoError(t, err)
	require.True(t, r.Sealed)
	require.Equal(t, 3, r.Revision)
	require.EqualValues(t, 1, r.Completeness.Late)
	require.Zero(t, r.Completeness.Dead)
	require.False(t, r.Completeness.Complete)
	require.Equal(t, r.Completeness.Expected, r.Completeness.Seen)
}

// A producer that joined and of which nothing arrived is missed, while the state is
// at hand and, by the seal, for ever after.
func TestSilentProducersAreMissed(t *testing.T) {
	s := stored(record(), 1)
	state := run.State{Run: recordtest.Run, Producers: map[string]run.Producer{"x": {Producer: "inference-driver.lost", Epoch: 5}}}
	live, err := collect.ReadKnown(t.Context(), s, state)
	require.NoError(t, err)
	require.False(t, live.Completeness.Complete)
	require.Contains(t, live.Completeness.Producers, event.ProducerCount{Producer: "inference-driver.lost", Epoch: 5})

	s = stored(record(), 1)
	s.records = append(s.records, bus.Record{Event: own(t, 1, &event.RunSealed{AtNS: 1, Completeness: live.Completeness}), StoredAt: time.Unix(2, 0)})
	later, err := collect.Read(t.Context(), s, recordtest.Run)
	require.NoError(t, err)
	require.Equal(t, live.Completeness, later.Completeness)
}

// A lost run.requested is made up for from the run's state, and stays missed.
func TestLostRequestOfTheRun(t *testing.T) {
	events := record()
	requested := events[0].Data.(*event.RunRequested)
	s := stored(events[1:], 1)
	_, err := collect.Read(t.Context(), s, recordtest.Run)
	require.ErrorIs(t, err, collect.ErrNoRun)
	r, err := collect.ReadKnown(t.Context(), stored(record()[1:], 1), run.State{Run: recordtest.Run, Name: "record", Config: requested.Config})
	require.NoError(t, err)
	require.Equal(t, "record", r.Requested.Name)
	require.False(t, r.Completeness.Complete)
}

// The reporter's word on why the run ended, from the run's state, counts before
// what others published; of theirs the earliest does.
func TestReasonOfTheEnd(t *testing.T) {
	items := append(recordtest.Items(recordtest.Config("/tmp/x")),
		recordtest.Item{Producer: recordtest.DriverB, Data: &event.RunFailed{Class: "b", Reason: "later", AtNS: 20}},
		recordtest.Item{Producer: recordtest.DriverA, Data: &event.RunFailed{Class: "a", Reason: "first", AtNS: 10}},
	)
	r := from(t, recordtest.Number(recordtest.Run, items))
	require.Equal(t, &event.Failure{Class: "a", Reason: "first"}, r.Failure)
	r = from(t, append(recordtest.Number(recordtest.Run, items), own(t, 1, &event.RunFailed{Class: "b", Reason: "later", AtNS: 30}),
		own(t, 2, &event.RunCancelled{Reason: "interrupted", AtNS: 30})))
	require.Equal(t, &event.Failure{Class: "b", Reason: "later"}, r.Failure)
	require.Equal(t, "interrupted", r.Cancelled)
}
