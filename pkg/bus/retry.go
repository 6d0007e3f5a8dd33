package bus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/envelope"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/stream"
)

// ErrNoMessage is for a dead letter whose message has aged out of its stream.
var ErrNoMessage = errors.New("dead letter has no message any more")

// Retry stores a dead letter's message on its subject again, for whoever reads
// there, and drops the letter. A message that cannot be handled comes back.
func (b *Bus) Retry(ctx context.Context, l DeadLetter) error {
	if l.Subject == "" || l.Data == nil {
		return fmt.Errorf("retry dead letter %d: %w", l.Position, ErrNoMessage)
	}
	header := nats.Header{}
	for key, values := range l.Header {
		// The broker would take the message for the one that it has.
		if !strings.HasPrefix(strings.ToLower(key), "nats-") {
			header[key] = slices.Clone(values)
		}
	}
	header.Set(envelope.HeaderMsgID, "dlq-retry/"+strconv.FormatUint(l.Position, 10))
	future, err := b.conn.Publish(&nats.Msg{Subject: l.Subject, Header: header, Data: l.Data})
	if err == nil {
		err = future.Wait(ctx)
	}
	if err != nil {
		return fmt.Errorf("retry dead letter %d: %w", l.Position, err)
	}
	return b.Drop(ctx, l)
}

// Drop removes dead letters, and what else the broker noted of their messages. One
// that is not there is no error.
func (b *Bus) Drop(ctx context.Context, letters ...DeadLetter) error {
	of := map[origin]bool{}
	for _, l := range letters {
		of[l.origin()] = true
	}
	var gone []uint64
	for l, err := range b.letters(ctx) {
		if err != nil {
			return fmt.Errorf("drop dead letters: %w", err)
		}
		if of[l.origin()] {
			gone = append(gone, l.Position)
		}
	}
	for _, position := range gone {
		if err := b.conn.Delete(ctx, stream.DLQ, position); err != nil {
			return fmt.Errorf("drop dead letter %d: %w", position, err)
		}
	}
	return nil
}
