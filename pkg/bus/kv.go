package bus

import (
	"context"
	"fmt"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/driver"
)

// KV is a bucket of small values with revisions.
type KV = driver.KV

// Entry is a key's value at a revision.
type Entry = driver.Entry

// KV opens a bucket declared in pkg/stream; ErrNotFound when the broker does not
// have it.
func (b *Bus) KV(ctx context.Context, bucket string) (KV, error) {
	kv, err := b.conn.KV(ctx, bucket)
	if err != nil {
		return nil, fmt.Errorf("open bucket %s: %w", bucket, err)
	}
	return kv, nil
}
