package run

import (
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

// Work is the consumer of a run's prompts that all its drivers share. Whoever makes
// it says how many may be in flight.
func Work(id event.RunID) bus.WorkerSpec {
	return bus.WorkerSpec{Name: "driver-" + string(id), Run: id, Kind: subject.Prompt}
}
