//go:build codecarbon

package parity

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/nvml/nvmltest"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/sources"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/tick"
)

const (
	window   = 20 * time.Second
	tdpWatts = 120
)

// theirs is what testdata/track.py prints.
type theirs struct {
	Begin    float64 `json:"begin"`
	End      float64 `json:"end"`
	GPUCount int     `json:"gpu_count"`
	GPUJ     float64 `json:"gpu_j"`
	CPUJ     float64 `json:"cpu_j"`
	RAMJ     float64 `json:"ram_j"`
	// CPUPct and RAMGiB are psutil's means over the window.
	CPUPct float64 `json:"cpu_pct"`
	RAMGiB float64 `json:"ram_gib"`
}

// TestCodeCarbon: over one window, GPU energies agree within 1 %, processor and
// memory within 3 %, while the load goes up and down; and with psutil, which it asks,
// how busy the processors are within 2 points of a hundred, memory in use within 3 %.
func TestCodeCarbon(t *testing.T) {
	python := os.Getenv("AEB_CODECARBON_PYTHON")
	require.NotEmpty(t, python, "AEB_CODECARBON_PYTHON names no Python with codecarbon: `go tool task real:codecarbon` makes one")
	library := nvmltest.Library(t)
	script := nvmltest.Script{Devices: 2, Start: time.Now()}
	for i := range 300 {
		script.Power = append(script.Power, nvmltest.Segment{
			Device: -1, At: time.Duration(i) * 250 * time.Millisecond, PowerMW: float64(90_000 + 61_000*(i*7%10)),
		})
	}
	script.Install(t)

	ours := measure(t, library)
	stopLoad := burn()
	got := track(t, python, library)
	stopLoad()
	readings := ours()

	require.Equal(t, script.Devices, got.GPUCount)
	from, to := int64(got.Begin*1e9), int64(got.End*1e9)
	joules := map[event.DeviceKind]float64{}
	for _, d := range readings {
		joules[d.kind] += d.energyJ(from, to)
	}
	for _, c := range []struct {
		kind   event.DeviceKind
		theirs float64
		within float64
	}{{event.KindGPU, got.GPUJ, 0.01}, {event.KindCPU, got.CPUJ, 0.03}, {event.KindRAM, got.RAMJ, 0.03}} {
		mine := joules[c.kind]
		t.Logf("%s: ours %.2f J, CodeCarbon %.2f J, %+.2f %%", c.kind, mine, c.theirs, 100*(mine/c.theirs-1))
		require.InEpsilon(t, c.theirs, mine, c.within, string(c.kind))
	}
	busy := mean(readings, from, to, func(g device.Gauges) int64 { return g.UtilizationPct })
	used := mean(readings, from, to, func(g device.Gauges) int64 { return g.MemoryUsedBytes }) / (1 << 30)
	t.Logf("processors busy: ours %.1f %%, psutil %.1f %%; memory in use: ours %.3f GiB, psutil %.3f GiB", busy, got.CPUPct, used, got.RAMGiB)
	require.InDelta(t, got.CPUPct, busy, 2)
	require.InEpsilon(t, got.RAMGiB, used, 0.03)
	truth := 0.0
	for i := range script.Devices {
		truth += script.EnergyMJ(i, from, to) / 1000
	}
	t.Logf("gpu: ours against the truth %+.3f %%", 100*(joules[event.KindGPU]/truth-1))
	require.InEpsilon(t, truth, joules[event.KindGPU], 0.002)
}

func track(t *testing.T, python, library string) theirs {
	t.Helper()
	// CodeCarbon looks for NVIDIA GPUs only where this command answers.
	bin := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(bin, "nvidia-smi"), []byte("#!/bin/sh\n"), 0o700))
	cmd := exec.CommandContext(t.Context(), python, "testdata/track.py", strconv.FormatFloat(window.Seconds(), 'g', -1, 64), strconv.Itoa(tdpWatts))
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "LD_LIBRARY_PATH="+filepath.Dir(library))
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	require.NoError(t, err, problems.String())
	var got theirs
	require.NoError(t, json.Unmarshal(out, &got), string(out))
	return got
}

