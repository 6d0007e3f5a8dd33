package natsbus_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	natsd "github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/stream"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

// driverMay is all that the inference driver needs: its own events, one consumer
// over the prompts, run state, and answers where nobody else listens.
var driverMay = &natsd.Permissions{
	Publish: &natsd.SubjectPermission{Allow: []string{
		"aeb.v1.run.*.request.>", "aeb.v1.run.*.ctl.>", "aeb.v1.dlq.>", subject.Clocks,
		"$JS.API.CONSUMER.CREATE.AEB_PROMPTS.*.aeb.v1.run.*.prompt.>", "$JS.API.CONSUMER.INFO.AEB_PROMPTS.*",
		"$JS.API.CONSUMER.MSG.NEXT.AEB_PROMPTS.*", "$JS.API.CONSUMER.DELETE.AEB_PROMPTS.*", "$JS.ACK.>",
		"$JS.API.STREAM.INFO.KV_AEB_RUNS", "$JS.API.DIRECT.GET.KV_AEB_RUNS.>", "$KV.AEB_RUNS.>",
		"$JS.API.CONSUMER.CREATE.KV_AEB_RUNS.>", "$JS.API.CONSUMER.MSG.NEXT.KV_AEB_RUNS.>", "$JS.API.CONSUMER.DELETE.KV_AEB_RUNS.>",
	}},
	Subscribe: &natsd.SubjectPermission{Allow: []string{"_INBOX_driver.>"}},
}

func secured(t *testing.T) (admin, driver bus.Options) {
	t.Helper()
	s, err := natsd.NewServer(&natsd.Options{
		Host: "127.0.0.1", Port: natsd.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true,
		Users: []*natsd.User{
			{Username: "admin", Password: "admin-secret"},
			{Username: "driver", Password: "driver-secret", Permissions: driverMay},
		},
	})
	require.NoError(t, err)
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	require.True(t, s.ReadyForConnections(10*time.Second))
	login := func(user string) bus.Options {
		file := filepath.Join(t.TempDir(), user)
		require.NoError(t, os.WriteFile(file, []byte(user+"-secret\n"), 0o600))
		return bus.Options{URL: s.ClientURL(), User: user, PasswordFile: file}
	}
	admin, driver = login("admin"), login("driver")
	driver.InboxPrefix = "_INBOX_driver"
	return admin, driver
}

// A service does its work with the rights of its own alone, and no more than that.
func TestLeastPrivilege(t *testing.T) {
	adminOptions, options := secured(t)
	require.NoError(t, natsbus.Ensure(t.Context(), adminOptions))
	admin := connect(t, adminOptions)
	run := event.NewRunID(time.Now())
	loader := admin.NewPublisher(producer, clock.System(""))
	require.NoError(t, loader.PublishNow(t.Context(), run, &event.PromptQueued{RequestID: "r0", PromptSHA256: strings.Repeat("0", 64)}))

	var said strings.Builder
	options.Log = slog.New(slog.NewTextHandler(&said, nil))
	b, err := natsbus.Connect(t.Context(), options)
	require.NoError(t, err)
	w, err := b.NewWorker(t.Context(), bus.WorkerSpec{Name: "driver-" + string(run), Run: run, Kind: subject.Prompt, MaxInFlight: 1})
	require.NoError(t, err)
	deliveries, err := w.Fetch(t.Context(), 1, 10*time.Second)
	require.NoError(t, err)
	require.Len(t, deliveries, 1)
	p := b.NewPublisher(event.Producer{Service: "inference-driver", Instance: "d1"}, clock.System(""))
	require.NoError(t, p.PublishNow(t.Context(), run, &event.RequestStarted{
		RequestID: "r0", Attempt: 1, Clock: event.Clock{Host: "h", BootID: "b"}, Sent: event.Stamp{WallNS: 1},
	}))
	require.NoError(t, deliveries[0].Ack(t.Context()))
	backlog, err := w.Backlog(t.Context())
	require.NoError(t, err)
	require.Equal(t, bus.Backlog{}, backlog)
	require.NoError(t, w.Remove(t.Context()))
	require.NoError(t, p.CloseRun(t.Context(), run))
	stop, err := admin.Answer(subject.Clock("gpu-a"), func(q []byte) []byte { return q })
	require.NoError(t, err)
	_, err = b.Ask(t.Context(), subject.Clock("gpu-a"), []byte("?"))
	require.NoError(t, err)
	require.NoError(t, stop())

	kv, err := b.KV(t.Context(), stream.Runs)
	require.NoError(t, err)
	_, err = kv.Create(t.Context(), "k", []byte("1"), 0)
	require.NoError(t, err)
	for e, err := range kv.Watch(t.Context()) {
		require.NoError(t, err)
		if e.Key == "k" {
			break
		}
	}

	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	require.Error(t, natsbus.Ensure(ctx, options), "a service cannot declare streams")
	// Another service's events are refused: not stored, and the log says so.
	require.Error(t, p.PublishNow(ctx, event.NewRunID(time.Now()), &event.PowerGap{
		Host: "h", Clock: event.Clock{Host: "h", BootID: "b"}, FromNS: 1, ToNS: 2, Reason: "x",
	}))
	require.NoError(t, b.Close(t.Context()))
	require.Contains(t, said.String(), "Permissions Violation for Publish")
	last, err := admin.KV(t.Context(), stream.Runs)
	require.NoError(t, err)
	_, err = last.Get(t.Context(), "k")
	require.NoError(t, err)
	for r, err := range admin.Replay(t.Context(), run, subject.Power) {
		t.Fatal(r, err)
	}
}

func TestWrongPasswordIsRefused(t *testing.T) {
	_, options := secured(t)
	require.NoError(t, os.WriteFile(options.PasswordFile, []byte("guess"), 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	_, err := natsbus.Connect(ctx, options)
	require.ErrorContains(t, err, "Authorization Violation")
	require.NotContains(t, err.Error(), "guess")
}
