package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"go.uber.org/fx"
)

// Loops binds a service's background work to the application's life.
type Loops struct {
	life     fx.Lifecycle
	shutdown fx.Shutdowner
	log      *slog.Logger
	health   *Health
	root     context.Context
}

// Go runs fn from start to stop. Its context ends when the application stops;
// the stop then waits for fn within the drain budget and says so when fn does
// not come back. A fn that returns earlier ends the application: without error
// as a normal exit, otherwise with the error's exit code.
func (l *Loops) Go(name string, fn func(ctx context.Context) error) {
	ctx, cancel := context.WithCancel(l.root)
	var done sync.WaitGroup
	l.life.Append(fx.Hook{
		OnStart: func(context.Context) error {
			l.health.add(name)
			done.Go(func() {
				err := fn(ctx)
				stopped := ctx.Err() != nil
				if stopped && (err == nil || errors.Is(err, context.Canceled)) {
					return
				}
				l.health.fail(name, err)
				if err != nil {
					l.log.Error("loop ended", "loop", name, "error", err)
				}
				l.ended(name, err)
			})
			return nil
		},
		OnStop: func(stop context.Context) error {
			cancel()
			finished := make(chan struct{})
			go func() { done.Wait(); close(finished) }()
			select {
			case <-finished:
				return nil
			case <-stop.Done():
				return fmt.Errorf("stop loop %s: %w", name, stop.Err())
			}
		},
	})
}

func (l *Loops) ended(name string, err error) {
	if e := l.shutdown.Shutdown(fx.ExitCode(ExitCode(err))); e != nil {
		l.log.Error("shutdown after loop", "loop", name, "error", e)
	}
}
