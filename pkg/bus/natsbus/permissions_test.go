package natsbus_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/nats/natstest"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/stream"
)

// deployed is the broker of deploy/nats, where every user's password is its name.
func deployed(t *testing.T) *natstest.Broker {
	t.Helper()
	for _, user := range []string{"admin", "setup", "loader", "driver", "sampler", "reporter", "client"} {
		t.Setenv("AEB_NATS_"+strings.ToUpper(user)+"_PASSWORD", user)
	}
	return natstest.Start(t, "../../../deploy/nats/nats.conf")
}

// may says which users, but for admin, may do something.
type may struct {
	what, subject, users string
}

// TestWhoMayDoWhat is what deploy/nats/nats.conf is to mean, user by user: what is
// not theirs is refused. That each has enough is shown where the pipeline runs as
// these users (services/aeb).
func TestWhoMayDoWhat(t *testing.T) {
	const run = "aeb.v1.run.r."
	publish := []may{
		{"publish a prompt", run + "prompt.0", "loader"},
		{"publish what became of a request", run + "request.finished", "driver"},
		{"publish power", run + "power.h", "sampler"},
		{"publish a result", run + "result.run", "reporter"},
		{"request a run", run + "ctl.requested", "loader client"},
		{"start a run", run + "ctl.started", "loader"},
		{"say that a run is loaded", run + "ctl.loaded", "loader"},
		{"say that a run is drained", run + "ctl.drained", "driver"},
		{"seal a run", run + "ctl.sealed", "reporter"},
		{"say that a run is reported", run + "ctl.reported", "reporter"},
		{"say that a run was cancelled", run + "ctl.cancelled", "reporter"},
		{"say that a run failed", run + "ctl.failed", "loader driver sampler reporter"},
		{"close one's part in a run", run + "ctl.closed", "loader driver sampler client"},
		{"describe a host", run + "ctl.described", "sampler"},
		{"publish a carbon intensity", run + "ctl.observed", "sampler"},
		{"publish a clock's offset", run + "ctl.offset", "driver sampler"},
		{"publish what is no event", run + "ctl.other", ""},
		{"bury a prompt", "aeb.v1.dlq.aeb_prompts", "driver reporter"},
		{"bury what is no prompt", "aeb.v1.dlq.aeb_power", "reporter"},
		{"ask for a clock", "aeb.v1.clock.h", "driver sampler"},

		{"read prompts", "$JS.API.CONSUMER.CREATE.AEB_PROMPTS.c.aeb.v1.run.r.prompt.>", "loader driver reporter client"},
		{"take prompts", "$JS.API.CONSUMER.MSG.NEXT.AEB_PROMPTS.c", "loader driver reporter client"},
		{"fetch a prompt", "$JS.API.DIRECT.GET.AEB_PROMPTS", "loader reporter client"},
		{"acknowledge a prompt", "$JS.ACK.AEB_PROMPTS.c.1.1.1.1.0", "driver reporter"},
		{"read the life of runs", "$JS.API.CONSUMER.CREATE.AEB_EVENTS.c.aeb.v1.run.r.ctl.>", "loader reporter client"},
		{"read requests", "$JS.API.CONSUMER.CREATE.AEB_EVENTS.c.aeb.v1.run.r.request.>", "loader reporter client"},
		{"read results", "$JS.API.CONSUMER.CREATE.AEB_EVENTS.c.aeb.v1.run.r.result.>", "reporter client"},
		{"read power", "$JS.API.CONSUMER.CREATE.AEB_POWER.c.aeb.v1.run.r.>", "reporter client"},
		{"read dead letters", "$JS.API.CONSUMER.CREATE.AEB_DLQ.c", "reporter client"},
		{"acknowledge an event", "$JS.ACK.AEB_EVENTS.c.1.1.1.1.0", "reporter"},
		{"read a stream without a filter", "$JS.API.CONSUMER.CREATE.AEB_PROMPTS.c", ""},
		{"read a stream by the older API", "$JS.API.CONSUMER.DURABLE.CREATE.AEB_PROMPTS.c", ""},
		{"fetch by the older API", "$JS.API.STREAM.MSG.GET.AEB_PROMPTS", ""},

		{"write a run's state", "$KV.AEB_RUNS.r", "loader driver sampler reporter client"},
		{"watch runs", "$JS.API.CONSUMER.CREATE.KV_AEB_RUNS.c.$KV.AEB_RUNS.>", "loader driver sampler reporter client"},
		{"hold a lease", "$KV.AEB_LEASES.l", "loader driver sampler reporter"},
		{"read the key of texts", "$JS.API.DIRECT.GET.KV_AEB_KEYS.$KV.AEB_KEYS.r", "loader driver"},
		{"watch keys of texts", "$JS.API.CONSUMER.CREATE.KV_AEB_KEYS.c.$KV.AEB_KEYS.r", ""},
		{"make or destroy the key of texts", "$KV.AEB_KEYS.r", "loader"},

		{"see that there are leases", "$JS.API.STREAM.INFO.KV_AEB_LEASES", "loader driver sampler reporter client"},
		{"see that there are keys of texts", "$JS.API.STREAM.INFO.KV_AEB_KEYS", "loader driver client"},

		{"declare any stream", "$JS.API.STREAM.CREATE.OTHER", ""},
		{"list streams", "$JS.API.STREAM.LIST", ""},
		{"answer in another's inbox unasked", "_INBOX_reporter.x", ""},
	}
	for _, name := range []string{
		stream.Prompts, stream.Events, stream.Power, stream.DLQ, "KV_" + stream.Runs, "KV_" + stream.Leases, "KV_" + stream.Keys,
	} {
		publish = append(
			publish,
			may{"declare", "$JS.API.STREAM.CREATE." + name, "setup"},
			may{"change", "$JS.API.STREAM.UPDATE." + name, "setup"},
			may{"delete", "$JS.API.STREAM.DELETE." + name, ""},
			may{"purge", "$JS.API.STREAM.PURGE." + name, ""},
			may{"delete a message", "$JS.API.STREAM.MSG.DELETE." + name, ""},
			may{"copy", "$JS.API.STREAM.SNAPSHOT." + name, ""},
		)
	}
	subscribe := []may{
		{"answer for a clock", "aeb.v1.clock.h", "sampler"},
		{"listen to events", run + ">", ""},
		{"listen to all", ">", ""},
		{"listen to what others ask the broker", "$JS.API.>", ""},
		{"listen to changes of runs", "$KV.AEB_RUNS.>", ""},
		{"listen to the inboxes of who has none of its own", "_INBOX.>", ""},
	}

	broker := deployed(t)
	refused := 0
	for _, user := range broker.Users() {
		if user != "admin" {
			subscribe = append(subscribe, may{"listen to the inbox of " + user, "_INBOX_" + user + ".>", user})
		}
	}
	for _, user := range broker.Users() {
		if user == "admin" {
			continue
		}
		nc := broker.Connect(t, user, nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
		try := func(m may, do func() error) {
			require.NoError(t, do())
			require.NoError(t, nc.Flush())
			allowed := len(broker.Refused()) == refused
			refused = len(broker.Refused())
			require.Equal(t, strings.Contains(" "+m.users+" ", " "+user+" "), allowed, "%s may %s (%s)", user, m.what, m.subject)
		}
		for _, m := range publish {
			try(m, func() error { return nc.Publish(m.subject, nil) })
		}
		for _, m := range subscribe {
			try(m, func() error { _, err := nc.SubscribeSync(m.subject); return err })
		}
	}
}

// What the broker refuses is an error of who tried, and in its log.
func TestRefusalIsSaid(t *testing.T) {
	broker := deployed(t)
	require.NoError(t, natsbus.Ensure(t.Context(), bus.Options{URL: broker.URL(), User: "setup", Password: "setup", InboxPrefix: "_INBOX_setup"}))
	var said strings.Builder
	b, err := natsbus.Connect(t.Context(), bus.Options{
		URL: broker.URL(), User: "driver", Password: "driver", InboxPrefix: "_INBOX_driver", Log: slog.New(slog.NewTextHandler(&said, nil)),
	})
	require.NoError(t, err)
	p := b.NewPublisher(event.Producer{Service: "inference-driver", Instance: "d1"}, clock.System(""))
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	require.Error(t, p.PublishNow(ctx, event.NewRunID(time.Now()), &event.PowerGap{
		Host: "h", Clock: event.Clock{Host: "h", BootID: "b"}, FromNS: 1, ToNS: 2, Reason: "x",
	}))
	require.NoError(t, b.Close(t.Context()))
	require.Contains(t, said.String(), "Permissions Violation for Publish")
}

func TestWrongPasswordIsRefused(t *testing.T) {
	broker := deployed(t)
	for _, password := range []config.Secret{"guess", ""} {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err := natsbus.Connect(ctx, bus.Options{URL: broker.URL(), User: "driver", Password: password})
		require.ErrorContains(t, err, "Authorization Violation")
		require.NotContains(t, err.Error(), "guess")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	_, err := natsbus.Connect(ctx, bus.Options{URL: broker.URL()})
	require.ErrorContains(t, err, "Authorization Violation", "nobody comes in without a name")
}
