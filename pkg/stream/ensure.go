package stream

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// Ensure makes the broker hold the declaration: it creates and updates, and never
// deletes. It can be repeated and run by several at once.
func Ensure(ctx context.Context, js jetstream.JetStream, o Options) error {
	d := Declare(o)
	var problems []error
	for _, config := range d.Streams {
		if _, err := js.CreateOrUpdateStream(ctx, config); err != nil {
			problems = append(problems, fmt.Errorf("stream %s: %w", config.Name, err))
		}
	}
	for _, config := range d.Buckets {
		if _, err := js.CreateOrUpdateKeyValue(ctx, config); err != nil {
			problems = append(problems, fmt.Errorf("bucket %s: %w", config.Bucket, err))
		}
	}
	return errors.Join(problems...)
}
