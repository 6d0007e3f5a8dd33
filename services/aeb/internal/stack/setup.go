package stack

import (
	"context"
	"fmt"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
)

// Setup declares the streams and buckets on a broker. It is the one step that
// needs the right to create them, and can be repeated.
func Setup(ctx context.Context, o bus.Options) error {
	if err := natsbus.Ensure(ctx, o); err != nil {
		return service.Dependency(fmt.Errorf("declare streams on %s: %w", o.Address(), err))
	}
	return nil
}
