package run

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
)

// brokenKV yields one script of entries a watch and then breaks off.
type brokenKV struct {
	bus.KV
	watches [][]bus.Entry
	seen    int
}

func (k *brokenKV) Watch(ctx context.Context, _ ...string) iter.Seq2[bus.Entry, error] {
	return func(yield func(bus.Entry, error) bool) {
		k.seen++
		if k.seen > len(k.watches) {
			<-ctx.Done()
			return
		}
		for _, entry := range k.watches[k.seen-1] {
			if !yield(entry, nil) {
				return
			}
		}
		yield(bus.Entry{}, errors.New("connection lost"))
	}
}

// TestEachBeginsAgain: a broker that goes away, a state that is no state, a deleted
// run, and the mark between present and future do not end a service.
func TestEachBeginsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kv := &brokenKV{watches: [][]bus.Entry{
			{{Key: "a", Value: []byte(`{"run":"a"}`)}, {}, {Key: "b", Value: []byte(`garbage`)}},
			nil,
			{{Key: "a", Value: []byte(`{"run":"a","phase":"running"}`)}, {Key: "c", Deleted: true}},
		}}
		ctx, cancel := context.WithCancel(t.Context())
		var got []Phase
		done := make(chan struct{})
		go func() {
			defer close(done)
			(&Store{kv: kv}).Each(ctx, slog.New(slog.DiscardHandler), func(s State) { got = append(got, s.Phase) })
		}()
		for range len(kv.watches) {
			clock.Wait(t.Context(), watchAgain)
			synctest.Wait()
		}
		cancel()
		<-done
		require.Equal(t, []Phase{"", Running}, got)
		require.Equal(t, 4, kv.seen)
	})
}
