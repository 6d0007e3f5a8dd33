package bustest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

// Features are promises that not every broker makes.
type Features struct {
	// Restart: the broker can be stopped and started on the same store.
	Restart bool
	// TTLStep is what a time to live is rounded up to.
	TTLStep time.Duration
}

// Broker is a fresh broker with the declared streams and buckets.
type Broker struct {
	// Connect opens a connection, which the test closes.
	Connect func(ctx context.Context) (*bus.Bus, error)
	// Put stores any message by hand.
	Put func(ctx context.Context, m *nats.Msg) error
	// Stop and Start interrupt the broker; nil without Features.Restart.
	Stop, Start func(ctx context.Context) error
}

// Run holds a broker to the contract. start brings up a fresh one for every test
// and registers its end with t.Cleanup.
func Run(t *testing.T, f Features, start func(t *testing.T) Broker) {
	t.Helper()
	for _, promise := range []struct {
		name  string
		tests map[string]func(*suite)
	}{
		{"Publish", publishing},
		{"CloseRun", closing},
		{"Share", sharing},
		{"Redeliver", redelivering},
		{"DeadLetters", deadLetters},
		{"Replay", replaying},
		{"Follow", following},
		{"Erase", erasing},
		{"Restore", restoring},
		{"RetryLetters", retryingLetters},
		{"KV", keyValues},
		{"Ask", asking},
		{"Close", closingBus},
	} {
		run(t, f, start, promise.name, promise.tests)
	}
	if f.Restart {
		run(t, f, start, "Restart", restarting)
	}
}

func run(t *testing.T, f Features, start func(t *testing.T) Broker, name string, tests map[string]func(*suite)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				test(&suite{T: t, features: f, broker: start(t)})
			})
		}
	})
}

// suite is one test on one broker.
type suite struct {
	*testing.T
	features Features
	broker   Broker
}

// connect opens a connection for the length of the test.
func (s *suite) connect() *bus.Bus {
	s.Helper()
	b, err := s.broker.Connect(s.Context())
	require.NoError(s, err)
	s.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(s, b.Close(ctx))
	})
	return b
}

// patience is how long a condition may take on a loaded machine.
const patience = 20 * time.Second

func (s *suite) within(d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(s.Context(), d)
	s.Cleanup(cancel)
	return ctx
}

var driverProducer = event.Producer{Service: "inference-driver", Instance: "d1"}

func newPublisher(b *bus.Bus) *bus.Publisher { return b.NewPublisher(driverProducer, clock.System("")) }

func newRun() event.RunID { return event.NewRunID(time.Now()) }

// The shortest valid event of each kind.
func prompt(i int) *event.PromptQueued {
	return &event.PromptQueued{
		RequestID: fmt.Sprintf("r%06d", i), Index: int64(i), Prompt: "Why is the sky blue?",
		PromptSHA256: strings.Repeat("0", 64),
	}
}

func ctl(i int) *event.RunLoaded { return &event.RunLoaded{Prompts: int64(i), AtNS: 1} }

func gap() *event.PowerGap {
	return &event.PowerGap{
		Host: "gpu-a", Clock: event.Clock{Host: "gpu-a", BootID: "b"}, FromNS: 1, ToNS: 2, Reason: "device_lost",
	}
}

func started(i int) *event.RequestStarted {
	return &event.RequestStarted{
		RequestID: fmt.Sprintf("r%06d", i), Attempt: 1, Clock: event.Clock{Host: "h", BootID: "b"},
		Sent: event.Stamp{WallNS: 1}, Endpoint: "http://127.0.0.1:8000",
	}
}

// queue publishes n prompts.
func (s *suite) queue(b *bus.Bus, run event.RunID, n int) {
	s.Helper()
	p := newPublisher(b)
	for i := range n {
		require.NoError(s, p.Publish(s.Context(), run, prompt(i)))
	}
	require.NoError(s, p.Flush(s.within(patience)))
}

// worker joins the consumer "w" over the prompts of a run.
func (s *suite) worker(b *bus.Bus, run event.RunID, change func(*bus.WorkerSpec)) *bus.Worker {
	s.Helper()
	spec := bus.WorkerSpec{Name: "w", Run: run, Kind: subject.Prompt, MaxInFlight: 16}
	if change != nil {
		change(&spec)
	}
	w, err := b.NewWorker(s.Context(), spec)
	require.NoError(s, err)
	s.Cleanup(func() { require.NoError(s, w.Close()) })
	return w
}

// one fetches until there is an event.
func (s *suite) one(w *bus.Worker) *bus.Delivery {
	s.Helper()
	deliveries, err := w.Fetch(s.Context(), 1, patience)
	require.NoError(s, err)
	require.Len(s, deliveries, 1)
	return deliveries[0]
}

// replay collects every event of a run and fails on any error.
func (s *suite) replay(b *bus.Bus, run event.RunID, kinds ...subject.Kind) []bus.Record {
	s.Helper()
	var out []bus.Record
	for r, err := range b.Replay(s.within(patience), run, kinds...) {
		require.NoError(s, err)
		out = append(out, r)
	}
	return out
}

// letters collects the dead letters.
func (s *suite) letters(b *bus.Bus) []bus.DeadLetter {
	s.Helper()
	var out []bus.DeadLetter
	for l, err := range b.DeadLetters(s.within(patience)) {
		require.NoError(s, err)
		out = append(out, l)
	}
	return out
}

// background runs fn and waits for it at the end of the test.
func (s *suite) background(fn func()) {
	var done sync.WaitGroup
	done.Go(fn)
	s.Cleanup(done.Wait)
}
