package membus

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/driver"
)

// bucket keeps the newest value of each key; a deleted key stays as a mark.
type bucket struct {
	keys     map[string]*value
	revision uint64
}

type value struct {
	entry driver.Entry
	// ends is when the key expires; zero is never.
	ends time.Time
}

// KV implements driver.Conn.
func (c *conn) KV(_ context.Context, name string) (driver.KV, error) {
	c.broker.mu.Lock()
	defer c.broker.mu.Unlock()
	b, ok := c.broker.buckets[name]
	if !ok {
		return nil, fmt.Errorf("%w: bucket %s", driver.ErrNotFound, name)
	}
	return &keyValue{conn: c, bucket: b}, nil
}

type keyValue struct {
	conn   *conn
	bucket *bucket
}

// locked runs fn with expired keys out of the way.
func (k *keyValue) locked(ctx context.Context, fn func(b *bucket) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	k.conn.broker.mu.Lock()
	defer k.conn.broker.mu.Unlock()
	if !k.conn.Connected() {
		return driver.ErrClosed
	}
	k.bucket.expire(time.Now())
	return fn(k.bucket)
}

func (b *bucket) expire(now time.Time) {
	for key, v := range b.keys {
		if !v.entry.Deleted && !v.ends.IsZero() && !v.ends.After(now) {
			b.set(key, nil, 0, true)
		}
	}
}

func (b *bucket) set(key string, data []byte, ttl time.Duration, deleted bool) uint64 {
	b.revision++
	v := &value{entry: driver.Entry{Key: key, Value: bytes.Clone(data), Revision: b.revision, Deleted: deleted}}
	if ttl > 0 {
		v.ends = time.Now().Add(ttl)
	}
	b.keys[key] = v
	return b.revision
}

func (b *bucket) present(key string) (driver.Entry, bool) {
	v, ok := b.keys[key]
	if !ok || v.entry.Deleted {
		return driver.Entry{}, false
	}
	return v.entry, true
}

// Get implements driver.KV.
func (k *keyValue) Get(ctx context.Context, key string) (out driver.Entry, err error) {
	err = k.locked(ctx, func(b *bucket) error {
		e, ok := b.present(key)
		if !ok {
			return fmt.Errorf("%w: key %s", driver.ErrNotFound, key)
		}
		out = e
		return nil
	})
	return out, err
}

// Create implements driver.KV.
func (k *keyValue) Create(ctx context.Context, key string, data []byte, ttl time.Duration) (revision uint64, err error) {
	err = k.locked(ctx, func(b *bucket) error {
		if _, ok := b.present(key); ok {
			return fmt.Errorf("%w: key %s is there", driver.ErrConflict, key)
		}
		revision = b.set(key, data, ttl, false)
		k.conn.broker.wake()
		return nil
	})
	return revision, err
}

// Update implements driver.KV.
func (k *keyValue) Update(ctx context.Context, key string, data []byte, was uint64, ttl time.Duration) (revision uint64, err error) {
	err = k.locked(ctx, func(b *bucket) error {
		if v, ok := b.keys[key]; !ok || v.entry.Revision != was {
			return fmt.Errorf("%w: key %s", driver.ErrConflict, key)
		}
		revision = b.set(key, data, ttl, false)
		k.conn.broker.wake()
		return nil
	})
	return revision, err
}

// Delete implements driver.KV.
func (k *keyValue) Delete(ctx context.Context, key string, was uint64) error {
	return k.locked(ctx, func(b *bucket) error {
		if v, ok := b.keys[key]; was > 0 && (!ok || v.entry.Revision != was) {
			return fmt.Errorf("%w: key %s", driver.ErrConflict, key)
		}
		if _, ok := b.present(key); ok {
			b.set(key, nil, 0, true)
			k.conn.broker.wake()
		}
		return nil
	})
}

// Watch implements driver.KV.
func (k *keyValue) Watch(ctx context.Context, keys ...string) iter.Seq2[driver.Entry, error] {
	return func(yield func(driver.Entry, error) bool) {
		var seen uint64
		marked := false
		for ctx.Err() == nil {
			var news []driver.Entry
			var ends time.Time
			var changed chan struct{}
			err := k.locked(ctx, func(b *bucket) error {
				news, ends = b.since(seen, keys)
				seen, changed = b.revision, k.conn.broker.changed
				return nil
			})
			if err != nil {
				if ctx.Err() == nil {
					yield(driver.Entry{}, err)
				}
				return
			}
			for _, e := range news {
				if (marked || !e.Deleted) && !yield(e, nil) {
					return
				}
			}
			if !marked && !yield(driver.Entry{}, nil) {
				return
			}
			marked = true
			k.sleep(ctx, changed, ends)
		}
	}
}

// sleep waits for a change, or for the next key to expire.
func (k *keyValue) sleep(ctx context.Context, changed <-chan struct{}, ends time.Time) {
	var expiry <-chan time.Time
	if !ends.IsZero() {
		timer := time.NewTimer(time.Until(ends))
		defer timer.Stop()
		expiry = timer.C
	}
	select {
	case <-changed:
	case <-expiry:
	case <-k.conn.done:
	case <-ctx.Done():
	}
}

// since lists the entries of the keys after a revision, oldest first, and when the
// next of them expires.
func (b *bucket) since(revision uint64, keys []string) (out []driver.Entry, ends time.Time) {
	for key, v := range b.keys {
		if len(keys) > 0 && !slices.Contains(keys, key) {
			continue
		}
		if v.entry.Revision > revision {
			out = append(out, v.entry)
		}
		if !v.entry.Deleted && !v.ends.IsZero() && (ends.IsZero() || v.ends.Before(ends)) {
			ends = v.ends
		}
	}
	slices.SortFunc(out, func(a, b driver.Entry) int { return cmp.Compare(a.Revision, b.Revision) })
	return out, ends
}
