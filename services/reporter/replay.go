package reporter

import (
	"context"
	"errors"
	"fmt"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/result"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/sink"
)

// ReplayOptions say what to compute again and where to.
type ReplayOptions struct {
	// Dir is the folder that the files go to.
	Dir string
	// Methods replace the run's own attribution methods.
	Methods []string
	// Revision stands in the result; 0 means the last one reported, or 1.
	Revision int
	// ClickHouse also gets the result; without a URL no table is touched.
	ClickHouse ClickHouse
}

// Replay computes a run's result from its stored streams alone and writes its
// files. The same methods give the same requests.csv as the live run, byte for
// byte. It does not change the run, and tables only when it is given some.
func Replay(ctx context.Context, b *bus.Bus, id event.RunID, o ReplayOptions) (event.Summary, error) {
	record, err := collect.Read(ctx, b, id)
	if err != nil {
		return event.Summary{}, err
	}
	revision := o.Revision
	if revision == 0 {
		revision = max(record.Revision, 1)
	}
	res, err := result.Compute(record, result.Options{Revision: revision, Methods: o.Methods})
	if err != nil {
		return event.Summary{}, err
	}
	if err := sink.Files(o.Dir, record, res); err != nil {
		return event.Summary{}, fmt.Errorf("write replay of %s: %w", id, err)
	}
	if o.ClickHouse.URL != "" {
		if err := toTables(ctx, o.ClickHouse, res); err != nil {
			return event.Summary{}, fmt.Errorf("replay of %s: %w", id, err)
		}
	}
	return res.Summary, nil
}

func toTables(ctx context.Context, c ClickHouse, res result.Result) (err error) {
	db, err := c.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	return db.WriteResult(ctx, res.Summary, res.Rows)
}
