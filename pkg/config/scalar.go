package config

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// The numbers of YAML 1.2's core schema.
var (
	decimalInt = regexp.MustCompile(`^[-+]?[0-9]+$`)
	otherInt   = regexp.MustCompile(`^0(o[0-7]+|x[0-9a-fA-F]+)$`)
	decimal    = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
)

// resolveScalar types an unquoted scalar by YAML 1.2's core schema: nil, bool,
// int64, float64 or string. An integer that does not fit stays a float64.
func resolveScalar(text string) any {
	switch text {
	case "", "~", "null", "Null", "NULL":
		return nil
	case "true", "True", "TRUE":
		return true
	case "false", "False", "FALSE":
		return false
	case ".nan", ".NaN", ".NAN":
		return math.NaN()
	}
	switch strings.ToLower(strings.TrimLeft(text, "+-")) {
	case ".inf":
		if text[0] == '-' {
			return math.Inf(-1)
		}
		return math.Inf(1)
	}
	if decimalInt.MatchString(text) {
		if v, err := strconv.ParseInt(text, 10, 64); err == nil {
			return v
		}
	}
	if otherInt.MatchString(text) {
		if v, err := strconv.ParseInt(text, 0, 64); err == nil {
			return v
		}
	}
	if decimal.MatchString(text) {
		// Out of range gives ±Inf, which every numeric field refuses.
		v, _ := strconv.ParseFloat(text, 64)
		return v
	}
	return text
}
