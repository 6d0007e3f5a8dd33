package sampling

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/contract"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/nats"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/simulate"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/simulated"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/sources"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// modelled is a host that every machine can play.
var modelled = sources.Config{GPU: sources.None, CPU: sources.None, RAM: sources.Model}

// stage is a broker with samplers, and the test in the part of everyone else.
type stage struct {
	t      *testing.T
	dir    string
	listen string
	server *nats.Server
	bus    *bus.Bus
	store  *run.Store
	leases *run.Leases
	serial int
}

func newStage(t *testing.T) *stage {
	t.Helper()
	st := &stage{t: t, dir: t.TempDir(), listen: freePort(t)}
	st.startBroker()
	t.Cleanup(func() { require.NoError(t, st.server.Stop(context.Background())) })
	require.NoError(t, natsbus.Ensure(t.Context(), st.options()))
	st.bus = st.connect()
	var err error
	st.store, err = run.NewStore(t.Context(), st.bus)
	require.NoError(t, err)
	st.leases, err = run.NewLeases(t.Context(), st.bus)
	require.NoError(t, err)
	return st
}

func freePort(t *testing.T) string {
	t.Helper()
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}

func (st *stage) startBroker() {
	st.t.Helper()
	var err error
	st.server, err = nats.Start(st.t.Context(), nats.Options{StoreDir: st.dir, Listen: st.listen})
	require.NoError(st.t, err)
}

// options reach the broker over a socket, so that it can go away and come back.
func (st *stage) options() bus.Options { return bus.Options{URL: "nats://" + st.listen} }

func (st *stage) connect() *bus.Bus {
	st.t.Helper()
	b, err := natsbus.Connect(st.t.Context(), st.options())
	require.NoError(st.t, err)
	st.t.Cleanup(func() { require.NoError(st.t, b.Close(context.Background())) })
	return b
}

// restartBroker takes the broker away for a while.
func (st *stage) restartBroker(away time.Duration) {
	st.t.Helper()
	require.NoError(st.t, st.server.Stop(st.t.Context()))
	require.True(st.t, clock.Wait(st.t.Context(), away))
	st.startBroker()
	require.Eventually(st.t, st.bus.Connected, 10*time.Second, 20*time.Millisecond)
}

// sampler starts one for a host; the returned function stops it and waits.
func (st *stage) sampler(host string, c sources.Config) (stop func()) {
	st.t.Helper()
	b := st.connect()
	store, err := run.NewStore(st.t.Context(), b)
	require.NoError(st.t, err)
	leases, err := run.NewLeases(st.t.Context(), b)
	require.NoError(st.t, err)
	metrics, err := NewMetrics(prometheus.NewRegistry())
	require.NoError(st.t, err)
	hostClock := clock.System(host)
	if c.Root == "" {
		c.Root = "/"
	}
	st.serial++
	opener := sources.Opener{Config: c, Clock: hostClock, Dial: simulated.Dial}
	r := &Runner{
		Store: store, Leases: leases, Bus: b, Clock: hostClock, Metrics: metrics,
		Publisher: b.NewPublisher(event.Producer{Service: "energy-sampler", Instance: fmt.Sprintf("%s-%d", host, st.serial)}, hostClock),
		Log:       slog.New(slog.NewTextHandler(st.t.Output(), nil)),
		Open:      opener.Open, SpoolDir: st.t.TempDir(), SpoolMaxBytes: 1 << 20,
		IntensityEvery: time.Minute,
	}
	ctx, cancel := context.WithCancel(st.t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		if err := r.Run(ctx); err != nil {
			st.t.Errorf("run the sampler: %v", err)
		}
	})
	stop = sync.OnceFunc(func() { cancel(); done.Wait() })
	st.t.Cleanup(stop)
	return stop
}

func (st *stage) simulator(c simulate.Config) *simulate.Server {
	st.t.Helper()
	s, err := simulate.Serve(st.t.Context(), "127.0.0.1:0", c)
	require.NoError(st.t, err)
	st.t.Cleanup(func() { require.NoError(st.t, s.Close()) })
	return s
}

