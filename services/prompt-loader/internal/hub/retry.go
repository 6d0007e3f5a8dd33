package hub

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

const (
	// maxAttempts in a row without getting anywhere are given up.
	maxAttempts = 5
	firstDelay  = 500 * time.Millisecond
	lastDelay   = 8 * time.Second
	// maxWait is the longest that a hub may ask to wait: its rate limits are
	// counted in windows of five minutes, but a run should rather fail and say so.
	maxWait = time.Minute
)

// transient is a failure that may pass. After is how long the hub asks to wait;
// 0 when it does not say.
type transient struct {
	error
	after time.Duration
}

func (t *transient) Unwrap() error { return t.error }

// retry calls try until it succeeds, fails for good, or has failed maxAttempts
// times in a row without progress.
func (c Client) retry(ctx context.Context, try func() (progress bool, err error)) error {
	delay := firstDelay
	for failed := 1; ; failed++ {
		progress, err := try()
		var passing *transient
		if err == nil || !errors.As(err, &passing) {
			return err
		}
		if progress {
			failed, delay = 0, firstDelay
		}
		if failed >= maxAttempts || passing.after > maxWait {
			return err
		}
		wait := passing.after
		if wait == 0 {
			// Half of it by chance, so that replicas do not come back together.
			wait = delay/2 + rand.N(delay/2)
			delay = min(2*delay, lastDelay)
		}
		if err := c.pause(ctx, wait); err != nil {
			return err
		}
	}
}

func (c Client) pause(ctx context.Context, d time.Duration) error {
	if c.Pause != nil {
		return c.Pause(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
