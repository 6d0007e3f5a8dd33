// Command reporter turns the streams of a run into its result.
package main

import (
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter"
)

func main() {
	service.Main("reporter", reporter.DefaultConfig(), reporter.Module)
}
