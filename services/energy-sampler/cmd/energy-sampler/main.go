// Command energy-sampler measures the power of one host while runs are on.
package main

import (
	energysampler "github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
)

func main() {
	service.Main("energy-sampler", energysampler.DefaultConfig(), energysampler.Module)
}
