package report

import (
	"math"
	"strconv"
	"strings"
)

// missing stands where there is no figure: it must not look like zero.
const missing = "–"

// px is a length in a drawing.
type px float64

func (p px) String() string { return strconv.FormatFloat(float64(p), 'f', 1, 64) }

// figure writes v with four significant digits, and thousands apart.
func figure(v float64) string {
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return missing
	case v == 0:
		return "0"
	}
	digits := 3 - int(math.Floor(math.Log10(math.Abs(v))))
	if digits > 9 {
		return strconv.FormatFloat(v, 'e', 2, 64)
	}
	return apart(strconv.FormatFloat(v, 'f', max(digits, 0), 64))
}

func optional(v *float64) string {
	if v == nil {
		return missing
	}
	return figure(*v)
}

func count(v int64) string { return apart(strconv.FormatInt(v, 10)) }

func percent(v float64) string { return figure(100*v) + " %" }

// apart puts a thin space between every three digits of the whole part.
func apart(s string) string {
	whole, part, dotted := strings.Cut(s, ".")
	sign := ""
	if rest, ok := strings.CutPrefix(whole, "-"); ok {
		sign, whole = "−", rest
	}
	var b strings.Builder
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteRune('\u202f')
		}
		b.WriteRune(c)
	}
	if dotted {
		return sign + b.String() + "." + part
	}
	return sign + b.String()
}

// round is how an axis is labelled: as short as its step allows.
func round(v, step float64) string {
	if math.Abs(v) < step/1e6 {
		v = 0 // and not its negative
	}
	digits := max(0, -int(math.Floor(math.Log10(step))))
	return apart(strconv.FormatFloat(v, 'f', digits, 64))
}
