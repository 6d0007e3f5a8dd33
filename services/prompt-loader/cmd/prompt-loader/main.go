// Command prompt-loader turns run configs into prompts on a stream.
package main

import (
	promptloader "github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
)

func main() {
	service.Main("prompt-loader", promptloader.DefaultConfig(), promptloader.Module)
}
