module github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler

go 1.26.0

require (
	github.com/neuralwatt/ai-energy-benchmarks/pkg v0.0.0
	github.com/neuralwatt/ai-energy-benchmarks/schemas v0.0.0
)

require (
	github.com/NVIDIA/go-nvml v0.13.4-1 // indirect
	github.com/stretchr/testify v1.12.1 // indirect
	go.uber.org/dig v1.19.0 // indirect
	go.uber.org/fx v1.24.0 // indirect
	go.uber.org/goleak v1.3.0 // indirect
	go.uber.org/multierr v1.11.0 // indirect
	go.uber.org/zap v1.27.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	pgregory.net/rapid v1.3.0 // indirect
)

replace (
	github.com/neuralwatt/ai-energy-benchmarks/pkg => ../../pkg
	github.com/neuralwatt/ai-energy-benchmarks/schemas => ../../schemas
)
