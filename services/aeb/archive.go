package aeb

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/archive"
)

// Archived says what an export wrote or an import found.
type Archived struct {
	Run event.RunID
	// Events are those of the file, and Unreadable the stored messages that are no
	// events and are not in it.
	Events, Unreadable int64
	// Stored is how many of the events were not here before; of an import.
	Stored int64
}

// ErrNotEnded is for the export of a run that goes on.
var ErrNotEnded = errors.New("run has not ended")

// Export writes a run that has ended to a file: CloudEvents, one JSON a line, with
// its state at the end; compressed when the name ends in .gz.
func (p *Pipeline) Export(ctx context.Context, id event.RunID, path string) (Archived, error) {
	state, err := p.stack.Store.Get(ctx, id)
	if err != nil {
		return Archived{}, err
	}
	if !state.Phase.Final() {
		return Archived{}, service.Usage(fmt.Errorf("export run %s: %w: it is %s", id, ErrNotEnded, state.Phase))
	}
	records := func(yield func(archive.Record, error) bool) {
		for r, err := range p.stack.Bus.Replay(ctx, id) {
			if !yield(archive.Record{Event: r.Event, StoredAt: r.StoredAt}, err) {
				return
			}
		}
	}
	end, err := archive.Write(path, state, records, func(err error) bool {
		_, bad := errors.AsType[*bus.DecodeError](err)
		return bad
	})
	if err != nil {
		return Archived{}, fmt.Errorf("export run %s: %w", id, err)
	}
	return Archived{Run: id, Events: end.Events, Unreadable: end.Unreadable}, nil
}

// Import takes in what Export wrote, here or elsewhere. The whole file is checked
// before anything is stored, and the run is known only once all of it is. What is
// here already is left alone, so that an import that broke off can be done again.
func (p *Pipeline) Import(ctx context.Context, path string) (Archived, error) {
	end, err := archive.Check(path)
	if errors.Is(err, archive.ErrArchive) || errors.Is(err, fs.ErrNotExist) {
		err = service.Usage(err)
	}
	if err != nil {
		return Archived{}, fmt.Errorf("import: %w", err)
	}
	id := end.State.Run
	out := Archived{Run: id, Events: end.Events, Unreadable: end.Unreadable}
	have, err := p.stored(ctx, id)
	if err != nil {
		return out, err
	}
	if err := p.stack.Bus.Restore(ctx, lacking(archive.Records(path), have, &out.Stored)); err != nil {
		return out, fmt.Errorf("import run %s: it is here in part only; import it again: %w", id, err)
	}
	// Nothing was written here, wherever it was there.
	end.State.Output = ""
	if err := p.stack.Store.Create(ctx, end.State); err != nil && !errors.Is(err, run.ErrExists) {
		return out, fmt.Errorf("import run %s: %w", id, err)
	}
	return out, nil
}

// stored are the ids of a run's events that are here.
func (p *Pipeline) stored(ctx context.Context, id event.RunID) (map[event.ID]bool, error) {
	have := map[event.ID]bool{}
	for record, err := range p.stack.Bus.Replay(ctx, id) {
		if _, bad := errors.AsType[*bus.DecodeError](err); bad {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read what there is of %s: %w", id, err)
		}
		have[record.Event.ID] = true
	}
	return have, nil
}

// lacking yields the events that are not here, and counts them. An id is let
// through once: the broker would drop a repetition, silently or not.
func lacking(records iter.Seq2[archive.Record, error], have map[event.ID]bool, count *int64) iter.Seq2[bus.Record, error] {
	return func(yield func(bus.Record, error) bool) {
		for r, err := range records {
			id := r.Event.ID
			if err == nil && have[id] {
				continue
			}
			if err == nil {
				have[id] = true
				*count++
			}
			if !yield(bus.Record{Event: r.Event, StoredAt: r.StoredAt}, err) {
				return
			}
		}
	}
}
