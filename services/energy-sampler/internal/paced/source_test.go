package paced

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// slow is a source whose every reading takes some time.
type slow struct {
	takes  time.Duration
	closed bool
}

func (s *slow) Describe(context.Context) (device.Description, error) {
	return device.Description{Devices: []event.Device{{ID: "meter", Kind: event.KindNode}}}, nil
}

func (s *slow) Read(ctx context.Context, at event.Stamp, into device.Sink) {
	if !clock.Wait(ctx, s.takes) {
		return
	}
	r := device.Unread(at.WallNS)
	r.PowerMW = 5
	into.Add(0, r)
}

func (s *slow) Close() error {
	s.closed = true
	return errors.New("closed")
}

type sink []device.Reading

func (s *sink) Add(_ int, r device.Reading) { *s = append(*s, r) }

func TestTheLoopNeverWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inner := &slow{takes: 300 * time.Millisecond}
		begun := time.Now()
		s := New(t.Context(), inner, time.Second, clock.System("h"))
		var got sink
		for range 350 {
			before := time.Now()
			s.Read(t.Context(), event.Stamp{}, &got)
			require.Equal(t, before, time.Now())
			require.True(t, clock.Wait(t.Context(), 10*time.Millisecond))
		}
		// At 0, 1, 2 and 3 s, each once, with the time at which it began.
		require.Len(t, got, 4)
		for i, r := range got {
			require.EqualValues(t, time.Duration(i)*time.Second, r.AtNS-begun.UnixNano())
		}
		d, err := s.Describe(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, time.Second, d.Devices[0].SamplePeriodNS)
		require.EqualError(t, s.Close(), "closed")
		require.True(t, inner.closed)
	})
}

func TestReadingsThatTakeLongFollowEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(t.Context(), &slow{takes: 2500 * time.Millisecond}, time.Second, clock.System("h"))
		require.True(t, clock.Wait(t.Context(), 9*time.Second))
		var got sink
		s.Read(t.Context(), event.Stamp{}, &got)
		require.Len(t, got, 3)
		for i := range got[1:] {
			require.EqualValues(t, 2500*time.Millisecond, got[i+1].AtNS-got[i].AtNS)
		}
		require.Error(t, s.Close())
	})
}

func TestCloseEndsAReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(t.Context(), &slow{takes: time.Hour}, time.Second, clock.System("h"))
		begun := time.Now()
		require.Error(t, s.Close())
		require.Equal(t, begun, time.Now())
	})
}
