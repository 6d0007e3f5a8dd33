package aeb

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/follow"
)

// A run of which the reporter can compute no result comes to its end, and says why and
// what to do to whoever waits for it or asks for it later.
func TestRunThatCannotBeComputedIsExplained(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	p, err := Open(ctx, Options{Data: t.TempDir(), ClickHouse: "off"})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close(context.WithoutCancel(t.Context()))) })

	id := event.NewRunID(time.Now())
	require.NoError(t, p.stack.Store.Create(ctx, run.State{Run: id, Phase: run.Draining, Config: json.RawMessage(`{"load": "of a later version"}`)}))
	state, err := follow.Run(ctx, p.stack.Bus, p.stack.Store, id, progressEvery, func(Snapshot) {})
	require.NoError(t, err)
	_, err = p.result(ctx, state)
	var failed *RunError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "computation", failed.Class)
	require.Contains(t, failed.Reason, "effective config")
	require.Contains(t, failed.Reason, "`aeb replay "+string(id)+"`")
	require.Equal(t, service.ExitInternal, ExitCode(err))

	_, err = p.Summary(ctx, id)
	require.ErrorIs(t, err, ErrNoResult)
	require.ErrorContains(t, err, failed.Reason)
	require.Equal(t, service.ExitUsage, ExitCode(err), "it is the asking that was in vain")
}
