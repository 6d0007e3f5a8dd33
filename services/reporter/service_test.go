package reporter

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/clickhouse/clickhousetest"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/nats"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
)

func TestMain(m *testing.M) { clickhousetest.Main(m) }

// The whole service, wired as its main does, with tables and without: it starts,
// is ready, answers over HTTP, and stops without leaving anything.
func TestServiceStartsAnswersAndStops(t *testing.T) {
	server, err := nats.Start(t.Context(), nats.Options{StoreDir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.WithoutCancel(t.Context()))) })
	require.NoError(t, natsbus.Ensure(t.Context(), server.ConnectOptions()))
	_, dsn := clickhousetest.Database(t)
	for _, url := range []string{"", dsn} {
		cfg := DefaultConfig()
		cfg.NATS = server.ConnectOptions()
		cfg.ClickHouse.URL = url
		cfg.HTTPListen = ""
		var mux *http.ServeMux
		app := service.New("reporter", cfg.Base, Module(cfg), fx.Populate(&mux), fx.Replace(service.LogOutput{Writer: io.Discard}))
		require.NoError(t, app.Err())
		require.NoError(t, app.Start(t.Context()))
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/runs", nil))
		require.Equal(t, http.StatusOK, w.Code)
		require.JSONEq(t, "[]", w.Body.String())
		require.NoError(t, app.Stop(context.WithoutCancel(t.Context())))
	}
}
