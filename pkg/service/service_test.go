package service

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/fx"
	"go.uber.org/goleak"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/nats"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestExitCodes(t *testing.T) {
	plain := errors.New("plain")
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, ExitOK},
		{plain, ExitInternal},
		{Usage(plain), ExitUsage},
		{Dependency(plain), ExitDependency},
		{fmt.Errorf("around: %w", Dependency(plain)), ExitDependency},
		{Usage(Dependency(plain)), ExitUsage},
		{WithCode(plain, ExitIncomplete), ExitIncomplete},
		{&config.Error{Problems: []config.Problem{{Text: "bad"}}}, ExitUsage},
	} {
		require.Equal(t, c.want, ExitCode(c.err), "%v", c.err)
	}
	require.NoError(t, Usage(nil))
	require.ErrorIs(t, Usage(plain), plain)
}

type testConfig struct {
	Base `yaml:",inline"`
	Size int `yaml:"size"`
}

func (c testConfig) Validate() error {
	if c.Size < 0 {
		return errors.New("size: negative")
	}
	return c.Base.Validate()
}

func TestBadConfigEndsWithUsage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.yaml")
	module := func(testConfig) fx.Option { return fx.Options() }
	for _, text := range []string{"sizes: 1", "size: many", "size: -1", "http_listen: nowhere", "drain_s: 0"} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		require.Equal(t, ExitUsage, execute("test", testConfig{Base: DefaultBase()}, module, []string{"--config", path}), text)
	}
	require.Equal(t, ExitUsage, execute("test", testConfig{}, module, []string{"--no-such-flag"}))
}

// app runs a module on a broker of its own and returns what the service logs.
func app(t *testing.T, module fx.Option) (*fx.App, *bytes.Buffer) {
	t.Helper()
	server, err := nats.Start(t.Context(), nats.Options{StoreDir: t.TempDir()})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop(context.WithoutCancel(t.Context()))) })
	require.NoError(t, natsbus.Ensure(t.Context(), server.ConnectOptions()))
	base := DefaultBase()
	base.NATS, base.HTTPListen, base.DrainS = server.ConnectOptions(), "", 1
	var log bytes.Buffer
	a := New("test", base, module, fx.Replace(LogOutput{&log}))
	require.NoError(t, a.Err())
	return a, &log
}

func TestLoopRunsFromStartToStop(t *testing.T) {
	began, ended := make(chan struct{}), make(chan struct{})
	a, _ := app(t, fx.Invoke(func(l *Loops) {
		l.Go("work", func(ctx context.Context) error {
			close(began)
			<-ctx.Done()
			close(ended)
			return ctx.Err()
		})
	}))
	require.NoError(t, a.Start(t.Context()))
	<-began
	require.NoError(t, a.Stop(t.Context()))
	<-ended
}

func TestLoopThatFailsEndsTheService(t *testing.T) {
	a, log := app(t, fx.Invoke(func(l *Loops) {
		l.Go("work", func(context.Context) error { return Dependency(errors.New("gone")) })
	}))
	signal := a.Wait()
	require.NoError(t, a.Start(t.Context()))
	require.Equal(t, ExitDependency, (<-signal).ExitCode)
	require.NoError(t, a.Stop(t.Context()))
	require.Contains(t, log.String(), "gone", "the error is logged once, where it is handled")
}

func TestReadinessNamesWhatIsWrong(t *testing.T) {
	var health *Health
	a, _ := app(t, fx.Populate(&health))
	require.NoError(t, a.Start(t.Context()))
	ready := func() (int, string) {
		w := httptest.NewRecorder()
		health.ready(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
		return w.Code, w.Body.String()
	}
	code, _ := ready()
	require.Equal(t, http.StatusOK, code)
	health.Set("database", "away")
	code, body := ready()
	require.Equal(t, http.StatusServiceUnavailable, code)
	require.Contains(t, body, "away")
	health.Set("database", "")
	require.NoError(t, a.Stop(t.Context()))
	require.Eventually(t, func() bool { code, _ := ready(); return code == http.StatusServiceUnavailable }, time.Second, time.Millisecond)
}
