package sampling

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

const (
	leaseTTL = 15 * time.Second
	// claimPoll is how often a busy host is asked for again.
	claimPoll = 500 * time.Millisecond
)

// claim is the host's lease for the time of a session. When the broker is away
// for longer than the lease lives it is taken again as soon as possible, and the
// seconds in between are marked: another run may have begun.
type claim struct {
	session *session
	name    string
	onLost  func(device.Flags)

	lease  *run.Lease
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// claim waits for the host, or returns errBusy when the run would not wait. It
// returns nil without error when the run ended first.
func (s *session) claim(ctx context.Context) (*claim, error) {
	c := &claim{session: s, name: "gpu-" + s.host.Host, onLost: func(device.Flags) {}}
	for {
		err := c.acquire(ctx)
		if err == nil {
			break
		}
		if !errors.Is(err, run.ErrHeld) {
			return nil, fmt.Errorf("claim %s: %w", c.name, err)
		}
		if s.config.Metrics.OnBusyGPU == "refuse" {
			return nil, fmt.Errorf("%w: %w", errBusy, err)
		}
		state, err := s.Store.Get(ctx, s.run)
		if err != nil || state.Phase != run.Baseline && state.Phase != run.Running {
			return nil, err
		}
		if !clock.Wait(ctx, claimPoll) {
			return nil, ctx.Err()
		}
	}
	ctx, c.cancel = context.WithCancel(ctx)
	c.done.Go(func() { c.keep(ctx) })
	return c, nil
}

// acquire names run and instance as the holder: the same sampler measures one
// run at a time too.
func (c *claim) acquire(ctx context.Context) error {
	lease, err := c.session.Leases.Acquire(ctx, c.name, string(c.session.run)+"/"+c.session.producer.Instance, leaseTTL)
	if err == nil {
		c.lease = lease
	}
	return err
}

func (c *claim) keep(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.lease.Lost():
		}
		c.session.log.Warn("the claim on this host was lost", "lease", c.name)
		for {
			c.onLost(device.LeaseLost)
			if c.acquire(ctx) == nil {
				break
			}
			if !clock.Wait(ctx, claimPoll) {
				return
			}
		}
	}
}

func (c *claim) release(ctx context.Context) {
	c.cancel()
	c.done.Wait()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeBudget)
	defer cancel()
	if err := c.lease.Release(ctx); err != nil {
		c.session.log.Warn("release the host", "lease", c.name, "error", err)
	}
}
