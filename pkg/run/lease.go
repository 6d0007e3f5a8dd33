package run

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/stream"
)

// Leases are exclusive claims that end by themselves (bucket AEB_LEASES).
type Leases struct{ kv bus.KV }

// NewLeases opens the bucket; bus.ErrNotFound when the broker does not have it.
func NewLeases(ctx context.Context, b *bus.Bus) (*Leases, error) {
	kv, err := b.KV(ctx, stream.Leases)
	if err != nil {
		return nil, fmt.Errorf("leases: %w", err)
	}
	return &Leases{kv: kv}, nil
}

// minTTL is the broker's: keys expire in whole seconds.
const minTTL = time.Second

// Acquire claims name for holder, or returns a *HeldError (ErrHeld) with the
// present holder. The lease is renewed by itself at a third of ttl (at least a
// second) until Release; when renewal is lost, Lost is closed. A holder that already has the lease,
// say from before a restart, gets it again.
func (l *Leases) Acquire(ctx context.Context, name, holder string, ttl time.Duration) (*Lease, error) {
	ttl = max(ttl, minTTL)
	asked := time.Now()
	revision, err := l.claim(ctx, name, holder, ttl)
	if err != nil {
		return nil, fmt.Errorf("acquire lease %s: %w", name, err)
	}
	// The renewal outlives the call that acquires; Release ends it.
	renewing, stop := context.WithCancel(context.WithoutCancel(ctx))
	lease := &Lease{
		kv: l.kv, name: name, holder: holder, ttl: ttl,
		revision: revision, until: asked.Add(ttl),
		lost: make(chan struct{}), stop: stop,
	}
	lease.renewal.Go(func() { lease.renew(renewing) })
	return lease, nil
}

// claim takes the key when it is free or already the holder's.
func (l *Leases) claim(ctx context.Context, name, holder string, ttl time.Duration) (uint64, error) {
	for {
		revision, err := l.kv.Create(ctx, name, []byte(holder), ttl)
		if !errors.Is(err, bus.ErrConflict) {
			return revision, err
		}
		present, err := l.kv.Get(ctx, name)
		if errors.Is(err, bus.ErrNotFound) {
			continue // it has just ended
		}
		if err != nil {
			return 0, err
		}
		if string(present.Value) != holder {
			return 0, &HeldError{Name: name, Holder: string(present.Value)}
		}
		revision, err = l.kv.Update(ctx, name, []byte(holder), present.Revision, ttl)
		if !errors.Is(err, bus.ErrConflict) {
			return revision, err
		}
	}
}

// Holder is who has the lease now, "" when it is free.
func (l *Leases) Holder(ctx context.Context, name string) (string, error) {
	entry, err := l.kv.Get(ctx, name)
	if errors.Is(err, bus.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("holder of lease %s: %w", name, err)
	}
	return string(entry.Value), nil
}

// Lease is a held claim.
type Lease struct {
	kv           bus.KV
	name, holder string
	ttl          time.Duration

	// revision and until belong to the renewal until it has ended.
	revision uint64
	until    time.Time

	lost    chan struct{}
	stop    context.CancelFunc
	renewal sync.WaitGroup
}

// Lost is closed when the lease can no longer be relied on: someone else has it,
// or it could not be renewed in time.
func (l *Lease) Lost() <-chan struct{} { return l.lost }

// Under is ctx until the lease is lost. Call end when the work under it is over.
func (l *Lease) Under(ctx context.Context) (under context.Context, end context.CancelFunc) {
	under, cancel := context.WithCancel(ctx)
	var watch sync.WaitGroup
	watch.Go(func() {
		select {
		case <-l.lost:
			cancel()
		case <-under.Done():
		}
	})
	return under, func() { cancel(); watch.Wait() }
}

// Release stops the renewal and gives the claim back, unless it is lost already.
// Releasing twice does nothing.
func (l *Lease) Release(ctx context.Context) error {
	l.stop()
	l.renewal.Wait()
	err := l.kv.Delete(ctx, l.name, l.revision)
	if err != nil && !errors.Is(err, bus.ErrConflict) && !errors.Is(err, bus.ErrNotFound) {
		return fmt.Errorf("release lease %s: %w", l.name, err)
	}
	return nil
}

// renew keeps the lease until ctx ends or the lease is lost. The time is counted
// from before each request, so that this side gives up before the broker does.
func (l *Lease) renew(ctx context.Context) {
	ticker := time.NewTicker(l.ttl / 3)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if !l.renewOnce(ctx) {
			close(l.lost)
			return
		}
	}
}

// renewOnce reports whether the lease still holds. A broker that does not answer
// is asked again at the next tick while there is time.
func (l *Lease) renewOnce(ctx context.Context) bool {
	asked := time.Now()
	if !asked.Before(l.until) {
		return false
	}
	attempt, cancel := context.WithDeadline(ctx, l.until)
	defer cancel()
	revision, err := l.kv.Update(attempt, l.name, []byte(l.holder), l.revision, l.ttl)
	switch {
	case err == nil:
		l.revision, l.until = revision, asked.Add(l.ttl)
		return true
	case ctx.Err() != nil:
		return true // released, not lost
	case errors.Is(err, bus.ErrConflict):
		return l.mine(attempt, asked)
	}
	return time.Now().Before(l.until)
}

// mine tells a renewal whose answer was lost from a lease that someone else took.
func (l *Lease) mine(ctx context.Context, asked time.Time) bool {
	present, err := l.kv.Get(ctx, l.name)
	if err != nil || string(present.Value) != l.holder {
		return false
	}
	l.revision, l.until = present.Revision, asked.Add(l.ttl)
	return true
}
