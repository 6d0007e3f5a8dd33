package reporter

import (
	"context"
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
	// Revision stands in the result; 0 means 1, that of the first report.
	Revision int
}

// Replay computes a run's result from its stored streams alone and writes its
// files. The same methods give the same requests.csv as the live run, byte for
// byte. It changes neither streams nor tables.
func Replay(ctx context.Context, b *bus.Bus, id event.RunID, o ReplayOptions) (event.Summary, error) {
	record, err := collect.Read(ctx, b, id)
	if err != nil {
		return event.Summary{}, err
	}
	res, err := result.Compute(record, result.Options{Revision: max(o.Revision, 1), Methods: o.Methods})
	if err != nil {
		return event.Summary{}, err
	}
	if err := sink.Files(o.Dir, record, res); err != nil {
		return event.Summary{}, fmt.Errorf("write replay of %s: %w", id, err)
	}
	return res.Summary, nil
}