// request opens a run in its baseline, as request and loader do.
func (st *stage) request(change func(*config.Run)) event.RunID {
	st.t.Helper()
	c := config.Run{Metrics: config.Metrics{
		Enabled: true, Samplers: 1, SampleHz: 50, BaselineS: 0.3, CooldownS: 0.2, OnBusyGPU: "wait",
	}}
	if change != nil {
		change(&c)
	}
	raw, err := json.Marshal(c)
	require.NoError(st.t, err)
	id := event.NewRunID(time.Now())
	state := run.State{Run: id, Name: "test", Phase: run.Requested, Config: raw, Samplers: c.Metrics.Samplers, RequestedNS: 1}
	require.NoError(st.t, st.store.Create(st.t.Context(), state))
	st.update(id, run.State.Measure)
	return id
}

// start moves the run to its load, when the sampler is ready.
func (st *stage) start(id event.RunID) {
	st.t.Helper()
	for _, service := range []string{run.Driver, run.Reporter} {
		st.update(id, func(s run.State) (run.State, error) { return s.Check(service) })
	}
	st.update(id, func(s run.State) (run.State, error) { return s.Start(time.Now().UnixNano()) })
}

func (st *stage) drain(id event.RunID) {
	st.t.Helper()
	st.update(id, func(s run.State) (run.State, error) { return s.Drain(time.Now().UnixNano()) })
}

// complete sends n requests of the run, one after the other.
func (st *stage) complete(s *simulate.Server, id event.RunID, n int) {
	st.t.Helper()
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for i := range n {
		body := `{"model":"simulated-8b","prompt":"What does a request cost?","max_tokens":40}`
		req, err := http.NewRequestWithContext(st.t.Context(), http.MethodPost, s.URL()+"/v1/completions", bytes.NewBufferString(body))
		require.NoError(st.t, err)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Request-Id", fmt.Sprintf("%s.r%d.1", id, i))
		resp, err := client.Do(req)
		require.NoError(st.t, err)
		require.Equal(st.t, http.StatusOK, resp.StatusCode)
		require.NoError(st.t, resp.Body.Close())
	}
}

func (st *stage) update(id event.RunID, step func(run.State) (run.State, error)) {
	st.t.Helper()
	_, err := st.store.Update(st.t.Context(), id, step)
	require.NoError(st.t, err)
}

func (st *stage) state(id event.RunID) run.State {
	st.t.Helper()
	s, err := st.store.Get(st.t.Context(), id)
	require.NoError(st.t, err)
	return s
}

func (st *stage) await(id event.RunID, done func(run.State) bool) run.State {
	st.t.Helper()
	ctx, cancel := context.WithTimeout(st.t.Context(), 20*time.Second)
	defer cancel()
	s, err := st.store.Await(ctx, id, done)
	require.NoError(st.t, err, "%+v", s)
	return s
}

func (st *stage) eventuallyFree(lease string) {
	st.t.Helper()
	require.Eventually(st.t, func() bool {
		holder, err := st.leases.Holder(st.t.Context(), lease)
		return err == nil && holder == ""
	}, 5*time.Second, 10*time.Millisecond)
}

// recorded is what samplers have put on the stream of a run.
type recorded struct {
	total     int
	described []*event.HostDescribed
	batches   []*event.PowerSampled
	gaps      []*event.PowerGap
	truths    []*event.TruthRecorded
	failed    []*event.RunFailed
	closed    []*event.ProducerClosed

	intensities []*event.IntensityObserved
}

func (st *stage) read(id event.RunID) recorded {
	st.t.Helper()
	var out recorded
	for record, err := range st.bus.Replay(st.t.Context(), id) {
		require.NoError(st.t, err)
		data, err := json.Marshal(record.Event.Data)
		require.NoError(st.t, err)
		require.NoError(st.t, contract.Validate(record.Event.Type(), data))
		out.total++
		switch e := record.Event.Data.(type) {
		case *event.HostDescribed:
			out.described = append(out.described, e)
		case *event.PowerSampled:
			out.batches = append(out.batches, e)
		case *event.IntensityObserved:
			out.intensities = append(out.intensities, e)
		case *event.PowerGap:
			out.gaps = append(out.gaps, e)
		case *event.TruthRecorded:
			out.truths = append(out.truths, e)
		case *event.RunFailed:
			out.failed = append(out.failed, e)
		case *event.ProducerClosed:
			out.closed = append(out.closed, e)
		}
	}
	return out
}
