package reporter

import (
	"fmt"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/sink"
)

// CheckOutputs says whether the results of a run with this config could be written
// from here, and what stands in the way. It leaves nothing behind.
func CheckOutputs(c config.Run) error {
	if err := sink.Check(c); err != nil {
		return fmt.Errorf("outputs of run %s: %w", c.Name, err)
	}
	return nil
}
