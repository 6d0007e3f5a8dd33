package inferencedriver

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/nats"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/simulate"
)

// TestServiceDrivesARun is the whole service, as its main starts it, against the
// simulator: both APIs, exact lengths, a guarded server, and its faults.
func TestServiceDrivesARun(t *testing.T) {
	const key = "s3cr3t-key"
	sim := simulate.DefaultConfig()
	sim.APIKey, sim.TimeScale = key, 20
	sim.Options.PerRequestMetrics, sim.Options.PromptTokensDetails = true, true
	server, err := simulate.Serve(t.Context(), "127.0.0.1:0", sim)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })

	broker, err := nats.Start(t.Context(), nats.Options{StoreDir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, broker.Stop(context.Background())) })
	require.NoError(t, natsbus.Ensure(t.Context(), broker.ConnectOptions()))
	b, err := natsbus.Connect(t.Context(), broker.ConnectOptions())
	require.NoError(t, err)
	defer func() { require.NoError(t, b.Close(context.Background())) }()
	store, err := run.NewStore(t.Context(), b)
	require.NoError(t, err)

	var log bytes.Buffer
	cfg := DefaultConfig()
	cfg.NATS, cfg.HTTPListen, cfg.APIKey, cfg.LogLevel = broker.ConnectOptions(), "", key, "debug"
	app := service.New("inference-driver", cfg.Base, Module(cfg), fx.Replace(service.LogOutput{Writer: &log}))
	require.NoError(t, app.Err())
	require.NoError(t, app.Start(t.Context()))

	loader := b.NewPublisher(event.Producer{Service: "prompt-loader", Instance: "t"}, clock.System(""))
	drive := func(api, model string, prompts int) (run.State, []*event.RequestFinished) {
		t.Helper()
		c := config.Default()
		c.Backend.Endpoint, c.Backend.Model, c.Backend.API = server.URL()+"/v1/", model, api
		c.Backend.ReadyTimeoutS, c.Load.Concurrency, c.Load.FailFast = 5, 8, 0
		id := event.NewRunID(time.Now())
		require.NoError(t, store.Create(t.Context(), run.State{Run: id, Phase: run.Requested, Config: config.Effective(c), RequestedNS: 1}))
		update := func(step func(run.State) (run.State, error)) {
			t.Helper()
			_, err := store.Update(t.Context(), id, step)
			require.NoError(t, err)
		}
		update(run.State.Measure)
		state, err := store.Await(t.Context(), id, func(s run.State) bool { return s.Checked[run.Driver] || s.Phase == run.Failed })
		require.NoError(t, err)
		if state.Phase == run.Failed {
			return state, nil
		}
		update(func(s run.State) (run.State, error) { return s.Check(run.Reporter) })
		update(func(s run.State) (run.State, error) { return s.Start(time.Now().UnixNano()) })
		for i := range prompts {
			text := fmt.Sprintf("Why is the sky blue, and grass %d times green?", i)
			sum := sha256.Sum256([]byte(text))
			generate := event.Generate{MaxTokens: new(int64(12)), MinTokens: new(int64(12)), IgnoreEOS: new(true)}
			if api == config.APIResponses {
				generate.MinTokens = nil
			}
			require.NoError(t, loader.Publish(t.Context(), id, &event.PromptQueued{
				RequestID: fmt.Sprintf("r%07d", i), Index: int64(i), Prompt: text, PromptSHA256: hex.EncodeToString(sum[:]),
				Generate: generate,
			}))
		}
		require.NoError(t, loader.Flush(t.Context()))
		update(func(s run.State) (run.State, error) { return s.Loaded(int64(prompts)) })
		state, err = store.Await(t.Context(), id, func(s run.State) bool { return s.Phase == run.Draining && s.AllClosed() })
		require.NoError(t, err)
		var out []*event.RequestFinished
		for record, err := range b.Replay(t.Context(), id) {
			require.NoError(t, err)
			if r, ok := record.Event.Data.(*event.RequestFinished); ok {
				out = append(out, r)
			}
			data := fmt.Sprintf("%+v", record.Event.Data)
			require.NotContains(t, data, key)
		}
		require.Len(t, out, prompts)
		return state, out
	}

	for _, api := range []string{config.APIChat, config.APICompletions, config.APIResponses} {
		_, results := drive(api, sim.Model, 20)
		for _, r := range results {
			require.Equal(t, event.StatusOK, r.Status, "%s: %s", r.ErrorClass, r.Error)
			require.Empty(t, r.Flags)
			require.EqualValues(t, 12, *r.Tokens.Output, "an exact length was asked for")
			require.Positive(t, *r.Tokens.Input)
			require.Equal(t, "length", r.FinishReason)
			require.Len(t, r.ChunkGapsNS, 12)
			if api != config.APIResponses {
				require.NotNil(t, r.Server.QueueNS)
			}
		}
	}

	classes := map[string]string{
		simulate.FaultHTTP500: "server_error", simulate.FaultBrokenStream: "broken_stream",
		simulate.FaultEmpty: "empty_completion", simulate.FaultErrorInStream: "error_in_stream",
	}
	for fault, class := range classes {
		require.NoError(t, server.Simulator().SetFaults(simulate.Fault{Kind: fault}))
		for _, api := range []string{config.APIChat, config.APIResponses} {
			_, results := drive(api, sim.Model, 3)
			for _, r := range results {
				require.Equal(t, class, r.ErrorClass, "%s, %s: %s", api, fault, r.Error)
			}
		}
	}
	require.NoError(t, server.Simulator().SetFaults(simulate.Fault{Kind: simulate.FaultNoUsage}))
	_, results := drive(config.APIChat, sim.Model, 3)
	for _, r := range results {
		require.Equal(t, event.StatusOK, r.Status)
		require.Equal(t, []string{"usage_missing"}, r.Flags)
		require.Nil(t, r.Tokens.Output)
	}
	state, _ := drive(config.APIChat, "another-model", 0)
	require.Equal(t, "model_not_served", state.Failure.Class)

	require.NoError(t, app.Stop(t.Context()))
	require.NotEmpty(t, log.String())
	require.NotContains(t, log.String(), key)
}
