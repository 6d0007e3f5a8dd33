package bustest

import (
	"context"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/stream"
)

func (s *suite) kv(bucket string) bus.KV {
	s.Helper()
	kv, err := s.connect().KV(s.Context(), bucket)
	require.NoError(s, err)
	return kv
}

// Small values change by compare-and-swap, expire, and can be watched.
var keyValues = map[string]func(*suite){
	"CompareAndSwap": func(s *suite) {
		kv := s.kv(stream.Runs)
		ctx := s.Context()
		_, err := kv.Get(ctx, "k")
		require.ErrorIs(s, err, bus.ErrNotFound)
		first, err := kv.Create(ctx, "k", []byte("1"), 0)
		require.NoError(s, err)
		_, err = kv.Create(ctx, "k", []byte("x"), 0)
		require.ErrorIs(s, err, bus.ErrConflict)
		second, err := kv.Update(ctx, "k", []byte("2"), first, 0)
		require.NoError(s, err)
		require.Greater(s, second, first)
		_, err = kv.Update(ctx, "k", []byte("x"), first, 0)
		require.ErrorIs(s, err, bus.ErrConflict)
		got, err := kv.Get(ctx, "k")
		require.NoError(s, err)
		require.Equal(s, bus.Entry{Key: "k", Value: []byte("2"), Revision: second}, got)

		require.ErrorIs(s, kv.Delete(ctx, "k", first), bus.ErrConflict)
		require.NoError(s, kv.Delete(ctx, "k", second))
		require.NoError(s, kv.Delete(ctx, "k", 0))
		require.NoError(s, kv.Delete(ctx, "never", 0))
		_, err = kv.Get(ctx, "k")
		require.ErrorIs(s, err, bus.ErrNotFound)
		_, err = kv.Update(ctx, "k", []byte("x"), second, 0)
		require.ErrorIs(s, err, bus.ErrConflict)
		_, err = kv.Create(ctx, "k", []byte("3"), 0)
		require.NoError(s, err)
	},
	"OneOfManyCreates": func(s *suite) {
		kv := s.kv(stream.Leases)
		var mu sync.Mutex
		won := 0
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				_, err := kv.Create(s.Context(), "k", []byte("x"), time.Minute)
				if err != nil {
					require.ErrorIs(s, err, bus.ErrConflict)
					return
				}
				mu.Lock()
				won++
				mu.Unlock()
			})
		}
		all.Wait()
		require.Equal(s, 1, won)
	},
	"ExpiresAndIsFreeAgain": func(s *suite) {
		kv := s.kv(stream.Leases)
		ctx := s.within(patience)
		began := time.Now()
		revision, err := kv.Create(ctx, "k", []byte("1"), s.features.TTLStep)
		require.NoError(s, err)
		// An update counts the time anew.
		_, err = kv.Update(ctx, "k", []byte("2"), revision, 2*s.features.TTLStep)
		require.NoError(s, err)
		for e, err := range kv.Watch(ctx, "k") {
			require.NoError(s, err)
			if e.Deleted {
				break
			}
		}
		require.GreaterOrEqual(s, time.Since(began), 2*s.features.TTLStep-10*time.Millisecond)
		_, err = kv.Get(ctx, "k")
		require.ErrorIs(s, err, bus.ErrNotFound)
		_, err = kv.Create(ctx, "k", []byte("3"), time.Minute)
		require.NoError(s, err)
	},
	"Watch": func(s *suite) {
		kv := s.kv(stream.Runs)
		ctx, cancel := context.WithCancel(s.within(patience))
		defer cancel()
		put := func(key, value string) uint64 {
			revision, err := kv.Create(ctx, key, []byte(value), 0)
			require.NoError(s, err)
			return revision
		}
		put("a", "1")
		put("gone", "1")
		b := put("b", "1")
		require.NoError(s, kv.Delete(ctx, "gone", 0))
		var got []string
		for e, err := range kv.Watch(ctx) {
			require.NoError(s, err)
			got = append(got, e.Key+"="+string(e.Value))
			switch {
			case e.Key == "":
				_, err := kv.Update(ctx, "b", []byte("2"), b, 0)
				require.NoError(s, err)
			case string(e.Value) == "2":
				require.NoError(s, kv.Delete(ctx, "b", 0))
			case e.Deleted:
				require.Equal(s, "b", e.Key)
				cancel()
			}
		}
		require.Equal(s, []string{"a=1", "b=1", "=", "b=2", "b="}, got)
	},
	"WatchOneKeyOfNone": func(s *suite) {
		kv := s.kv(stream.Runs)
		ctx := s.within(patience)
		var got []string
		for e, err := range kv.Watch(ctx, "k") {
			require.NoError(s, err)
			got = append(got, e.Key)
			if e.Key == "k" {
				break
			}
			for _, key := range []string{"other", "k"} {
				_, err := kv.Create(ctx, key, []byte("1"), 0)
				require.NoError(s, err)
			}
		}
		require.Equal(s, []string{"", "k"}, got)
	},
	// However often the keys change or go away meanwhile, a watch finds the present.
	"MarkComesAmongChanges": func(s *suite) {
		kv := s.kv(stream.Runs)
		ctx, cancel := context.WithCancel(s.within(2 * patience))
		defer cancel()
		var writers sync.WaitGroup
		for _, key := range []string{"a", "b", "c"} {
			writers.Go(func() {
				for i := 0; ctx.Err() == nil; i++ {
					if revision, err := kv.Create(ctx, key, []byte("1"), 0); err == nil && i%2 == 0 {
						_, _ = kv.Update(ctx, key, []byte("2"), revision, 0)
					}
					_ = kv.Delete(ctx, key, 0)
				}
			})
		}
		for range 200 {
			marked := false
			for e, err := range kv.Watch(ctx) {
				require.NoError(s, err)
				if marked = e.Key == ""; marked {
					break
				}
			}
			require.True(s, marked)
		}
		cancel()
		writers.Wait()
	},
	"UnknownBucket": func(s *suite) {
		_, err := s.connect().KV(s.Context(), "AEB_NOTHING")
		require.ErrorIs(s, err, bus.ErrNotFound)
	},
}
