package aeb_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/clickhouse"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/nats/natstest"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/simulate"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb"
	energysampler "github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler"
	inferencedriver "github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver"
	promptloader "github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter"
)

// deployment is the pipeline of docker-compose.yml: its broker with its users, and
// every service with its environment, on loopback and a port of the test's.
type deployment struct {
	*bench
	broker  *natstest.Broker
	compose composed
	tables  *clickhouse.Server
}

// deploy brings up broker and tables and declares the streams as setup; this process
// gets a client's environment.
func deploy(t *testing.T) *deployment {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	d := &deployment{compose: readComposed(t)}
	for name, value := range d.compose.environment(t, "nats") {
		t.Setenv(name, value)
	}
	d.broker = natstest.Start(t, "../../deploy/nats/nats.conf")
	t.Cleanup(func() {
		if t.Failed() {
			t.Log("the broker refused", d.broker.Refused())
		}
	})

	var setup service.Base
	d.compose.config(t, "setup", &setup)
	require.NoError(t, natsbus.Ensure(ctx, d.placed(setup.NATS)))
	require.NoError(t, natsbus.Ensure(ctx, d.placed(setup.NATS)), "what is there is left as it is")

	sim := serve(t, "SIM-GPU-0")
	var err error
	d.tables, err = clickhouse.Start(ctx, clickhouse.Options{Dir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, d.tables.Stop(ctx)) })
	for name, value := range d.compose.environment(t, "aeb") {
		t.Setenv(name, value)
	}
	d.bench = &bench{options: aeb.Options{NATS: d.broker.URL()}, dir: t.TempDir(), sim: sim}
	return d
}

// serve is a simulator with one device.
func serve(t *testing.T, device string) *simulate.Server {
	t.Helper()
	c := simulate.DefaultConfig()
	c.Devices[0].ID = device
	sim, err := simulate.Serve(context.WithoutCancel(t.Context()), "127.0.0.1:0", c)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, sim.Close()) })
	return sim
}

// open connects the client.
func (d *deployment) open(t *testing.T) {
	t.Helper()
	p, err := aeb.Open(t.Context(), d.options)
	require.NoError(t, err)
	d.Pipeline = p
	t.Cleanup(func() { require.NoError(t, p.Close(context.WithoutCancel(t.Context()))) })
}

// placed is options of the compose file for the test's broker.
func (d *deployment) placed(o bus.Options) bus.Options {
	o.URL = d.broker.URL()
	return o
}

// base makes a service's environment that of a test.
func (d *deployment) base(b *service.Base, host string) {
	b.NATS, b.HTTPListen, b.DrainS, b.Host = d.placed(b.NATS), "", 5, host
}

func (d *deployment) reporter(t *testing.T) (stop func()) {
	t.Helper()
	c := reporter.DefaultConfig()
	d.compose.config(t, "reporter", &c)
	d.base(&c.Base, "")
	c.ClickHouse.URL, c.ClickHouse.User, c.ClickHouse.Password = d.tables.URL(), d.tables.User(), d.tables.Password()
	return begin(t, "reporter", c.Base, reporter.Module(c))
}

// sampler measures the devices of a simulator.
func (d *deployment) sampler(t *testing.T, host string, measured *simulate.Server) (stop func()) {
	t.Helper()
	c := energysampler.DefaultConfig()
	d.compose.config(t, "energy-sampler", &c)
	d.base(&c.Base, host)
	c.SimulatorURL, c.SpoolDir, c.ClockEveryS = measured.URL(), t.TempDir(), 0.2
	return begin(t, "energy-sampler", c.Base, energysampler.Module(c), onMachine(host))
}

func (d *deployment) driver(t *testing.T, host string) (stop func()) {
	t.Helper()
	c := inferencedriver.DefaultConfig()
	d.compose.config(t, "inference-driver", &c)
	d.base(&c.Base, host)
	c.ClockEveryS = 0.2
	return begin(t, "inference-driver", c.Base, inferencedriver.Module(c), onMachine(host))
}

// loader requests the run of the compose file when it is the first one.
func (d *deployment) loader(t *testing.T, first bool) (stop func()) {
	t.Helper()
	c := promptloader.DefaultConfig()
	d.compose.config(t, "prompt-loader", &c)
	d.base(&c.Base, "")
	c.Run, c.Overrides = filepath.Join("../../configs", filepath.Base(c.Run)), append(d.overrides(), short...)
	if !first {
		c.Run, c.Overrides = "", nil
	}
	return begin(t, "prompt-loader", c.Base, promptloader.Module(c))
}

// onMachine is a boot of its own, whose clock others have to ask for.
func onMachine(host string) fx.Option {
	return fx.Decorate(func(c clock.Clock) clock.Clock {
		return clock.Skewed(c, event.Clock{Host: host, BootID: "boot-of-" + host}, 0, 0)
	})
}

// begin runs a service until stop, or the test's end.
func begin(t *testing.T, name string, base service.Base, module fx.Option, extra ...fx.Option) (stop func()) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	app := service.New(name, base, module, append(extra, fx.Replace(service.LogOutput{Writer: t.Output()}))...)
	require.NoError(t, app.Err())
	require.NoError(t, app.Start(ctx))
	stopped := false
	stop = func() {
		if !stopped {
			stopped = true
			require.NoError(t, app.Stop(ctx))
		}
	}
	t.Cleanup(stop)
	return stop
}
