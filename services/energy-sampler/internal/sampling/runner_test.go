package sampling

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/simulate"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/stream"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/sources"
)

// counterJ is the energy between a device's first and last counter reading, and
// their times.
func counterJ(batches []*event.PowerSampled, device string) (joules float64, fromNS, toNS int64) {
	var first, last int64
	for _, b := range batches {
		for _, d := range b.Devices {
			if d.Device != device {
				continue
			}
			for i := range d.TNS {
				if !d.EnergyMJ.Known(i) {
					continue
				}
				last, toNS = d.EnergyMJ[i], b.Start.WallNS+d.TNS[i]
				if fromNS == 0 {
					first, fromNS = last, toNS
				}
			}
		}
	}
	return float64(last-first) / 1000, fromNS, toNS
}

// spread is the longest time between two neighbouring power readings of a device.
func spread(batches []*event.PowerSampled, device string) time.Duration {
	var last, most int64
	for _, b := range batches {
		for _, d := range b.Devices {
			if d.Device != device || d.PowerMW == nil {
				continue
			}
			for _, t := range d.TNS {
				if at := b.Start.WallNS + t; last != 0 {
					most = max(most, at-last)
				}
				last = b.Start.WallNS + d.TNS[len(d.TNS)-1]
			}
		}
	}
	return time.Duration(most)
}

// last is the latest entry of a device that has no power: its gauges.
func last(batches []*event.PowerSampled, device string) (found event.DeviceSamples) {
	for _, b := range batches {
		for _, d := range b.Devices {
			if d.Device == device && d.PowerMW == nil {
				found = d
			}
		}
	}
	return found
}

func TestAWholeRunOnSimulatedGPUs(t *testing.T) {
	t.Parallel()
	st := newStage(t)
	gpus := st.simulator(simulate.DefaultConfig())
	st.sampler("host-a", sources.Config{GPU: sources.Simulated, SimulatorURL: gpus.URL(), CPU: sources.Load, RAM: sources.Model})
	id := st.request(func(c *config.Run) {
		c.Metrics.BaselineS, c.Metrics.CooldownS = 1.2, 0.4
		c.Metrics.CPUErrorRel, c.Metrics.RAMErrorRel = 0.3, 0.5
	})

	ready := st.await(id, run.State.SamplersReady)
	require.Contains(t, ready.Hosts, "host-a")
	st.start(id)
	st.await(id, func(s run.State) bool { return s.Phase == run.Running })
	holder, err := st.leases.Holder(t.Context(), "gpu-host-a")
	require.NoError(t, err)
	require.NotEmpty(t, holder)
	loaded := time.Now()
	st.complete(gpus, id, 4)
	st.drain(id)
	st.await(id, run.State.AllClosed)

	got := st.read(id)
	require.Len(t, got.described, 2)
	require.Len(t, got.described[0].Devices, 3)
	require.Nil(t, got.described[0].Devices[0].IdlePowerMW)
	idle := got.described[1].Devices[0]
	require.True(t, idle.Simulated)
	require.NotNil(t, idle.IdlePowerMW)
	require.InDelta(t, 70_000, *idle.IdlePowerMW, 2000)
	for i, d := range got.described[1].Devices[1:] {
		require.Equal(t, event.Modelled, d.Provenance)
		require.Equal(t, new([]float64{0.3, 0.5}[i]), d.GainErrorRel, d.ID)
		require.NotNil(t, d.IdlePowerMW, d.ID)
	}
	require.Empty(t, got.gaps)
	busy, used := last(got.batches, "host-a/cpu"), last(got.batches, "host-a/ram")
	require.True(t, busy.UtilizationPct.Known(0))
	require.True(t, used.MemoryUsedBytes.Known(0))

	require.Len(t, got.truths, 1)
	truth := got.truths[0]
	require.Equal(t, "host-a", truth.Host)
	require.Len(t, truth.Requests, 4)
	joules, fromNS, toNS := counterJ(got.batches, idle.ID)
	require.Less(t, fromNS, loaded.UnixNano())
	window, err := gpus.Simulator().Truth(id, fromNS, toNS)
	require.NoError(t, err)
	require.InDelta(t, window.DeviceJ[idle.ID], joules, 0.1*250, "within a counter step at 250 W")

	require.Len(t, got.closed, 1)
	require.EqualValues(t, got.total, got.closed[0].Count)
	st.eventuallyFree("gpu-host-a")
}

