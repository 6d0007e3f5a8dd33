package aeb_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/doctor"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/stack"
)

// short makes a run of a second, long one that ends only when it is told to.
var (
	short = []string{"scenario.num_samples=20", "scenario.generate_kwargs.max_new_tokens=16", "load.warmup=0", "reporter.seal_timeout_s=1"}
	long  = append([]string{"scenario.num_samples=500", "load.concurrency=1"}, short[1:]...)
)

// TestEveryUserHasWhatItNeedsAndNoMore runs the pipeline of docker-compose.yml, each
// service as the user that it is there, through what the product can do with it. The
// broker refuses nothing, and every right of every user is one that is used.
func TestEveryUserHasWhatItNeedsAndNoMore(t *testing.T) {
	d := deploy(t)
	stopReporter := d.reporter(t)
	d.reporter(t)
	d.sampler(t, "gpu-a", d.sim)
	d.driver(t, "client-a")
	d.driver(t, "client-b")
	d.loader(t, true)
	d.loader(t, false)
	d.open(t)

	d.firstRun(t)
	stopSampler := d.sampler(t, "gpu-b", serve(t, "SIM-GPU-1"))
	live := d.short(t, "metrics.samplers=2", "load=poisson", "load.rate_per_s=40", "metrics.intensity={type: electricity_maps, zone: DE}")
	require.Len(t, live.Summary.Clock, 4, "two samplers and two drivers")
	stopSampler()
	stopReporter()
	d.short(t, "scenario.keep_prompts=false", "load={type: closed, stages: [{concurrency: 2, requests: 10}, {concurrency: 4, requests: 10}]}")
	d.badEnds(t)
	d.deadLetters(t)
	d.readAgain(t, live.Run)

	require.Empty(t, d.broker.Refused())
	for _, user := range d.broker.Users() {
		for _, right := range d.broker.Unused(t, user) {
			require.True(t, rare(right), "%s may use %s and never does", user, right)
		}
	}
}

// rare holds for rights that a reader uses only when messages expire or are
// replaced under its hands: it asks what is left.
func rare(right string) bool {
	return strings.HasPrefix(right, "$JS.API.CONSUMER.INFO.") ||
		strings.HasPrefix(right, "$JS.API.DIRECT.GET.") && strings.Count(right, ".") == 4
}

// short makes a run that is complete.
func (d *deployment) short(t *testing.T, overrides ...string) aeb.Result {
	t.Helper()
	result := d.run(t, append(short, overrides...)...)
	require.True(t, result.Summary.Completeness.Complete)
	require.EqualValues(t, 20, result.Summary.Requests.OK)
	return result
}

// firstRun is the one that the loader requests by itself.
func (d *deployment) firstRun(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		states, err := d.Runs(t.Context())
		require.NoError(t, err)
		return len(states) == 1 && states[0].Phase == run.Reported
	}, time.Minute, 50*time.Millisecond)
	id, err := d.Find(t.Context(), "last")
	require.NoError(t, err)
	s, err := d.Summary(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, event.RunCompleted, s.Status)
	require.True(t, s.Completeness.Complete)
	require.EqualValues(t, 20, s.Requests.OK)
}

// badEnds are runs that end badly, each by another service.
func (d *deployment) badEnds(t *testing.T) {
	t.Helper()
	for class, override := range map[string]string{
		"model_not_served":  "backend.model=other",
		"dataset_not_found": "scenario.dataset_name=./nowhere.jsonl",
		"output":            "output_dir=/dev/null/out",
	} {
		_, err := d.Run(t.Context(), d.config(t, override, "backend.ready_timeout_s=1"), nil)
		requireFailed(t, err, class)
	}
	err := d.during(t, long, func(_ event.RunID, cancel func()) {
		_, err := d.Run(t.Context(), d.config(t, "metrics.on_busy_gpu=refuse"), nil)
		requireFailed(t, err, "gpu_busy")
		cancel()
	})
	requireFailed(t, err, "cancelled")

	// A failure that its finder did not live to publish.
	login, err := stack.Login(d.broker.URL())
	require.NoError(t, err)
	b, err := natsbus.Connect(t.Context(), login)
	require.NoError(t, err)
	defer func() { require.NoError(t, b.Close(context.WithoutCancel(t.Context()))) }()
	store, err := run.NewStore(t.Context(), b)
	require.NoError(t, err)
	err = d.during(t, long, func(id event.RunID, _ func()) {
		_, err := store.Update(t.Context(), id, func(s run.State) (run.State, error) {
			return s.Fail(event.Failure{Class: "unknown", Reason: "died"}, time.Now().UnixNano())
		})
		require.NoError(t, err)
	})
	requireFailed(t, err, "unknown")
}

// during makes a run and calls do once when it is under load. It returns the run's
// end, which do may bring about.
func (d *deployment) during(t *testing.T, overrides []string, do func(id event.RunID, cancel func())) (err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	c := d.config(t, overrides...)
	loaded := make(chan event.RunID)
	ended := make(chan struct{})
	defer func() { cancel(); <-ended }()
	go func() {
		defer close(ended)
		told := false
		_, err = d.Run(ctx, c, func(s aeb.Snapshot) {
			if !told && s.State.Phase == run.Running {
				told = true
				loaded <- s.State.Run
			}
		})
	}()
	select {
	case id := <-loaded:
		do(id, cancel)
	case <-ended:
	}
	<-ended
	return err
}

// deadLetters has a driver find one, and the reporter another.
func (d *deployment) deadLetters(t *testing.T) {
	t.Helper()
	err := d.during(t, append(short, "scenario.num_samples=60", "load.concurrency=2"), func(id event.RunID, _ func()) {
		for _, kind := range []string{"prompt.0", "request.finished"} {
			d.broker.Put(t, "admin", "aeb.v1.run."+string(id)+"."+kind, []byte("no event"))
		}
	})
	requireFailed(t, err, "incomplete")
	letters, err := d.DeadLetters(t.Context(), "")
	require.NoError(t, err)
	require.Len(t, letters, 2)
}

// readAgain is what a client does with a stored run.
func (d *deployment) readAgain(t *testing.T, id event.RunID) {
	t.Helper()
	ctx := t.Context()
	for f := range doctor.Examine(ctx, doctor.Options{Data: d.dir, NATS: d.options.NATS}) {
		require.NotEqual(t, doctor.Broken, f.State, f.Text)
	}
	_, _, err := d.Replay(ctx, id, aeb.Replay{})
	require.NoError(t, err)
	_, err = d.Export(ctx, id, filepath.Join(d.dir, "run.jsonl"))
	require.NoError(t, err)
	c, err := d.RerunConfig(ctx, id, config.Loader{}, "metrics.samplers=1")
	require.NoError(t, err)
	again, err := d.Rerun(ctx, id, c, nil)
	require.NoError(t, err)
	_, err = d.Compare(ctx, id, again.Run)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		count, err := d.tables.Exec(ctx, "SELECT count() FROM aeb.requests WHERE run_id = '"+string(again.Run)+"'")
		return err == nil && strings.TrimSpace(count) == "20"
	}, time.Minute, 50*time.Millisecond, "the tables follow")
}

func requireFailed(t *testing.T, err error, class string) {
	t.Helper()
	var failed *aeb.RunError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, class, failed.Class, failed.Reason)
}
