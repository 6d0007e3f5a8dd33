package aeb

import "github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/stack"

// Options say where the pipeline runs. The zero value is embedded engines whose
// data is in ./.aeb.
type Options = stack.Options
