module github.com/neuralwatt/ai-energy-benchmarks/services/aeb

go 1.26.0

require (
	github.com/neuralwatt/ai-energy-benchmarks/configs v0.0.0
	github.com/neuralwatt/ai-energy-benchmarks/pkg v0.0.0
	github.com/neuralwatt/ai-energy-benchmarks/schemas v0.0.0
	github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler v0.0.0
	github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver v0.0.0
	github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader v0.0.0
	github.com/neuralwatt/ai-energy-benchmarks/services/reporter v0.0.0
)

require (
	github.com/inconshreveable/mousetrap v1.1.0 // indirect
	github.com/spf13/cobra v1.10.2 // indirect
	github.com/spf13/pflag v1.0.9 // indirect
	github.com/stretchr/testify v1.12.1 // indirect
	go.uber.org/dig v1.19.0 // indirect
	go.uber.org/fx v1.24.0 // indirect
	go.uber.org/goleak v1.3.0 // indirect
	go.uber.org/multierr v1.11.0 // indirect
	go.uber.org/zap v1.28.0 // indirect
	golang.org/x/sync v0.24.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/term v0.47.0 // indirect
)

replace (
	github.com/neuralwatt/ai-energy-benchmarks/configs => ../../configs
	github.com/neuralwatt/ai-energy-benchmarks/pkg => ../../pkg
	github.com/neuralwatt/ai-energy-benchmarks/schemas => ../../schemas
	github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler => ../energy-sampler
	github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver => ../inference-driver
	github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader => ../prompt-loader
	github.com/neuralwatt/ai-energy-benchmarks/services/reporter => ../reporter
)
