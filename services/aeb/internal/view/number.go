package view

import (
	"math"
	"strconv"
	"strings"
)

// missing is printed where there is no figure: it must not look like zero.
const missing = "–"

// number writes v with four significant digits, and thousands separated.
func number(v float64) string {
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
	return group(strconv.FormatFloat(v, 'f', max(digits, 0), 64))
}

func optional(v *float64) string {
	if v == nil {
		return missing
	}
	return number(*v)
}

func count(n int64) string { return group(strconv.FormatInt(n, 10)) }

// group puts a comma between every three digits of the integer part.
func group(s string) string {
	whole, fraction, dotted := strings.Cut(s, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	var b strings.Builder
	for i, c := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	if dotted {
		return sign + b.String() + "." + fraction
	}
	return sign + b.String()
}

func percent(v float64) string { return number(100*v) + " %" }
