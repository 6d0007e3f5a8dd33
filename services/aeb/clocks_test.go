package aeb_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/nats"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/simulate"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb"
	energysampler "github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler"
	inferencedriver "github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver"
	promptloader "github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter"
)

// openCluster is the four services, each an application of its own on a broker
// that listens, and a client of theirs. The driver reads drives.
func openCluster(t *testing.T, drives clock.Clock) *bench {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	sim, err := simulate.Serve(ctx, "127.0.0.1:0", simulate.DefaultConfig())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, sim.Close()) })
	broker, err := nats.Start(ctx, nats.Options{StoreDir: t.TempDir(), Listen: "127.0.0.1:0"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, broker.Stop(ctx)) })
	require.NoError(t, natsbus.Ensure(ctx, broker.ConnectOptions()))

	report, drive := reporter.DefaultConfig(), inferencedriver.DefaultConfig()
	sample, load := energysampler.DefaultConfig(), promptloader.DefaultConfig()
	for _, base := range []*service.Base{&report.Base, &drive.Base, &sample.Base, &load.Base} {
		base.NATS, base.HTTPListen, base.DrainS = broker.ConnectOptions(), "", 5
	}
	sample.Source, sample.SimulatorURL = "simulated", sim.URL()
	drive.ClockEveryS = 1
	begin(t, "reporter", report.Base, reporter.Module(report))
	begin(t, "energy-sampler", sample.Base, energysampler.Module(sample))
	begin(t, "inference-driver", drive.Base, inferencedriver.Module(drive), fx.Decorate(func(clock.Clock) clock.Clock { return drives }))
	begin(t, "prompt-loader", load.Base, promptloader.Module(load))

	o := aeb.Options{NATS: broker.URL()}
	p, err := aeb.Open(ctx, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close(ctx)) })
	return &bench{Pipeline: p, options: o, dir: t.TempDir(), sim: sim}
}

// TestHostsWithClocksApart: a driver whose clock is 40 ms ahead of the measuring
// host's and drifts. Its host and boot say that it is another machine, so that the
// offset is estimated and corrected; or, wrongly, that it is the same, so that its
// times are taken as they are.
func TestHostsWithClocksApart(t *testing.T) {
	const (
		ahead = 40 * time.Millisecond
		ppm   = 150
	)
	here := clock.System("")
	elsewhere := event.Clock{Host: "driver-host", BootID: "another-boot"}
	cases := []struct {
		name   string
		drives func() clock.Clock
		got    event.Summary
	}{
		{name: "one clock", drives: func() clock.Clock { return here }},
		{name: "40 ms apart and corrected", drives: func() clock.Clock { return clock.Skewed(here, elsewhere, ahead, ppm) }},
		{name: "40 ms apart and not", drives: func() clock.Clock { return clock.Skewed(here, here.Host(), ahead, ppm) }},
	}
	t.Run("at once", func(t *testing.T) {
		for i, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				b := openCluster(t, c.drives())
				// Short answers with pauses between: an edge that is misplaced by
				// 40 ms is misplaced by a good part of a request.
				s := b.run(t, "load=poisson", "load.rate_per_s=12", "load.concurrency=64", "load.warmup=0", "scenario.num_samples=100",
					"scenario.generate_kwargs.max_new_tokens=16", "metrics.sample_hz=100", "metrics.methods=[phase-aware/v1, equal-share/v1]").Summary
				require.EqualValues(t, 100, s.Requests.OK)
				require.NotNil(t, s.Truth)
				cases[i].got = s
			})
		}
	})
	if t.Failed() {
		return
	}
	for _, c := range cases {
		of := c.got.Truth.ByMethod[0]
		t.Logf("%-26s per-request error median %5.2f %%, p95 %5.2f %%; true value inside the interval %5.1f %%; clocks %+v",
			c.name, 100*of.ErrorRel.P50, 100*of.ErrorRel.P95, 100*of.InsideInterval, c.got.Clock)
	}
	one, two, wrong := cases[0].got, cases[1].got, cases[2].got

	require.Len(t, one.Clock, 1)
	require.True(t, one.Clock[0].SameHost)
	require.Zero(t, one.Clock[0].OffsetNS)

	require.Equal(t, "driver-host", two.Clock[0].Host)
	require.Equal(t, one.Clock[0].Host, two.Clock[0].Reference)
	require.False(t, two.Clock[0].SameHost)
	require.GreaterOrEqual(t, two.Clock[0].Estimates, 3)
	require.InDelta(t, ahead, two.Clock[0].OffsetNS, float64(3*time.Millisecond))
	// A busy machine's answers are late, and the drift is known no better than the offset.
	require.InDelta(t, ppm, two.Clock[0].DriftPPM, 15+float64(two.Clock[0].ErrorNS)/1e3/two.DurationS)

	corrected := two.Truth.ByMethod[0]
	require.Less(t, corrected.ErrorRel.P50, one.Truth.ByMethod[0].ErrorRel.P50+0.02)
	require.GreaterOrEqual(t, corrected.InsideInterval, 0.9)
	require.Greater(t, wrong.Truth.ByMethod[0].ErrorRel.P50, 1.5*corrected.ErrorRel.P50)
}
