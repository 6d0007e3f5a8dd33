package natsbus

import (
	"context"
	"iter"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/driver"
)

// KV implements driver.Conn.
func (c *conn) KV(ctx context.Context, bucket string) (driver.KV, error) {
	kv, err := c.js.KeyValue(ctx, bucket)
	if err != nil {
		return nil, classify(err)
	}
	return &keyValue{conn: c, kv: kv, prefix: "$KV." + bucket + ".", stream: "KV_" + bucket}, nil
}

type keyValue struct {
	conn           *conn
	kv             jetstream.KeyValue
	prefix, stream string
}

// Get implements driver.KV.
func (k *keyValue) Get(ctx context.Context, key string) (driver.Entry, error) {
	e, err := k.kv.Get(ctx, key)
	if err != nil {
		return driver.Entry{}, classify(err)
	}
	return driver.Entry{Key: key, Value: e.Value(), Revision: e.Revision()}, nil
}

// Create implements driver.KV.
func (k *keyValue) Create(ctx context.Context, key string, value []byte, ttl time.Duration) (uint64, error) {
	var options []jetstream.KVCreateOpt
	if ttl > 0 {
		options = append(options, jetstream.KeyTTL(wholeSeconds(ttl)))
	}
	revision, err := k.kv.Create(ctx, key, value, options...)
	return revision, classify(err)
}

// Update implements driver.KV. The client's own Update cannot set a ttl, so this
// publishes what that publishes, and the ttl.
func (k *keyValue) Update(ctx context.Context, key string, value []byte, revision uint64, ttl time.Duration) (uint64, error) {
	options := []jetstream.PublishOpt{jetstream.WithExpectLastSequencePerSubject(revision)}
	if ttl > 0 {
		options = append(options, jetstream.WithMsgTTL(wholeSeconds(ttl)))
	}
	ack, err := k.conn.js.PublishMsg(ctx, &nats.Msg{Subject: k.prefix + key, Data: value}, options...)
	if err != nil {
		return 0, classify(err)
	}
	return ack.Sequence, nil
}

// Delete implements driver.KV.
func (k *keyValue) Delete(ctx context.Context, key string, revision uint64) error {
	var options []jetstream.KVDeleteOpt
	if revision > 0 {
		options = append(options, jetstream.LastRevision(revision))
	}
	return classify(k.kv.Delete(ctx, key, options...))
}

// wholeSeconds rounds up to what the server counts in.
func wholeSeconds(d time.Duration) time.Duration {
	return (d + time.Second - 1).Truncate(time.Second)
}

// Watch implements driver.KV.
func (k *keyValue) Watch(ctx context.Context, keys ...string) iter.Seq2[driver.Entry, error] {
	filters := []string{k.prefix + ">"}
	if len(keys) > 0 {
		filters = filters[:0]
		for _, key := range keys {
			filters = append(filters, k.prefix+key)
		}
	}
	return func(yield func(driver.Entry, error) bool) {
		r := reader{
			conn: k.conn, spec: driver.ReadSpec{Stream: k.stream, Filters: filters}, lastPerSubject: true,
		}
		wanted := true
		r.caughtUp = func() bool {
			wanted = yield(driver.Entry{}, nil)
			return wanted
		}
		r.run(ctx, func(m driver.Message) bool {
			e := entry(m, k.prefix)
			// Before the mark a deletion is history, not a change.
			if e.Deleted && !r.atPresent {
				return true
			}
			return yield(e, nil)
		}, func(err error) {
			if ctx.Err() == nil && wanted {
				yield(driver.Entry{}, err)
			}
		})
	}
}

func entry(m driver.Message, prefix string) driver.Entry {
	e := driver.Entry{Key: strings.TrimPrefix(m.Subject, prefix), Value: m.Data, Revision: m.Seq}
	if m.Header.Get("KV-Operation") != "" || m.Header.Get(jetstream.MarkerReasonHeader) != "" {
		e.Deleted, e.Value = true, nil
	}
	return e
}
