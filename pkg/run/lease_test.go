package run_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
)

func newLeases(t *testing.T) *run.Leases {
	t.Helper()
	l, err := run.NewLeases(t.Context(), broker(t))
	require.NoError(t, err)
	return l
}

func TestLeaseIsExclusiveUntilReleased(t *testing.T) {
	l := newLeases(t)
	lease, err := l.Acquire(t.Context(), "gpu-a", "one", time.Minute)
	require.NoError(t, err)

	_, err = l.Acquire(t.Context(), "gpu-a", "two", time.Minute)
	require.ErrorIs(t, err, run.ErrHeld)
	var held *run.HeldError
	require.ErrorAs(t, err, &held)
	require.Equal(t, "one", held.Holder)

	require.NoError(t, lease.Release(t.Context()))
	require.NoError(t, lease.Release(t.Context()))
	holder, err := l.Holder(t.Context(), "gpu-a")
	require.NoError(t, err)
	require.Empty(t, holder)

	other, err := l.Acquire(t.Context(), "gpu-a", "two", time.Minute)
	require.NoError(t, err)
	// An old lease must not give away the new holder's.
	require.NoError(t, lease.Release(t.Context()))
	holder, err = l.Holder(t.Context(), "gpu-a")
	require.NoError(t, err)
	require.Equal(t, "two", holder)
	require.NoError(t, other.Release(t.Context()))
}

func TestLeaseReturnsToItsHolderAfterARestart(t *testing.T) {
	l := newLeases(t)
	before, err := l.Acquire(t.Context(), "gpu-a", "one", time.Minute)
	require.NoError(t, err)
	after, err := l.Acquire(t.Context(), "gpu-a", "one", time.Minute)
	require.NoError(t, err)
	require.NoError(t, before.Release(t.Context()))
	holder, err := l.Holder(t.Context(), "gpu-a")
	require.NoError(t, err)
	require.Equal(t, "one", holder)
	require.NoError(t, after.Release(t.Context()))
}

// A lease outlives its ttl while its holder lives, and not for long after.
func TestLeaseIsRenewedAndExpires(t *testing.T) {
	b := broker(t)
	l, err := run.NewLeases(t.Context(), b)
	require.NoError(t, err)
	lease, err := l.Acquire(t.Context(), "gpu-a", "one", time.Second)
	require.NoError(t, err)
	past := time.NewTimer(2500 * time.Millisecond)
	select {
	case <-lease.Lost():
		t.Fatal("lost although it is renewed")
	case <-past.C:
	}
	holder, err := l.Holder(t.Context(), "gpu-a")
	require.NoError(t, err)
	require.Equal(t, "one", holder)
	lease.Abandon()

	require.Eventually(t, func() bool {
		next, err := l.Acquire(t.Context(), "gpu-a", "two", time.Second)
		if err != nil {
			require.ErrorIs(t, err, run.ErrHeld)
			return false
		}
		return next.Release(t.Context()) == nil
	}, 10*time.Second, 50*time.Millisecond)
}

// Whoever loses the key learns of it.
func TestLeaseSaysWhenItIsLost(t *testing.T) {
	b := broker(t)
	l, err := run.NewLeases(t.Context(), b)
	require.NoError(t, err)
	lease, err := l.Acquire(t.Context(), "gpu-a", "one", time.Second)
	require.NoError(t, err)
	under, end := lease.Under(t.Context())
	defer end()
	require.NoError(t, under.Err())
	kv, err := b.KV(t.Context(), "AEB_LEASES")
	require.NoError(t, err)
	require.NoError(t, kv.Delete(t.Context(), "gpu-a", 0))
	_, err = kv.Create(t.Context(), "gpu-a", []byte("two"), 0)
	require.NoError(t, err)
	<-lease.Lost()
	<-under.Done()
	require.NoError(t, lease.Release(t.Context()))
	holder, err := l.Holder(t.Context(), "gpu-a")
	require.NoError(t, err)
	require.Equal(t, "two", holder)
}