// burn keeps the processors busy two thirds of the time until it is stopped.
func burn() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	for range 2 {
		done.Go(func() {
			rest := time.NewTicker(60 * time.Millisecond)
			defer rest.Stop()
			for ctx.Err() == nil {
				for begin := time.Now(); time.Since(begin) < 40*time.Millisecond; {
				}
				<-rest.C
			}
		})
	}
	return func() { cancel(); done.Wait() }
}

// readings are one device's, in order.
type readings struct {
	kind   event.DeviceKind
	window int64
	rows   []device.Reading
	gauges []device.Gauges
}

// mean is of one gauge of the host's own devices between two moments.
func mean(all []*readings, fromNS, toNS int64, value func(device.Gauges) int64) float64 {
	var sum, n float64
	for _, d := range all {
		for _, g := range d.gauges {
			if v := value(g); d.kind != event.KindGPU && v != event.Missing && g.AtNS >= fromNS && g.AtNS <= toNS {
				sum, n = sum+float64(v), n+1
			}
		}
	}
	return sum / n
}

// measure samples this machine and the fake GPUs at 20 Hz until the returned
// function is called.
func measure(t *testing.T, library string) func() []*readings {
	t.Helper()
	o := sources.Opener{Clock: clock.System("parity"), Config: sources.Config{
		GPU: sources.NVML, NVMLLibrary: library, CPU: sources.Load, CPUTDPWatts: tdpWatts, RAM: sources.Model, Root: "/",
	}}
	set, err := o.Open(t.Context(), sources.Want{SampleHz: 20})
	require.NoError(t, err)
	described, counts, err := set.Describe(t.Context(), o.Clock.Host())
	require.NoError(t, err)
	var all sink
	for _, d := range described.Devices {
		all = append(all, &readings{kind: d.Kind, window: d.AverageWindowNS})
	}
	sleeper, err := tick.NewSleeper(func() int64 { return o.Clock.Now().MonoNS })
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		tick.Loop{Clock: o.Clock, Sleeper: sleeper, Every: 50 * time.Millisecond}.Run(ctx, func(at tick.Tick) {
			first := 0
			for i, source := range set.Sources {
				source.Read(ctx, at.At, all[first:])
				first += counts[i]
			}
		})
	})
	return func() []*readings {
		cancel()
		done.Wait()
		require.NoError(t, sleeper.Close())
		require.NoError(t, set.Close())
		return all
	}
}

type sink []*readings

func (s sink) Add(i int, r device.Reading) {
	if r.Known() {
		s[i].rows = append(s[i].rows, r)
	}
	if r.Gauges != nil {
		s[i].gauges = append(s[i].gauges, *r.Gauges)
	}
}

// energyJ is the energy between two moments: from the counter where there is one,
// else the integral of power, which stands for the middle of its window.
func (d *readings) energyJ(fromNS, toNS int64) float64 {
	if d.rows[len(d.rows)-1].EnergyMJ != event.Missing {
		return (d.counterAt(toNS) - d.counterAt(fromNS)) / 1000
	}
	var joules float64
	for i := 1; i < len(d.rows); i++ {
		a, b := d.rows[i-1], d.rows[i]
		begin, end := a.AtNS-d.window/2, b.AtNS-d.window/2
		width := min(end, toNS) - max(begin, fromNS)
		if width > 0 {
			joules += float64(a.PowerMW+b.PowerMW) / 2000 * float64(width) / 1e9
		}
	}
	return joules
}

func (d *readings) counterAt(ns int64) float64 {
	for i := 1; i < len(d.rows); i++ {
		a, b := d.rows[i-1], d.rows[i]
		if b.AtNS >= ns {
			return float64(a.EnergyMJ) + float64(b.EnergyMJ-a.EnergyMJ)*float64(ns-a.AtNS)/float64(b.AtNS-a.AtNS)
		}
	}
	return float64(d.rows[len(d.rows)-1].EnergyMJ)
}
