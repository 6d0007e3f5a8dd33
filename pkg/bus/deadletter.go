package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/driver"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/envelope"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/stream"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

// Headers that say where a dead letter comes from; the message's own are kept.
const (
	headerReason  = "Aeb-Dead-Reason"
	headerStream  = "Aeb-Dead-Stream"
	headerSeq     = "Aeb-Dead-Seq"
	headerSubject = "Aeb-Dead-Subject"
	headerAttempt = "Aeb-Dead-Attempt"
)

// DeadLetter is a message that could not be handled.
type DeadLetter struct {
	// Position is its sequence in the dead-letter stream.
	Position uint64
	// Run is taken from the subject, "" when that names none.
	Run event.RunID
	// Stream, Seq and Subject are where the message was.
	Stream  string
	Seq     uint64
	Subject string
	Reason  string
	// Attempts is how often it was delivered; 0 when it was found by a replay.
	Attempts int
	// Header and Data are the message's own; nil when the broker gave it up and it
	// has aged out of its stream since.
	Header map[string][]string
	Data   []byte
	At     time.Time
}

// Bury puts a message that a replay could not decode into the dead letters, once.
func (b *Bus) Bury(ctx context.Context, e *DecodeError) error {
	return b.bury(ctx, e.message, 0, e.Err.Error())
}

// bury stores a message with the reason. Its id makes a repetition harmless.
func (b *Bus) bury(ctx context.Context, m driver.Message, attempt int, reason string) error {
	header := nats.Header{}
	for key, values := range m.Header {
		// The broker's own headers would be obeyed a second time.
		if !strings.HasPrefix(strings.ToLower(key), "nats-") {
			header[key] = values
		}
	}
	header.Set(envelope.HeaderMsgID, "dlq/"+m.Stream+"/"+strconv.FormatUint(m.Seq, 10))
	header.Set(headerReason, oneLine(reason))
	header.Set(headerStream, m.Stream)
	header.Set(headerSeq, strconv.FormatUint(m.Seq, 10))
	header.Set(headerSubject, m.Subject)
	header.Set(headerAttempt, strconv.Itoa(attempt))
	future, err := b.conn.Publish(&nats.Msg{Subject: subject.DeadLetter(m.Stream), Header: header, Data: m.Data})
	if err == nil {
		err = future.Wait(ctx)
	}
	if err != nil {
		return fmt.Errorf("dead letter of message %d of %s: %w", m.Seq, m.Stream, err)
	}
	return nil
}

// oneLine makes any text a header value.
func oneLine(text string) string {
	const limit = 1000
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
	if len(text) > limit {
		text = strings.ToValidUTF8(text[:limit], "") + "…"
	}
	return strings.TrimSpace(text)
}

// DeadLetters yields every message that could not be handled, oldest first, each
// once: undecodable ones, those that a service declared dead, and those that the
// broker gave up after their last delivery.
func (b *Bus) DeadLetters(ctx context.Context) iter.Seq2[DeadLetter, error] {
	return func(yield func(DeadLetter, error) bool) {
		seen := map[origin]bool{}
		for letter, err := range b.letters(ctx) {
			// A burial comes with the broker's own notice of the termination.
			from := letter.origin()
			if err == nil && seen[from] {
				continue
			}
			seen[from] = true
			if !yield(letter, err) {
				return
			}
		}
	}
}

// origin is where a letter's message was.
type origin struct {
	stream string
	seq    uint64
}

func (l DeadLetter) origin() origin { return origin{l.Stream, l.Seq} }

// letters yields all that the dead-letter stream holds, and ends with an error.
func (b *Bus) letters(ctx context.Context) iter.Seq2[DeadLetter, error] {
	return func(yield func(DeadLetter, error) bool) {
		last, err := b.conn.Last(ctx, stream.DLQ)
		if err != nil {
			yield(DeadLetter{}, fmt.Errorf("dead letters: %w", err))
		}
		if err != nil || last == 0 {
			return
		}
		for m, err := range b.conn.Read(ctx, driver.ReadSpec{Stream: stream.DLQ, Until: last}) {
			if err != nil {
				yield(DeadLetter{}, fmt.Errorf("dead letters: %w", err))
				return
			}
			letter, err := b.letter(ctx, m)
			if !yield(letter, err) || err != nil {
				return
			}
		}
	}
}

func (b *Bus) letter(ctx context.Context, m driver.Message) (DeadLetter, error) {
	letter := DeadLetter{Position: m.Seq, At: m.StoredAt}
	if strings.HasPrefix(m.Subject, stream.MaxDeliveries) || strings.HasPrefix(m.Subject, stream.Terminated) {
		return letter, b.fromAdvisory(ctx, m, &letter)
	}
	letter.Stream = m.Header.Get(headerStream)
	letter.Seq, _ = strconv.ParseUint(m.Header.Get(headerSeq), 10, 64)
	letter.Attempts, _ = strconv.Atoi(m.Header.Get(headerAttempt))
	letter.Reason = m.Header.Get(headerReason)
	letter.Data = m.Data
	letter.Header = map[string][]string{}
	for key, values := range m.Header {
		if !strings.HasPrefix(key, "Aeb-Dead-") && !strings.HasPrefix(key, "Nats-") {
			letter.Header[key] = values
		}
	}
	letter.address(m.Header.Get(headerSubject))
	return letter, nil
}

func (l *DeadLetter) address(text string) {
	l.Subject = text
	if s, err := subject.Parse(text); err == nil {
		l.Run = s.Run
	}
}

// advisory is what the broker says when a consumer gives a message up. It does not
// carry the message.
type advisory struct {
	Stream     string `json:"stream"`
	Consumer   string `json:"consumer"`
	StreamSeq  uint64 `json:"stream_seq"`
	Deliveries int    `json:"deliveries"`
	Reason     string `json:"reason"`
}

func (b *Bus) fromAdvisory(ctx context.Context, m driver.Message, letter *DeadLetter) error {
	var a advisory
	if err := json.Unmarshal(m.Data, &a); err != nil {
		return fmt.Errorf("dead letters: notice %d: %w", m.Seq, err)
	}
	letter.Stream, letter.Seq, letter.Attempts = a.Stream, a.StreamSeq, a.Deliveries
	letter.Reason = a.Reason
	if letter.Reason == "" {
		letter.Reason = fmt.Sprintf("given up by %s after %d deliveries", a.Consumer, a.Deliveries)
	}
	original, err := b.conn.Message(ctx, a.Stream, a.StreamSeq)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return fmt.Errorf("dead letters: message %d of %s: %w", a.StreamSeq, a.Stream, err)
	}
	letter.Header, letter.Data = original.Header, original.Data
	letter.address(original.Subject)
	return nil
}
