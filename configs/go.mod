module github.com/neuralwatt/ai-energy-benchmarks/configs

go 1.26.0
