package figure

import (
	"math"
	"strconv"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Missing stands where there is no figure.
const Missing = "–"

// Style is what differs between a terminal and a page.
type Style struct {
	// Thousands goes between every three digits of the whole part, Minus before
	// what is below zero.
	Thousands, Minus string
}

// The styles: ASCII for a terminal, a narrow no-break space and a true minus for a
// page.
var (
	Plain = Style{Thousands: ",", Minus: "-"}
	Page  = Style{Thousands: "\u202f", Minus: "−"}
)

// Number writes v with four significant digits; what is not finite is missing.
func (s Style) Number(v float64) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return Missing
	case v == 0:
		return "0"
	}
	digits := 3 - int(math.Floor(math.Log10(math.Abs(v))))
	if digits > 9 {
		return strconv.FormatFloat(v, 'e', 2, 64)
	}
	return s.Group(strconv.FormatFloat(v, 'f', max(digits, 0), 64))
}

// Optional is Number of what may be missing.
func (s Style) Optional(v *float64) string {
	if v == nil {
		return Missing
	}
	return s.Number(*v)
}

// Between writes an interval.
func (s Style) Between(i *event.Interval) string {
	if i == nil {
		return "no interval"
	}
	return "between " + s.Number(i.Low) + " and " + s.Number(i.High)
}

// Count writes a whole number.
func (s Style) Count(n int64) string { return s.Group(strconv.FormatInt(n, 10)) }

// OptionalCount is Count of what may not have been counted.
func (s Style) OptionalCount(n *int64) string {
	if n == nil {
		return Missing
	}
	return s.Count(*n)
}

// Percent writes a ratio as a percentage.
func (s Style) Percent(v float64) string { return s.Number(100*v) + " %" }

// Group sets the thousands apart in a number that strconv wrote.
func (s Style) Group(number string) string {
	whole, part, dotted := strings.Cut(number, ".")
	sign := ""
	if rest, below := strings.CutPrefix(whole, "-"); below {
		sign, whole = s.Minus, rest
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(s.Thousands)
		}
		b.WriteRune(c)
	}
	if dotted {
		b.WriteByte('.')
		b.WriteString(part)
	}
	return b.String()
}
