// Command energy-sampler measures the power of one host while runs are on.
package main

import (
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	energysampler "github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler"
)

func main() {
	service.Main("energy-sampler", energysampler.DefaultConfig(), energysampler.Module)
}
