package stream

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/nats-io/nats.go/jetstream"
)

// Difference is one way in which a broker is not as declared.
type Difference struct {
	// Name is the stream's or the bucket's; Field is "" when it is missing altogether.
	Name, Field string
	Have, Want  string
}

// Missing is whether there is no such stream or bucket.
func (d Difference) Missing() bool { return d.Field == "" }

// String says it in words.
func (d Difference) String() string {
	if d.Missing() {
		return d.Name + " is missing"
	}
	return fmt.Sprintf("%s: %s is %s, want %s", d.Name, d.Field, d.Have, d.Want)
}

// Diff lists what Ensure would change; empty means that the broker is as declared.
func Diff(ctx context.Context, js jetstream.JetStream, o Options) ([]Difference, error) {
	d := Declare(o)
	var out []Difference
	for _, want := range d.Streams {
		have, err := js.Stream(ctx, want.Name)
		switch {
		case errors.Is(err, jetstream.ErrStreamNotFound):
			out = append(out, Difference{Name: want.Name})
			continue
		case err != nil:
			return nil, fmt.Errorf("stream %s: %w", want.Name, err)
		}
		out = append(out, compareStream(have.CachedInfo().Config, want)...)
	}
	for _, want := range d.Buckets {
		have, err := js.KeyValue(ctx, want.Bucket)
		if errors.Is(err, jetstream.ErrBucketNotFound) {
			out = append(out, Difference{Name: want.Bucket})
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("bucket %s: %w", want.Bucket, err)
		}
		status, err := have.Status(ctx)
		if err != nil {
			return nil, fmt.Errorf("bucket %s: %w", want.Bucket, err)
		}
		out = append(out, compareBucket(status.Config(), want)...)
	}
	return out, nil
}

type comparison struct {
	name string
	out  []Difference
}

func (c *comparison) field(name string, have, want any) {
	if h, w := fmt.Sprint(have), fmt.Sprint(want); h != w {
		c.out = append(c.out, Difference{Name: c.name, Field: name, Have: h, Want: w})
	}
}

func compareStream(have, want jetstream.StreamConfig) []Difference {
	c := comparison{name: want.Name}
	c.field("subjects", slices.Sorted(slices.Values(have.Subjects)), slices.Sorted(slices.Values(want.Subjects)))
	c.field("retention", have.Retention, want.Retention)
	c.field("storage", have.Storage, want.Storage)
	c.field("compression", have.Compression, want.Compression)
	c.field("discard", have.Discard, want.Discard)
	c.field("max_age", have.MaxAge, want.MaxAge)
	c.field("max_bytes", have.MaxBytes, want.MaxBytes)
	c.field("duplicate_window", have.Duplicates, want.Duplicates)
	c.field("num_replicas", have.Replicas, want.Replicas)
	c.field("deny_delete", have.DenyDelete, want.DenyDelete)
	return c.out
}

func compareBucket(have, want jetstream.KeyValueConfig) []Difference {
	c := comparison{name: want.Bucket}
	c.field("history", have.History, want.History)
	c.field("storage", have.Storage, want.Storage)
	c.field("max_bytes", have.MaxBytes, want.MaxBytes)
	c.field("replicas", have.Replicas, want.Replicas)
	c.field("limit_marker_ttl", have.LimitMarkerTTL, want.LimitMarkerTTL)
	return c.out
}
