package reporting

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/result"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/sink"
)

// report seals the run, writes the next revision everywhere, and says so. Whatever
// of it a killed reporter had done already is found done, or done again the same.
func (r *Runner) report(ctx context.Context, state run.State) error {
	record, err := r.sealed(ctx, state)
	if err != nil {
		return err
	}
	res, err := result.Compute(record, result.Options{Revision: state.Revision + 1})
	if err != nil {
		return fmt.Errorf("%w: %w", errCompute, err)
	}
	r.noteTables(ctx, &res.Summary)
	dir := sink.Folder(record.Config, record.ID)
	if err := errors.Join(sink.Files(dir, record, res), sink.Rows(record, res.Summary)); err != nil {
		return fmt.Errorf("%w: %w", errWrite, err)
	}
	if err := r.publish(ctx, res); err != nil {
		return err
	}
	r.settle(ctx, record.ID)
	where, err := filepath.Abs(dir)
	if err != nil {
		where = dir
	}
	_, err = r.Store.Update(ctx, record.ID, func(s run.State) (run.State, error) { return s.Report(res.Summary.Revision, where) })
	return err
}

// sealed reads the run, draws the line under its record if nobody has, and returns
// the record as every later reading will find it.
func (r *Runner) sealed(ctx context.Context, state run.State) (*collect.Run, error) {
	record, err := collect.ReadKnown(ctx, r.Streams, state)
	if err != nil || record.Sealed {
		return record, err
	}
	// From here on nobody can join; then the line is drawn on the stream.
	_, err = r.Store.Update(ctx, state.Run, run.State.Seal)
	if err != nil && !errors.Is(err, run.ErrTransition) {
		return nil, err
	}
	if err := r.explain(ctx, record, state); err != nil {
		return nil, err
	}
	sealed := &event.RunSealed{Completeness: record.Completeness, AtNS: r.Clock.Now().WallNS}
	if err := r.Publisher.PublishNow(ctx, record.ID, sealed); err != nil {
		return nil, fmt.Errorf("publish seal of %s: %w", record.ID, err)
	}
	if record.Completeness.Complete {
		return record, nil // nothing can be late
	}
	return collect.ReadKnown(ctx, r.Streams, state)
}

// explain puts onto the stream what only the run's state knows, so that the stream
// alone explains the result: the failure that counts, a wish to stop that nobody
// published, and, with the sealing, who joined.
func (r *Runner) explain(ctx context.Context, record *collect.Run, state run.State) error {
	at := r.Clock.Now().WallNS
	if f := state.Failure; f != nil && (record.Failure == nil || *record.Failure != *f) {
		if err := r.Publisher.PublishNow(ctx, record.ID, &event.RunFailed{Class: f.Class, Reason: f.Reason, AtNS: at}); err != nil {
			return fmt.Errorf("publish failure of %s: %w", record.ID, err)
		}
		record.Failure = f
	}
	if state.Stopped != "" && record.Cancelled != state.Stopped {
		if err := r.Publisher.PublishNow(ctx, record.ID, &event.RunCancelled{Reason: state.Stopped, AtNS: at}); err != nil {
			return fmt.Errorf("publish end of %s: %w", record.ID, err)
		}
		record.Cancelled = state.Stopped
	}
	return nil
}

// noteTables says on the result when it will not be in the tables, or only later.
func (r *Runner) noteTables(ctx context.Context, s *event.Summary) {
	if r.Tables == nil {
		s.Notes = append(s.Notes, "no tables: no ClickHouse is configured")
		return
	}
	if err := r.Tables.Ping(ctx); err != nil {
		r.Log.Warn("ClickHouse does not answer", "run_id", string(s.RunID), "error", err)
		s.Notes = append(s.Notes, "no tables yet: ClickHouse does not answer; they follow from the streams when it does")
	}
}

// settleWait is how long a finished run waits for its rows.
const settleWait = 20 * time.Second

// settle waits for the run's rows, so that who sees it reported finds them. They
// come later all the same when the database is slow or away.
func (r *Runner) settle(ctx context.Context, id event.RunID) {
	if r.Tables == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, settleWait)
	defer cancel()
	if err := r.Tables.Settle(ctx); err != nil {
		r.Log.Warn("tables are behind", "run_id", string(id), "error", err)
	}
}

// publish puts the result onto the run's own stream.
func (r *Runner) publish(ctx context.Context, res result.Result) error {
	id := res.Summary.RunID
	for i := range res.Rows {
		if err := r.send(ctx, id, &res.Rows[i]); err != nil {
			return fmt.Errorf("publish row of %s: %w", res.Rows[i].RequestID, err)
		}
	}
	if err := r.Publisher.Flush(ctx); err != nil {
		return fmt.Errorf("publish rows of %s: %w", id, err)
	}
	err := r.send(ctx, id, &event.ResultRun{Summary: res.Summary})
	if err = errors.Join(err, r.Publisher.Flush(ctx)); err != nil {
		return fmt.Errorf("publish summary of %s: %w", id, err)
	}
	return r.Publisher.PublishNow(ctx, id, &event.RunReported{Revision: res.Summary.Revision, AtNS: r.Clock.Now().WallNS})
}

// send puts an event on its way. One that is refused before it has left is too large,
// and will be.
func (r *Runner) send(ctx context.Context, id event.RunID, data event.Payload) error {
	err := r.Publisher.Publish(ctx, id, data)
	if errors.Is(err, bus.ErrRejected) {
		return fmt.Errorf("%w: %w", errSend, err)
	}
	return err
}
