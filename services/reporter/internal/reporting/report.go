package reporting

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/result"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/sink"
)

// report seals the run, writes the next revision everywhere, and says so.
func (r *Runner) report(ctx context.Context, state run.State) error {
	record, err := collect.Read(ctx, r.Bus, state.Run)
	if err != nil {
		return err
	}
	if state.Phase == run.Draining {
		if err := r.seal(ctx, record); err != nil {
			return err
		}
	}
	complete(record, state)
	res, err := result.Compute(record, result.Options{Revision: state.Revision + 1})
	if err != nil {
		return err
	}
	r.noteTables(ctx, &res.Summary)
	dir := sink.Folder(record.Config, record.ID)
	if err := errors.Join(sink.Files(dir, record, res), sink.Rows(record, res.Summary)); err != nil {
		return r.giveUp(ctx, state, err)
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

// complete adds what only the run's state knows: a failure or a wish to stop
// that was never published.
func complete(record *collect.Run, state run.State) {
	if record.Failure == nil && state.Failure != nil {
		record.Failure = state.Failure
	}
	if record.Cancelled == "" {
		record.Cancelled = state.Stopped
	}
}

func (r *Runner) seal(ctx context.Context, record *collect.Run) error {
	_, err := r.Store.Update(ctx, record.ID, run.State.Seal)
	if err != nil && !errors.Is(err, run.ErrTransition) {
		return err
	}
	sealed := &event.RunSealed{Completeness: record.Completeness, AtNS: r.Clock.Now().WallNS}
	if err := r.Publisher.PublishNow(ctx, record.ID, sealed); err != nil {
		return fmt.Errorf("publish seal of %s: %w", record.ID, err)
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

// giveUp ends a run whose files cannot be written. Nothing is lost: the streams
// hold the record, and a replay writes it elsewhere.
func (r *Runner) giveUp(ctx context.Context, state run.State, reason error) error {
	at := r.Clock.Now().WallNS
	failure := event.Failure{Class: "output", Reason: reason.Error() + "; the record is on the streams: aeb replay writes it elsewhere"}
	_, err := r.Store.Update(ctx, state.Run, func(s run.State) (run.State, error) { return s.Abandon(failure) })
	r.Log.Error("write files", "run_id", string(state.Run), "error", reason, "at_ns", at)
	return errors.Join(reason, err)
}

// publish puts the result onto the run's own stream.
func (r *Runner) publish(ctx context.Context, res result.Result) error {
	id := res.Summary.RunID
	for i := range res.Rows {
		if err := r.Publisher.Publish(ctx, id, &res.Rows[i]); err != nil {
			return fmt.Errorf("publish row of %s: %w", res.Rows[i].RequestID, err)
		}
	}
	if err := r.Publisher.Flush(ctx); err != nil {
		return fmt.Errorf("publish rows of %s: %w", id, err)
	}
	if err := r.Publisher.PublishNow(ctx, id, &event.ResultRun{Summary: res.Summary}); err != nil {
		return fmt.Errorf("publish summary of %s: %w", id, err)
	}
	return r.Publisher.PublishNow(ctx, id, &event.RunReported{Revision: res.Summary.Revision, AtNS: r.Clock.Now().WallNS})
}
