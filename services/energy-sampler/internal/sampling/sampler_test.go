package sampling

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/tick"
)

// scripted is a source whose readings are a function of the time since begin.
type scripted struct {
	begin event.Stamp
	kind  event.DeviceKind
	ids   []string
	read  func(i int, since time.Duration) device.Reading
}

func (s *scripted) Describe(context.Context) (device.Description, error) {
	var d device.Description
	for i, id := range s.ids {
		d.Devices = append(d.Devices, event.Device{ID: id, Kind: s.kind, Index: i, Provenance: event.Measured})
	}
	return d, nil
}

func (s *scripted) Read(_ context.Context, at event.Stamp, into device.Sink) {
	for i := range s.ids {
		r := s.read(i, time.Duration(at.MonoNS-s.begin.MonoNS))
		r.AtNS = at.WallNS
		into.Add(i, r)
	}
}

func (*scripted) Close() error { return nil }

// steady draws a constant power with an exact counter.
func steady(mw int64) func(int, time.Duration) device.Reading {
	return func(_ int, since time.Duration) device.Reading {
		r := device.Unread(0)
		r.PowerMW, r.EnergyMJ = mw, mw*int64(since)/int64(time.Second)
		return r
	}
}

// run ticks the sampler over a time, a tick every interval, and closes it.
func run1(t *testing.T, s *sampler, c *clock.Manual, every, length time.Duration, late map[int]time.Duration) {
	t.Helper()
	begin := c.Now().MonoNS
	for n := 0; ; n++ {
		due := begin + int64(n)*int64(every)
		if due-begin >= int64(length) {
			break
		}
		if left := due - c.Now().MonoNS; left > 0 {
			c.Advance(time.Duration(left))
		}
		c.Advance(late[n])
		missed := (c.Now().MonoNS - due) / int64(every)
		s.tick(t.Context(), tick.Tick{At: c.Now(), Late: late[n], Missed: missed})
		n += int(missed)
	}
	s.close(c.Now())
}

func manualSampler(t *testing.T, sources ...*scripted) (*sampler, *clock.Manual, *[]event.Payload) {
	t.Helper()
	c := clock.NewManual(time.Unix(1_700_000_000, 0))
	var all []device.Source
	var counts []int
	var ids []string
	for _, s := range sources {
		s.begin = c.Now()
		all, counts, ids = append(all, s), append(counts, len(s.ids)), append(ids, s.ids...)
	}
	var out []event.Payload
	s := newSampler(c, all, counts, ids, func(int, device.Reading) {}, func(p event.Payload) {
		require.NoError(t, p.Validate())
		out = append(out, p)
	})
	return s, c, &out
}

func TestHostSecondsAndALastPartialOne(t *testing.T) {
	s, c, out := manualSampler(t,
		&scripted{ids: []string{"GPU-a", "GPU-b"}, read: steady(300_000)},
		&scripted{ids: []string{"h/ram"}, read: steady(20_000)})
	begin := c.Now().WallNS
	run1(t, s, c, 100*time.Millisecond, 2500*time.Millisecond, nil)
	require.Len(t, *out, 3)
	var rows []int
	for i, p := range *out {
		batch := p.(*event.PowerSampled)
		require.Equal(t, begin+int64(i)*int64(time.Second), batch.Start.WallNS)
		require.Len(t, batch.Devices, 3)
		require.Equal(t, "h/ram", batch.Devices[2].Device)
		rows = append(rows, len(batch.Devices[0].TNS))
	}
	require.Equal(t, []int{10, 10, 5}, rows)
}

func TestALateLoopIsMarkedAndAStallIsAGap(t *testing.T) {
	s, c, out := manualSampler(t, &scripted{ids: []string{"GPU-a"}, read: steady(1000)})
	run1(t, s, c, 100*time.Millisecond, 4*time.Second, map[int]time.Duration{3: 250 * time.Millisecond, 25: 1200 * time.Millisecond})
	var flags [][]string
	var gaps []*event.PowerGap
	for _, p := range *out {
		switch e := p.(type) {
		case *event.PowerSampled:
			flags = append(flags, e.Devices[0].Flags)
		case *event.PowerGap:
			gaps = append(gaps, e)
		}
	}
	require.Equal(t, []string{"ticks_missed"}, flags[0])
	require.Nil(t, flags[1])
	require.Len(t, gaps, 1)
	require.EqualValues(t, 1300*time.Millisecond, gaps[0].ToNS-gaps[0].FromNS)
	require.Contains(t, gaps[0].Reason, "12 readings missed")
}

func TestAWallClockThatIsSetIsMarked(t *testing.T) {
	s, c, out := manualSampler(t, &scripted{ids: []string{"GPU-a"}, read: steady(1000)})
	for n := range 40 {
		if n == 15 {
			c.Skew = 40 * time.Millisecond
		}
		s.tick(t.Context(), tick.Tick{At: c.Now()})
		c.Advance(100 * time.Millisecond)
	}
	s.close(c.Now())
	var stepped []int
	for i, p := range *out {
		if batch := p.(*event.PowerSampled); len(batch.Devices[0].Flags) > 0 {
			require.Equal(t, []string{"clock_stepped"}, batch.Devices[0].Flags)
			stepped = append(stepped, i)
		}
	}
	require.Equal(t, []int{1}, stepped, "the second in which it was set")
}

func TestMarksFromOutsideReachTheOpenSecond(t *testing.T) {
	s, c, out := manualSampler(t, &scripted{ids: []string{"GPU-a"}, read: steady(1000)})
	s.tick(t.Context(), tick.Tick{At: c.Now()})
	s.Mark(device.LeaseLost)
	s.close(c.Now())
	require.Equal(t, []string{"lease_lost"}, (*out)[0].(*event.PowerSampled).Devices[0].Flags)
}
