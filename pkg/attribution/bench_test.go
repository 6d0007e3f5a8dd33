package attribution

import (
	"fmt"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// load is a long closed-loop run in steady state: inFlight attempts at any
// time, samples at 100 Hz, a counter that moves every 100 ms.
type load struct {
	requests, samples, inFlight int
	periodNS, lifeNS            int64
	ids                         string
	gaps                        []int64 // to be filled for each request, where chunks are told
}

func newLoad(requests, samples, inFlight int) *load {
	l := &load{requests: requests, samples: samples, inFlight: inFlight, periodNS: 10 * ms}
	l.lifeNS = int64(samples) * l.periodNS / int64(requests) * int64(inFlight)
	// All ids are parts of one string, so that the input is nothing to scan.
	var all []byte
	for i := range requests {
		all = strconv.AppendInt(append(all, 'r'), int64(100_000_000+i), 10)
	}
	l.ids = string(all)
	return l
}

func (l *load) startNS(i int) int64 {
	return int64(i)*l.lifeNS/int64(l.inFlight) + int64(i*2654435761)%l.periodNS
}

func (l *load) request(i int) Request {
	s := l.startNS(i)
	r := Request{
		ID: l.ids[10*i : 10*i+10], Attempt: 1, Devices: oneGPU, Account: "ok",
		StartNS: s, FirstTokenNS: s + l.lifeNS/10 + int64(i%97)*ms, EndNS: s + l.lifeNS - int64(i*40503)%(l.lifeNS/4),
		QueueNS: l.lifeNS / 50, InputTokens: int64(50 + i*7919%2000), OutputTokens: int64(20 + i*104729%600),
	}
	if l.gaps != nil {
		r.ChunkGapsNS = l.gaps[:r.OutputTokens]
		r.ChunkGapsNS[0] = r.FirstTokenNS - s
		for k := range r.ChunkGapsNS[1:] {
			r.ChunkGapsNS[1+k] = (r.EndNS - r.FirstTokenNS) / r.OutputTokens
		}
	}
	return r
}

var oneGPU = []string{"gpu"}

// fill writes samples from first on into buf.
func (l *load) fill(buf []Sample, first int) {
	const stepNS = 100 * ms
	for k := range buf {
		t := int64(first+k) * l.periodNS
		// About 300 W, wandering; the counter shows 300 W up to its last step.
		buf[k] = Sample{t, 300_000 + int64((first+k)*40503)%40_000 - 20_000, t / stepNS * stepNS / 1e9 * 300_000}
		buf[k].EnergyMJ = t / stepNS * (stepNS / ms) * 300
	}
}

func (l *load) engine(b require.TestingT, methods ...string) *Engine {
	e, err := NewEngine(Options{Methods: methods, PrefillTokenWeight: 0.2, DecodeTokenWeight: 1})
	require.NoError(b, err)
	require.NoError(b, e.AddDevice(Device{ID: "gpu", Provenance: event.Measured, CounterStepNS: 100 * ms, IdlePowerMW: 60_000}))
	return e
}

// stream tells the engine a host-second at a time, as it would come in, and
// settles what has gone by. It returns how many shares came out.
func (l *load) stream(b require.TestingT, e *Engine, perStep func()) int {
	const batch = 100
	buf := make([]Sample, batch)
	shares, next := 0, 0
	for first := 0; first < l.samples; first += batch {
		l.fill(buf, first)
		if err := e.AddPower("gpu", buf); err != nil {
			require.NoError(b, err)
		}
		now := int64(first+batch) * l.periodNS
		for next < l.requests && l.startNS(next) < now {
			if err := e.AddRequest(l.request(next)); err != nil {
				require.NoError(b, err)
			}
			next++
		}
		if first/batch%8 == 7 {
			shares += len(e.Advance(now))
			if perStep != nil {
				perStep()
			}
		}
	}
	r, err := e.CloseEach(0, int64(l.samples)*l.periodNS, func(*Share) { shares++ })
	require.NoError(b, err)
	for _, led := range r.Ledgers {
		require.LessOrEqual(b, led.ResidualRel, 1e-9)
	}
	return shares
}

// processCPU is what this process has used of the processor: on a machine that
// others use too, it says more than the wall clock.
func processCPU() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

var methodSets = map[string][]string{
	"1-equal":  {EqualShare},
	"1-tokens": {TokenWeighted},
	"2":        {EqualShare, TokenWeighted},
	"3":        {EqualShare, TokenWeighted, PhaseAware},
	"1-fitted": {Fitted},
	"2-fitted": {EqualShare, Fitted},
}

// BenchmarkAttribute: a million attempts, 64 in flight, and ten million samples,
// told as they would come in ("stream") or all at once ("batch").
func BenchmarkAttribute(b *testing.B) {
	l := newLoad(1_000_000, 10_000_000, 64)
	for _, name := range []string{"1-equal", "1-tokens", "2", "3", "1-fitted", "2-fitted"} {
		methods := methodSets[name]
		b.Run("stream/methods="+name, func(b *testing.B) {
			cpu := processCPU()
			for b.Loop() {
				n := l.stream(b, l.engine(b, methods...), nil)
				require.Equal(b, l.requests*len(methods), n)
			}
			b.ReportMetric((processCPU()-cpu).Seconds()/float64(b.N), "cpu-s/op")
		})
	}
	b.Run("batch/methods=1-equal", func(b *testing.B) {
		samples := make([]Sample, l.samples)
		l.fill(samples, 0)
		requests := make([]Request, l.requests)
		for i := range requests {
			requests[i] = l.request(i)
		}
		runtime.GC()
		cpu := processCPU()
		for b.Loop() {
			e := l.engine(b, EqualShare)
			require.NoError(b, e.AddPower("gpu", samples))
			for i := range requests {
				if err := e.AddRequest(requests[i]); err != nil {
					b.Fatal(err)
				}
			}
			r, err := e.Close(0, int64(l.samples)*l.periodNS)
			require.NoError(b, err)
			require.Len(b, r.Shares, l.requests)
		}
		b.ReportMetric((processCPU()-cpu).Seconds()/float64(b.N), "cpu-s/op")
	})
	b.Run("input-only", func(b *testing.B) {
		// What making the input costs, which "stream" includes.
		buf := make([]Sample, 100)
		var x int64
		for b.Loop() {
			for first := 0; first < l.samples; first += 100 {
				l.fill(buf, first)
				x += buf[0].PowerMW
			}
			for i := range l.requests {
				x += l.request(i).EndNS
			}
		}
		_ = x
	})
}

// BenchmarkChunks: the same with the time of every chunk, 320 an attempt, in which the
// fitted method finds the beats of the batch.
func BenchmarkChunks(b *testing.B) {
	l := newLoad(100_000, 1_000_000, 64)
	l.gaps = make([]int64, 700)
	for _, name := range []string{"1-equal", "2-fitted"} {
		b.Run("methods="+name, func(b *testing.B) {
			cpu := processCPU()
			for b.Loop() {
				l.stream(b, l.engine(b, methodSets[name]...), nil)
			}
			b.ReportMetric((processCPU()-cpu).Seconds()/float64(b.N), "cpu-s/op")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(l.requests), "ns/request")
		})
	}
}

