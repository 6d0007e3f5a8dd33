// Command prompt-loader turns run configs into prompts on a stream.
package main

import (
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	promptloader "github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader"
)

func main() {
	service.Main("prompt-loader", promptloader.DefaultConfig(), promptloader.Module)
}