func TestASimulatorThatIsAwayFailsTheRun(t *testing.T) {
	t.Parallel()
	st := newStage(t)
	st.sampler("host-a", sources.Config{GPU: sources.Simulated, SimulatorURL: "http://127.0.0.1:1", CPU: sources.None, RAM: sources.None})
	id := st.request(nil)
	failed := st.await(id, func(s run.State) bool { return s.Phase == run.Failed && s.AllClosed() })
	require.Equal(t, ClassSampler, failed.Failure.Class)
	require.Contains(t, failed.Failure.Reason, "host-a")
	require.Contains(t, failed.Failure.Reason, "simulator at http://127.0.0.1:1")
	got := st.read(id)
	require.Len(t, got.failed, 1)
	require.Len(t, got.closed, 1)
	st.eventuallyFree("gpu-host-a")
}

func TestAHostWithNothingToMeasureFailsTheRun(t *testing.T) {
	t.Parallel()
	st := newStage(t)
	st.sampler("host-a", sources.Config{GPU: sources.None, CPU: sources.None, RAM: sources.None})
	id := st.request(nil)
	failed := st.await(id, func(s run.State) bool { return s.Phase == run.Failed })
	require.Contains(t, failed.Failure.Reason, "source: none")
}

func TestARateThatCannotBeKeptFailsTheRun(t *testing.T) {
	t.Parallel()
	st := newStage(t)
	st.sampler("host-a", modelled)
	id := st.request(func(c *config.Run) { c.Metrics.SampleHz = 5000 })
	failed := st.await(id, func(s run.State) bool { return s.Phase == run.Failed && s.AllClosed() })
	require.Contains(t, failed.Failure.Reason, "metrics.sample_hz: rate 5000 Hz")
}

func TestARunThatMeasuresNothingIsLeftAlone(t *testing.T) {
	t.Parallel()
	st := newStage(t)
	st.sampler("host-a", modelled)
	unmeasured := st.request(func(c *config.Run) { c.Metrics.Enabled = false })
	measured := st.request(nil)
	st.await(measured, run.State.SamplersReady)
	require.Empty(t, st.state(unmeasured).Producers)
}

func TestOneRunAtATimeOnAHost(t *testing.T) {
	t.Parallel()
	st := newStage(t)
	st.sampler("host-a", modelled)
	first := st.request(nil)
	st.await(first, run.State.SamplersReady)
	refuses := st.request(func(c *config.Run) { c.Metrics.OnBusyGPU = "refuse" })
	failed := st.await(refuses, func(s run.State) bool { return s.Phase == run.Failed })
	require.Equal(t, ClassBusy, failed.Failure.Class)
	waits := st.request(func(c *config.Run) { c.Metrics.OnBusyGPU = "wait" })

	st.start(first)
	require.Empty(t, st.state(waits).Hosts)
	st.drain(first)
	st.await(first, run.State.AllClosed)
	st.await(waits, run.State.SamplersReady)
}

func TestARunThatFailsInItsBaselineIsLeft(t *testing.T) {
	t.Parallel()
	st := newStage(t)
	st.sampler("host-a", modelled)
	id := st.request(func(c *config.Run) { c.Metrics.BaselineS = 60 })
	st.await(id, func(s run.State) bool { return len(s.Hosts) == 1 })
	st.update(id, func(s run.State) (run.State, error) {
		return s.Fail(event.Failure{Class: "dataset", Reason: "empty"}, 1)
	})
	left := st.await(id, run.State.AllClosed)
	require.Equal(t, "dataset", left.Failure.Class, "the first reason stays")
	require.Empty(t, st.read(id).failed)
	st.eventuallyFree("gpu-host-a")
}