// BenchmarkScaling: the same in-flight load for longer.
func BenchmarkScaling(b *testing.B) {
	for _, n := range []int{125_000, 250_000, 500_000, 1_000_000, 2_000_000} {
		l := newLoad(n, 10*n, 64)
		b.Run(fmt.Sprintf("requests=%d", n), func(b *testing.B) {
			cpu := processCPU()
			for b.Loop() {
				l.stream(b, l.engine(b, EqualShare), nil)
			}
			b.ReportMetric((processCPU()-cpu).Seconds()/float64(b.N), "cpu-s/op")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/request")
		})
	}
}

// BenchmarkNaiveScan is the join as one would first write it: every sample asks
// every attempt whether it was there. It is run at a size that it can manage,
// beside the engine at the same size.
func BenchmarkNaiveScan(b *testing.B) {
	l := newLoad(2_000, 20_000, 64)
	requests, samples := make([]Request, l.requests), make([]Sample, l.samples)
	for i := range requests {
		requests[i] = l.request(i)
	}
	l.fill(samples, 0)
	b.Run("scan", func(b *testing.B) {
		energy := make([]float64, len(requests))
		for b.Loop() {
			clear(energy)
			var here []int
			for k := 1; k < len(samples); k++ {
				mid := (samples[k-1].TimeNS + samples[k].TimeNS) / 2
				here = here[:0]
				for i := range requests {
					if requests[i].StartNS <= mid && mid < requests[i].EndNS {
						here = append(here, i)
					}
				}
				joules := float64(samples[k-1].PowerMW+samples[k].PowerMW) / 2000 * seconds(samples[k].TimeNS-samples[k-1].TimeNS)
				for _, i := range here {
					energy[i] += joules / float64(len(here))
				}
			}
		}
	})
	b.Run("engine", func(b *testing.B) {
		for b.Loop() {
			e := l.engine(b, EqualShare)
			require.NoError(b, e.AddPower("gpu", samples))
			for i := range requests {
				require.NoError(b, e.AddRequest(requests[i]))
			}
			_, err := e.Close(0, int64(l.samples)*l.periodNS)
			require.NoError(b, err)
		}
	})
}
