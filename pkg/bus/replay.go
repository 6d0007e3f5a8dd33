package bus

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/driver"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/envelope"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/stream"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

// Record is a stored event as a reader gets it.
type Record struct {
	Event  event.Event
	Stream string
	Seq    uint64
	// StoredAt is by the broker's clock; of a restored event, that of the broker
	// which had it first.
	StoredAt time.Time
}

// replayOrder is the order of streams in a replay.
var replayOrder = []string{stream.Events, stream.Prompts, stream.Power}

// Replay yields every stored event of a run, stream by stream in stored order
// (ctl, request and result events, then prompts, then power; only those of kinds
// when given), and ends at what was stored when it began. A message that cannot be
// decoded is yielded as a *DecodeError and the replay goes on; any other error,
// the context's included, ends it.
func (b *Bus) Replay(ctx context.Context, run event.RunID, kinds ...subject.Kind) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		specs, err := b.replaySpecs(ctx, run, kinds)
		if err != nil {
			yield(Record{}, fmt.Errorf("replay run %s: %w", run, err))
			return
		}
		for _, spec := range specs {
			if !b.read(ctx, spec, yield) {
				return
			}
		}
	}
}

// replaySpecs fixes the end of every stream before the first is read, so that the
// replay is of one moment.
func (b *Bus) replaySpecs(ctx context.Context, run event.RunID, kinds []subject.Kind) ([]driver.ReadSpec, error) {
	var out []driver.ReadSpec
	for _, name := range replayOrder {
		filters := runFilters(run, name, kinds)
		if len(filters) == 0 {
			continue
		}
		last, err := b.conn.Last(ctx, name)
		if err != nil {
			return nil, err
		}
		if last > 0 {
			out = append(out, driver.ReadSpec{Stream: name, Filters: filters, Until: last})
		}
	}
	return out, nil
}

// runFilters selects the kinds (all when none is given) that a stream holds. One
// filter for all of them is cheaper for the broker than one for each.
func runFilters(run event.RunID, name string, kinds []subject.Kind) []string {
	held := stream.Kinds(name)
	if len(kinds) == 0 {
		return []string{subject.RunFilter(run, "")}
	}
	var out []string
	for _, kind := range held {
		if slices.Contains(kinds, kind) {
			out = append(out, subject.RunFilter(run, kind))
		}
	}
	if len(out) == len(held) {
		return []string{subject.RunFilter(run, "")}
	}
	return out
}

// Follow is Replay of one kind that goes on with new events until ctx ends, which
// is no error.
func (b *Bus) Follow(ctx context.Context, run event.RunID, kind subject.Kind) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		spec := driver.ReadSpec{Stream: stream.For(kind), Filters: []string{subject.RunFilter(run, kind)}}
		b.read(ctx, spec, func(r Record, err error) bool {
			if err != nil && ctx.Err() != nil {
				return false
			}
			return yield(r, err)
		})
	}
}

// read yields one stream and reports whether the reader wants more.
func (b *Bus) read(ctx context.Context, spec driver.ReadSpec, yield func(Record, error) bool) bool {
	for m, err := range b.conn.Read(ctx, spec) {
		if err != nil {
			yield(Record{}, fmt.Errorf("read %s: %w", spec.Stream, err))
			return false
		}
		record := Record{Stream: m.Stream, Seq: m.Seq, StoredAt: firstStored(m)}
		e, err := envelope.Decode(m.Msg)
		if err != nil {
			err = &DecodeError{Stream: m.Stream, Seq: m.Seq, Subject: m.Subject, Err: err, message: m}
		}
		record.Event = e
		if !yield(record, err) {
			return false
		}
	}
	return true
}
