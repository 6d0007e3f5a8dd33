package report

import (
	"math"
	"strconv"

	numbers "github.com/neuralwatt/ai-energy-benchmarks/pkg/figure"
)

const missing = numbers.Missing

// Numbers as the page shows them.
var (
	figure   = numbers.Page.Number
	optional = numbers.Page.Optional
	between  = numbers.Page.Between
	count    = numbers.Page.Count
	counted  = numbers.Page.OptionalCount
	percent  = numbers.Page.Percent
)

// px is a length in a drawing.
type px float64

func (p px) String() string { return strconv.FormatFloat(float64(p), 'f', 1, 64) }

// round is how an axis is labelled: as short as its step allows.
func round(v, step float64) string {
	if math.Abs(v) < step/1e6 {
		v = 0 // and not its negative
	}
	digits := max(0, -int(math.Floor(math.Log10(step))))
	return numbers.Page.Group(strconv.FormatFloat(v, 'f', digits, 64))
}
