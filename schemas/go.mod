module github.com/neuralwatt/ai-energy-benchmarks/schemas

go 1.26.0
