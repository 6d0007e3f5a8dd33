// Command inference-driver sends prompts from a stream to an inference server.
package main

import (
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	inferencedriver "github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver"
)

func main() {
	service.Main("inference-driver", inferencedriver.DefaultConfig(), inferencedriver.Module)
}
