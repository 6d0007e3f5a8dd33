package bus_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/driver"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/envelope"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var errOutage = errors.New("no answer")

// flaky is a broker that answers as its script says; everything but publishing is
// left out.
type flaky struct {
	driver.Conn
	// answer decides about the n-th attempt (from 1) to store an id.
	answer func(id string, attempt int) error
	// hold, when set, keeps every answer back until it is closed.
	hold chan struct{}

	mu       sync.Mutex
	attempts map[string]int
	stored   []string
}

func (f *flaky) Publish(m *nats.Msg) (driver.Future, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	id := m.Header.Get(envelope.HeaderMsgID)
	f.attempts[id]++
	err := f.answer(id, f.attempts[id])
	if err == nil {
		f.stored = append(f.stored, id)
	}
	return answer{err, f.hold}, nil
}

func (*flaky) Close(context.Context) error { return nil }

type answer struct {
	err  error
	hold chan struct{}
}

func (a answer) Wait(ctx context.Context) error {
	if a.hold != nil {
		select {
		case <-a.hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return a.err
}

const run = event.RunID("01m86t04v6gvpqhtaab9ayaasg")

func publisher(f *flaky) (*bus.Bus, *bus.Publisher) {
	f.attempts = map[string]int{}
	if f.answer == nil {
		f.answer = func(string, int) error { return nil }
	}
	b := bus.New(f)
	return b, b.NewPublisher(event.Producer{Service: "s", Instance: "i"}, clock.NewManual(time.UnixMilli(7)))
}

func drained(t *testing.T, p *bus.Publisher) {
	t.Helper()
	require.NoError(t, p.Publish(t.Context(), run, &event.RunDrained{AtNS: 1}))
}

func id(seq string) string { return string(run) + "/s.i/7/" + seq }

func TestRetryKeepsTheID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &flaky{answer: func(_ string, attempt int) error {
			if attempt < 4 {
				return errOutage
			}
			return nil
		}}
		b, p := publisher(f)
		drained(t, p)
		drained(t, p)
		require.NoError(t, p.Flush(t.Context()))
		require.Equal(t, []string{id("1"), id("2")}, f.stored)
		require.Equal(t, map[string]int{id("1"): 4, id("2"): 4}, f.attempts)
		require.NoError(t, b.Close(t.Context()))
	})
}

// The first retry goes at once, later ones ever less often, and the last well
// before the broker forgets the id.
func TestRetryEndsWithinTheDuplicateWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		began := time.Now()
		f := &flaky{answer: func(string, int) error {
			at = append(at, time.Since(began))
			return errOutage
		}}
		b, p := publisher(f)
		drained(t, p)
		err := p.Flush(t.Context())
		require.ErrorIs(t, err, errOutage)
		unstored, ok := errors.AsType[*bus.UnstoredError](err)
		require.True(t, ok)
		require.Equal(t, []event.ID{{Run: run, Producer: event.Producer{Service: "s", Instance: "i"}, Epoch: 7, Seq: 1}}, unstored.IDs)
		require.ErrorContains(t, err, id("1"))
		require.Zero(t, at[1])
		require.Greater(t, at[len(at)-1], 3*time.Minute)
		require.Less(t, at[len(at)-1], 5*time.Minute)
		require.Less(t, len(at), 500, "a broker that is away is not hammered")
		require.NoError(t, p.Flush(t.Context()), "reported once")
		require.NoError(t, b.Close(t.Context()))
	})
}

func TestRejectionIsNotRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &flaky{answer: func(got string, _ int) error {
			if got == id("2") {
				return bus.ErrRejected
			}
			return nil
		}}
		b, p := publisher(f)
		for range 3 {
			drained(t, p)
		}
		err := p.Flush(t.Context())
		unstored, ok := errors.AsType[*bus.UnstoredError](err)
		require.True(t, ok)
		require.Len(t, unstored.IDs, 1)
		require.Equal(t, id("2"), unstored.IDs[0].String())
		require.Equal(t, 1, f.attempts[id("2")])
		require.Equal(t, []string{id("1"), id("3")}, f.stored)
		require.NoError(t, b.Close(t.Context()))
	})
}

// The window bounds what is unanswered, and a publisher waits for room with its
// context.
func TestWindowIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &flaky{hold: make(chan struct{})}
		b, p := publisher(f)
		for range 1024 {
			drained(t, p)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, p.Publish(ctx, run, &event.RunDrained{AtNS: 1}), context.DeadlineExceeded)
		flush, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := p.Flush(flush)
		unstored, ok := errors.AsType[*bus.UnstoredError](err)
		require.True(t, ok)
		require.Len(t, unstored.IDs, 1024)
		require.ErrorContains(t, err, "and 1021 more")

		close(f.hold)
		drained(t, p)
		require.NoError(t, p.Flush(t.Context()))
		require.Len(t, f.stored, 1025)
		require.Equal(t, id("1025"), f.stored[1024], "what was not sent spent no number")
		require.NoError(t, b.Close(t.Context()))
	})
}

// Close does not wait for a broker that does not answer.
func TestCloseGivesUpWhatIsUnanswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &flaky{hold: make(chan struct{})}
		b, p := publisher(f)
		drained(t, p)
		require.NoError(t, b.Close(t.Context()))
		require.ErrorIs(t, p.Flush(t.Context()), context.Canceled)
		require.ErrorIs(t, p.Publish(t.Context(), run, &event.RunDrained{AtNS: 1}), bus.ErrClosed)
	})
}

// A CloseRun that its context cut short goes on where it was.
func TestCloseRunCanBeRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &flaky{hold: make(chan struct{})}
		b, p := publisher(f)
		drained(t, p)
		for range 2 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			require.ErrorIs(t, p.CloseRun(ctx, run), context.DeadlineExceeded)
			cancel()
		}
		require.ErrorIs(t, p.Publish(t.Context(), run, &event.RunDrained{AtNS: 1}), bus.ErrRunClosed)
		close(f.hold)
		require.NoError(t, p.CloseRun(t.Context(), run))
		require.NoError(t, p.CloseRun(t.Context(), run))
		require.Equal(t, []string{id("1"), id("2")}, f.stored)
		require.NoError(t, b.Close(t.Context()))
	})
}
