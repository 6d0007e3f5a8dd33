package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.uber.org/fx"
)

// newMux holds the chassis's routes; a module adds its own to it.
func newMux(h *Health, r *prometheus.Registry) *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("GET /readyz", h.ready)
	mux.Handle("GET /metrics", promhttp.HandlerFor(r, promhttp.HandlerOpts{}))
	return mux
}

// serveHTTP listens for the application's life. A port that is taken fails the start.
func serveHTTP(life fx.Lifecycle, base Base, mux *http.ServeMux, log *slog.Logger, health *Health) {
	if base.HTTPListen == "" {
		return
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	served := make(chan error, 1)
	life.Append(fx.Hook{
		OnStart: func(ctx context.Context) error {
			var config net.ListenConfig
			listener, err := config.Listen(ctx, "tcp", base.HTTPListen)
			if err != nil {
				return Usage(fmt.Errorf("http_listen %s: %w", base.HTTPListen, err))
			}
			log.Info("listening", "address", listener.Addr().String())
			go func() { served <- server.Serve(listener) }()
			return nil
		},
		OnStop: func(ctx context.Context) error {
			if err := server.Shutdown(ctx); err != nil {
				return fmt.Errorf("stop http: %w", err)
			}
			if err := <-served; !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serve http: %w", err)
			}
			return nil
		},
	})
	// Registered last, so it runs first: readiness goes false before anything stops.
	life.Append(fx.Hook{OnStop: func(context.Context) error { health.stop(); return nil }})
}
