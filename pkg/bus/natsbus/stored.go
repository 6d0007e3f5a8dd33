package natsbus

import (
	"context"
	"errors"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/driver"
)

// Last implements driver.Conn.
func (c *conn) Last(ctx context.Context, stream string) (uint64, error) {
	s, err := c.js.Stream(ctx, stream)
	if err != nil {
		return 0, classify(err)
	}
	state := s.CachedInfo().State
	if state.Msgs == 0 {
		return 0, nil
	}
	return state.LastSeq, nil
}

// Message implements driver.Conn.
func (c *conn) Message(ctx context.Context, stream string, seq uint64) (driver.Message, error) {
	s, err := c.js.Stream(ctx, stream)
	if err != nil {
		return driver.Message{}, classify(err)
	}
	m, err := s.GetMsg(ctx, seq)
	if err != nil {
		return driver.Message{}, classify(err)
	}
	return driver.Message{
		Msg:    &nats.Msg{Subject: m.Subject, Header: m.Header, Data: m.Data},
		Stream: stream, Seq: m.Sequence, StoredAt: m.Time.UTC(),
	}, nil
}

// Delete implements driver.Conn.
func (c *conn) Delete(ctx context.Context, stream string, seq uint64) error {
	s, err := c.js.Stream(ctx, stream)
	if err != nil {
		return classify(err)
	}
	if err := s.DeleteMsg(ctx, seq); err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
		return classify(err)
	}
	return nil
}

// Purge implements driver.Conn.
func (c *conn) Purge(ctx context.Context, stream, filter string) error {
	s, err := c.js.Stream(ctx, stream)
	if err != nil {
		return classify(err)
	}
	return classify(s.Purge(ctx, jetstream.WithPurgeSubject(filter)))
}

// stored is the driver's form of a delivered message.
func stored(m jetstream.Msg, meta *jetstream.MsgMetadata) driver.Message {
	return driver.Message{
		Msg:    &nats.Msg{Subject: m.Subject(), Header: m.Headers(), Data: m.Data()},
		Stream: meta.Stream, Seq: meta.Sequence.Stream, StoredAt: meta.Timestamp.UTC(),
	}
}
