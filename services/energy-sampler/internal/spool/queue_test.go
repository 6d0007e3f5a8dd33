package spool

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var host = event.Clock{Host: "gpu1", BootID: "b00t"}

const sec = int64(time.Second)

// second is the n-th host-second, 0 to 0.9 s of it sampled.
func second(n int64) *event.PowerSampled {
	return &event.PowerSampled{
		Host: "gpu1", Clock: host, Start: event.Stamp{WallNS: (1000 + n) * sec, MonoNS: n * sec},
		Devices: []event.DeviceSamples{{
			Device: "GPU-a", TNS: []int64{0, 9 * sec / 10}, PowerMW: event.Series{n, event.Missing}, EnergyMJ: event.Series{n, n + 1},
		}},
	}
}

func open(t *testing.T, dir string, maxBytes int64) *Queue {
	t.Helper()
	q, err := Open(Options{Dir: dir, MaxBytes: maxBytes, Host: host})
	require.NoError(t, err)
	return q
}

// next takes one event if there is one.
func next(q *Queue) (event.Payload, bool) {
	if q.Status().Events == 0 {
		return nil, false
	}
	p, err := q.Next(context.Background())
	if err != nil {
		return nil, false
	}
	q.Done()
	return p, true
}

func TestFirstInFirstOutThroughTheDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	q := open(t, dir, 1<<20)
	for n := range int64(20) {
		require.NoError(t, q.Put(second(n)))
	}
	require.Equal(t, 20, q.Status().Events)
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 20-inMemory)
	for n := range int64(20) {
		p, ok := next(q)
		require.True(t, ok)
		require.Equal(t, second(n), p)
	}
	require.Zero(t, q.Status())
	require.NoError(t, q.Close())
	require.NoDirExists(t, dir)
}

func TestNextIsTheSameUntilDone(t *testing.T) {
	q := open(t, t.TempDir(), 1<<20)
	require.NoError(t, q.Put(second(1)))
	require.NoError(t, q.Put(second(2)))
	for range 2 {
		p, err := q.Next(t.Context())
		require.NoError(t, err)
		require.Equal(t, second(1), p)
	}
	q.Done()
	p, err := q.Next(t.Context())
	require.NoError(t, err)
	require.Equal(t, second(2), p)
}

func TestNextWaitsAndEndsWithItsContext(t *testing.T) {
	q := open(t, t.TempDir(), 1<<20)
	got := make(chan event.Payload, 1)
	go func() {
		p, _ := q.Next(t.Context())
		got <- p
	}()
	require.NoError(t, q.Put(second(3)))
	require.Equal(t, second(3), <-got)
	q.Done()
	require.NoError(t, q.Drain(t.Context()))

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := q.Next(ctx)
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, q.Put(second(4)))
	require.ErrorIs(t, q.Drain(ctx), context.Canceled)
}

func TestTheNextProcessGoesOn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	q := open(t, dir, 1<<20)
	for n := range int64(9) {
		require.NoError(t, q.Put(second(n)))
	}
	next(q)
	_, err := q.Next(t.Context()) // taken and not done
	require.NoError(t, err)
	require.NoError(t, q.Close())

	q = open(t, dir, 1<<20)
	require.NoError(t, q.Put(second(9)))
	for n := int64(1); n < 10; n++ {
		p, ok := next(q)
		require.True(t, ok)
		require.Equal(t, second(n), p)
	}
	require.Zero(t, q.Status().Events)
}

func TestAFileThatCannotBeReadIsAGapOfItsTime(t *testing.T) {
	dir := t.TempDir()
	q := open(t, dir, 1<<20)
	for n := range int64(inMemory + 3) {
		require.NoError(t, q.Put(second(n)))
	}
	broken := filepath.Join(dir, q.disk.files[1].name())
	require.NoError(t, os.WriteFile(broken, []byte("{"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "stray"), nil, 0o600))
	var got []string
	for p, ok := next(q); ok; p, ok = next(q) {
		got = append(got, describe(p))
	}
	require.Equal(t, []string{"s0", "s1", "s2", "s3", "s4", "gap 5000000000-5900000000", "s6"}, got)
}

func describe(p event.Payload) string {
	switch e := p.(type) {
	case *event.PowerSampled:
		return fmt.Sprintf("s%d", e.Start.MonoNS/sec)
	case *event.PowerGap:
		return fmt.Sprintf("gap %d-%d", e.FromNS-1000*sec, e.ToNS-1000*sec)
	}
	return "?"
}

// Laws: the folder never exceeds its bound; what comes out is in order; every
// second that went in comes out or lies in a gap that came out, not both.
func TestNothingIsLostSilentlyAndTheBoundHolds(t *testing.T) {
	content, err := encode(second(1))
	require.NoError(t, err)
	size := int64(len(content))
	all, cases := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		cases++
		dir := filepath.Join(all, strconv.Itoa(cases))
		maxBytes := size * rapid.Int64Range(0, 12).Draw(t, "room")
		q, err := Open(Options{Dir: dir, MaxBytes: maxBytes, Host: host})
		require.NoError(t, err)
		var in int64
		var out []event.Payload
		take := func() {
			if p, ok := next(q); ok {
				out = append(out, p)
			}
		}
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0, 1, 2, 3, 4, 5:
				require.NoError(t, q.Put(second(in)))
				in++
			case 9:
				if maxBytes < size*inMemory {
					// Less room than memory holds cannot keep it over a restart.
					continue
				}
				require.NoError(t, q.Close())
				q, err = Open(Options{Dir: dir, MaxBytes: maxBytes, Host: host})
				require.NoError(t, err)
			default:
				take()
			}
			require.LessOrEqual(t, q.Status().DiskBytes, maxBytes+size*(inMemory+2))
		}
		for q.Status().Events > 0 {
			take()
		}
		seen := map[int64]int{}
		last := int64(-1)
		for _, p := range out {
			switch e := p.(type) {
			case *event.PowerSampled:
				n := e.Start.MonoNS / sec
				require.Greater(t, n, last, "out of order")
				last = n
				seen[n]++
			case *event.PowerGap:
				require.Equal(t, "spool_overflow", e.Reason)
				for n := e.FromNS/sec - 1000; n <= e.ToNS/sec-1000; n++ {
					seen[n]++
				}
			}
		}
		for n := range in {
			require.Equal(t, 1, seen[n], "second %d of %d", n, in)
		}
	})
}

func FuzzDecode(f *testing.F) {
	for _, p := range []event.Payload{second(1), &event.PowerGap{Host: "a", Clock: host, FromNS: 1, ToNS: 2, Reason: "x"}} {
		raw, err := encode(p)
		require.NoError(f, err)
		f.Add(raw)
	}
	f.Add([]byte(`{"type":"nonsense","data":{}}`))
	f.Add([]byte(`{"type":"com.neuralwatt.aeb.power.gap.v1","data":7}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := decode(raw)
		if err != nil {
			return
		}
		require.NoError(t, p.Validate())
		again, err := encode(p)
		require.NoError(t, err)
		back, err := decode(again)
		require.NoError(t, err)
		require.Equal(t, p, back)
	})
}

func FuzzFileName(f *testing.F) {
	f.Add(file{order: 7, span: span{1, 2}}.name())
	f.Add("00000000000000000001_5_6.json")
	f.Add("1_5_6.json.part")
	f.Fuzz(func(t *testing.T, name string) {
		if one, ok := parseName(name); ok {
			require.Equal(t, name, one.name())
		}
	})
}
