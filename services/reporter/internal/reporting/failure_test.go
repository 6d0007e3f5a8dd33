package reporting_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
)

var errBrokerAway = errors.New("broker is away")

// streams counts the readings, and fails the first few.
type streams struct {
	collect.Source
	away  int64
	reads atomic.Int64
}

func (s *streams) Replay(ctx context.Context, id event.RunID, kinds ...subject.Kind) iter.Seq2[bus.Record, error] {
	if s.reads.Add(1) <= s.away {
		return func(yield func(bus.Record, error) bool) { yield(bus.Record{}, errBrokerAway) }
	}
	return s.Source.Replay(ctx, id, kinds...)
}

// stored counts the events of a run by who made them.
func (b *bench) stored(t *testing.T, id event.RunID) (record, own int) {
	t.Helper()
	for r, err := range b.bus.Replay(t.Context(), id) {
		require.NoError(t, err)
		if r.Event.ID.Producer.Service == collect.Own {
			own++
		} else {
			record++
		}
	}
	return record, own
}

// endless is an attempt that lasts longer than there are nanoseconds to count.
func endless() recordtest.Item {
	var f event.RequestFinished
	for _, item := range recordtest.Items(recordtest.Config("")) {
		if was, ok := item.Data.(*event.RequestFinished); ok {
			f = *was
		}
	}
	f.RequestID, f.Status, f.ErrorClass = "endless", event.StatusFailed, "timeout"
	f.FirstByteAfterNS, f.FirstTokenAfterNS, f.LastTokenAfterNS, f.EndAfterNS = nil, nil, nil, math.MaxInt64
	return recordtest.Item{Producer: recordtest.DriverA, Data: &f}
}

// almostNothing is a truth against which any error is beyond all numbers.
func almostNothing() recordtest.Item {
	return recordtest.Item{Producer: recordtest.Sampler, Data: &event.TruthRecorded{
		Host: "node", DeviceJ: map[string]float64{"GPU-0": 1}, FromNS: 1, ToNS: 2,
		Requests: []event.RequestTruth{{RequestID: "r000001", Attempt: 1, EnergyJ: math.SmallestNonzeroFloat64}},
	}}
}

// talkative are hosts with so much to say that their summary is more than one event.
func talkative() (out []recordtest.Item) {
	for _, host := range []string{"a", "b"} {
		out = append(out, recordtest.Item{Producer: recordtest.Sampler, Data: &event.HostDescribed{
			Host: host, Clock: event.Clock{Host: host, BootID: recordtest.Clock.BootID},
			Devices: []event.Device{{ID: host, Kind: event.KindGPU, Name: host, PowerSource: "test", Provenance: event.Measured, SourceReason: strings.Repeat("why? ", 500_000)}},
		}})
	}
	return out
}

// What follows from the stored events is tried once. The run ends and says what to do,
// its events stay as they are, and the next run is reported.
func TestRunOfWhichNothingCanBeComputedEnds(t *testing.T) {
	for name, c := range map[string]struct {
		methods []string
		more    []recordtest.Item
		config  string
		class   string
		reason  string
	}{
		"a method of a later version": {methods: []string{"later/v1"}, reason: `method "later/v1" is not one of`},
		"a figure that is no number":  {more: []recordtest.Item{almostNothing()}, reason: "unsupported value: NaN"},
		"a summary that is too large": {more: talkative(), class: "output", reason: "rejected by the broker"},
		"an attempt without an end":   {more: []recordtest.Item{endless()}, reason: "endless attempt 1: ends before it starts"},
		"a config of a later version": {config: `{"load": "later"}`, reason: "effective config"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newQuickBench(t)
				bad, good := event.NewRunID(time.Now()), event.NewRunID(time.Now().Add(time.Second))
				asked := recordtest.Config(b.dir)
				if c.methods != nil {
					asked.Metrics.Methods = c.methods
				}
				b.more = c.more
				state := b.publish(t, bad, asked, nil)
				if c.config != "" {
					state.Config = json.RawMessage(c.config)
				}
				events, _ := b.stored(t, bad)
				b.drain(t, state)
				conn := b.connect(t)
				source := &streams{Source: conn}
				b.startReading(t, "a", conn, source, nil)
				state = b.await(t, bad, reported)
				require.Equal(t, run.Failed, state.Phase)
				require.Equal(t, cmp.Or(c.class, "computation"), state.Failure.Class)
				require.Contains(t, state.Failure.Reason, c.reason)
				require.Contains(t, state.Failure.Reason, "`aeb replay "+string(bad)+"`")

				b.more = nil
				b.drain(t, b.publish(t, good, recordtest.Config(b.dir), nil))
				require.Equal(t, run.Reported, b.await(t, good, reported).Phase)
				reads := source.reads.Load()
				require.LessOrEqual(t, reads, int64(2), "one for each run")
				require.True(t, clock.Wait(t.Context(), time.Hour))
				require.Equal(t, reads, source.reads.Load())

				record, own := b.stored(t, bad)
				require.Equal(t, events, record)
				if c.class == "" {
					require.LessOrEqual(t, own, 1, "no more than the seal")
				}
				if c.methods != nil { // what this version has not, another has
					s, err := reporter.Replay(t.Context(), b.bus, bad, reporter.ReplayOptions{Dir: t.TempDir(), Methods: []string{"equal-share/v1"}})
					require.NoError(t, err)
					require.Equal(t, event.RunCompleted, s.Status)
				}
			})
		})
	}
}

// A broker that is away is waited for.
func TestReadingIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newQuickBench(t)
		conn := b.connect(t)
		source := &streams{Source: conn, away: 3}
		b.startReading(t, "a", conn, source, nil)
		b.drain(t, b.publish(t, recordtest.Run, recordtest.Config(b.dir), nil))
		began := time.Now()
		require.Equal(t, run.Reported, b.await(t, recordtest.Run, reported).Phase)
		require.EqualValues(t, 4, source.reads.Load())
		require.GreaterOrEqual(t, time.Since(began), 15*time.Second, "it pauses between tries")
	})
}

// A run whose files cannot be written ends too: the place was there before the load.
func TestRunThatCannotBeWrittenEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newQuickBench(t)
		c := recordtest.Config(b.dir)
		c.OutputDir = "/dev/null/out"
		b.drain(t, b.publish(t, recordtest.Run, c, nil))
		b.start(t, "a", nil)
		state := b.await(t, recordtest.Run, reported)
		require.Equal(t, "output", state.Failure.Class)
		require.Contains(t, state.Failure.Reason, "/dev/null")
		require.Contains(t, state.Failure.Reason, "`aeb replay "+string(recordtest.Run)+" --out FOLDER`")
	})
}

// A config that the reporter cannot read ends the run before its load.
func TestConfigIsReadBeforeTheLoad(t *testing.T) {
	b := newQuickBench(t)
	b.start(t, "a", nil)
	require.NoError(t, b.store.Create(t.Context(), run.State{Run: recordtest.Run, Phase: run.Baseline, Config: json.RawMessage(`{"load": 3}`)}))
	state := b.await(t, recordtest.Run, reported)
	require.Equal(t, run.Failed, state.Phase)
	require.Equal(t, "config", state.Failure.Class)
}
