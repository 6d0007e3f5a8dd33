package collect_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
)

// record builds the events anew: a reading keeps and slims what it is given.
func record() []event.Event {
	return recordtest.Number(recordtest.Run, recordtest.Items(recordtest.Config("/tmp/x")))
}

func from(t require.TestingT, events []event.Event) *collect.Run {
	r, err := collect.From(recordtest.Run, events)
	require.NoError(t, err)
	return r
}

func TestRecordIsComplete(t *testing.T) {
	events := record()
	r := from(t, events)
	c := r.Completeness
	require.True(t, c.Complete)
	require.Equal(t, len(events), int(c.Expected))
	require.Equal(t, c.Expected, c.Seen)
	require.Len(t, c.Producers, 5)
	require.Empty(t, c.Gaps)
	require.Zero(t, r.Unanswered)
	require.Zero(t, r.Abandoned)
	require.Len(t, r.Finished, recordtest.Attempts)
	require.NotNil(t, r.Hosts["node"].Devices[0].IdlePowerMW)
	require.Len(t, r.Samples["GPU-0"], 80)
	require.Equal(t, []collect.Span{{
		Device: "GPU-0", Flag: "throttled",
		FromNS: recordtest.Started.UnixNano() + 4e9, ToNS: recordtest.Started.UnixNano() + 5e9,
	}}, r.Spans)
}

// Any order and any repetition of the events give the same record; only the count
// of repetitions differs.
func TestOrderAndRepetitionDoNotMatter(t *testing.T) {
	want := from(t, record())
	rapid.Check(t, func(t *rapid.T) {
		events := record()
		again := rapid.SliceOfN(rapid.IntRange(0, len(events)-1), 0, 30).Draw(t, "again")
		copies := record()
		for _, i := range again {
			events = append(events, copies[i])
		}
		got := from(t, rapid.Permutation(events).Draw(t, "order"))
		require.EqualValues(t, len(again), got.Completeness.Duplicates)
		got.Completeness.Duplicates = 0
		require.Equal(t, want, got)
	})
}

// A lost event, whichever it is, is missed and named.
func TestLostEventIsMissed(t *testing.T) {
	events := record()
	for i, lost := range events {
		if _, first := lost.Data.(*event.RunRequested); first {
			continue
		}
		kept := slices.Delete(record(), i, i+1)
		c := from(t, kept).Completeness
		require.False(t, c.Complete, lost.ID.String())
		if _, closing := lost.Data.(*event.ProducerClosed); closing {
			at := slices.IndexFunc(c.Producers, func(p event.ProducerCount) bool { return p.Producer == lost.ID.Producer.String() })
			require.False(t, c.Producers[at].Closed)
			continue
		}
		require.Equal(t, c.Expected-1, c.Seen)
		require.Equal(t, []event.SequenceGap{{
			Producer: lost.ID.Producer.String(), Epoch: lost.ID.Epoch, FirstSeq: lost.ID.Seq, LastSeq: lost.ID.Seq,
		}}, c.Gaps)
	}
}

func TestRunThatIsNotThereIsAnError(t *testing.T) {
	_, err := collect.From(recordtest.Run, nil)
	require.ErrorIs(t, err, collect.ErrNoRun)
}

// A step of the wall clock in the middle of a run moves no reading: times of one
// boot are by its monotonic clock.
func TestWallClockStepMovesNothing(t *testing.T) {
	want := from(t, record())
	events := record()
	for i := range events {
		// The second half of the run is stamped by a wall clock that was put back.
		const stepNS, from = int64(-3e9), int64(3.6e12 + 4e9)
		text, err := json.Marshal(events[i].Data)
		require.NoError(t, err)
		data, _ := event.NewPayload(events[i].Type())
		require.NoError(t, json.Unmarshal(text, data))
		switch d := data.(type) {
		case *event.PowerSampled:
			if d.Start.MonoNS >= from {
				d.Start.WallNS += stepNS
			}
		case *event.RequestFinished:
			if d.Sent.MonoNS >= from {
				d.Sent.WallNS += stepNS
			}
		}
		events[i].Data = data
	}
	got := from(t, events)
	require.Equal(t, want.Samples, got.Samples)
	for i, f := range got.Finished {
		require.Equal(t, want.Finished[i].Sent.WallNS, got.Wall(f.Clock, f.Sent))
	}
}
