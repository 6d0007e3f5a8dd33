package view

import "github.com/neuralwatt/ai-energy-benchmarks/pkg/figure"

const missing = figure.Missing

// Numbers as a terminal shows them.
var (
	number   = figure.Plain.Number
	optional = figure.Plain.Optional
	between  = figure.Plain.Between
	count    = figure.Plain.Count
	counted  = figure.Plain.OptionalCount
	percent  = figure.Plain.Percent
)