func TestASamplerThatIsStoppedSaysSo(t *testing.T) {
	t.Parallel()
	st := newStage(t)
	stop := st.sampler("host-a", modelled)
	id := st.request(nil)
	st.await(id, run.State.SamplersReady)
	st.start(id)
	stop()
	require.True(t, st.state(id).AllClosed())
	got := st.read(id)
	require.Len(t, got.gaps, 1)
	require.Contains(t, got.gaps[0].Reason, "stopped before the run ended")
	require.Len(t, got.closed, 1)
	st.eventuallyFree("gpu-host-a")

	// Started again, it goes on without a second baseline.
	st.sampler("host-a", modelled)
	st.await(id, func(s run.State) bool { return len(s.Producers) == 2 })
	st.drain(id)
	st.await(id, run.State.AllClosed)
	got = st.read(id)
	require.Len(t, got.described, 3)
	require.Nil(t, got.described[2].Devices[0].IdlePowerMW)
	require.Len(t, got.closed, 2)
}

func TestABrokerThatIsAwayLosesNothing(t *testing.T) {
	t.Parallel()
	st := newStage(t)
	st.sampler("host-a", modelled)
	id := st.request(nil)
	st.await(id, run.State.SamplersReady)
	st.start(id)
	st.restartBroker(6 * time.Second)
	st.drain(id)
	st.await(id, run.State.AllClosed)
	got := st.read(id)
	require.Empty(t, got.gaps)
	require.Less(t, spread(got.batches, "host-a/ram"), time.Second, "no hole")
	require.EqualValues(t, got.total, got.closed[0].Count)
}

func TestALostClaimIsMarkedAndTakenAgain(t *testing.T) {
	t.Parallel()
	st := newStage(t)
	st.sampler("host-a", modelled)
	id := st.request(nil)
	st.await(id, run.State.SamplersReady)
	st.start(id)
	kv, err := st.bus.KV(t.Context(), stream.Leases)
	require.NoError(t, err)
	require.NoError(t, kv.Delete(t.Context(), "gpu-host-a", 0))
	other, err := st.leases.Acquire(t.Context(), "gpu-host-a", "someone else", time.Minute)
	require.NoError(t, err)
	marked := func() bool {
		for _, b := range st.read(id).batches {
			if slices.Contains(b.Devices[0].Flags, "lease_lost") {
				return true
			}
		}
		return false
	}
	require.Eventually(t, marked, 15*time.Second, 200*time.Millisecond)
	require.NoError(t, other.Release(context.Background()))
	require.Eventually(t, func() bool {
		holder, err := st.leases.Holder(t.Context(), "gpu-host-a")
		return err == nil && holder != ""
	}, 5*time.Second, 50*time.Millisecond)
	st.drain(id)
	st.await(id, run.State.AllClosed)
}

func TestAllGPUsSilentGivesTheRunUp(t *testing.T) {
	m := &measurement{failed: make(chan error, 1), silence: silence{gpus: map[int]bool{0: true, 1: true}}}
	at := event.Stamp{MonoNS: int64(time.Hour)}
	pass := func(d time.Duration, heard bool) {
		at.MonoNS += int64(d)
		m.silence.heard = heard
		m.listen(at)
	}
	pass(0, false)
	pass(9*time.Second, false)
	require.Empty(t, m.failed)
	pass(0, true)
	pass(9*time.Second, false)
	require.Empty(t, m.failed, "one was heard in between")
	pass(2*time.Second, false)
	pass(20*time.Second, false)
	require.Len(t, m.failed, 1, "told once")
	require.ErrorIs(t, <-m.failed, errSilent)
}
