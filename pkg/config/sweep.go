package config

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// maxSweep bounds a sweep: past it, someone mistyped a range.
const maxSweep = 10_000

// Sweep expands key=a,b and key=range(start,stop[,step]) into one list of
// overrides per combination, the last key varying fastest. Commas inside
// brackets and quotes do not split, and an override without a sweep is in every
// list. Without any sweep there is one list.
func Sweep(overrides ...string) ([][]string, error) {
	out := [][]string{nil}
	for _, text := range overrides {
		key, value, hasValue := strings.Cut(text, "=")
		choices := []string{text}
		if hasValue && !strings.HasPrefix(key, "~") {
			values, err := sweepValues(value)
			if err != nil {
				return nil, &Error{[]Problem{{Where: "override", Path: strings.TrimLeft(key, "+"), Text: err.Error()}}}
			}
			choices = choices[:0]
			for _, v := range values {
				choices = append(choices, key+"="+v)
			}
		}
		if len(out)*len(choices) > maxSweep {
			return nil, &Error{[]Problem{{Where: "override", Path: strings.TrimLeft(key, "+"), Text: fmt.Sprintf("the sweep has more than %d runs", maxSweep)}}}
		}
		next := make([][]string, 0, len(out)*len(choices))
		for _, list := range out {
			for _, choice := range choices {
				next = append(next, append(slices.Clip(list), choice))
			}
		}
		out = next
	}
	return out, nil
}

func sweepValues(value string) ([]string, error) {
	if inner, ok := strings.CutPrefix(strings.TrimSpace(value), "range("); ok {
		if inner, ok = strings.CutSuffix(inner, ")"); ok {
			return sweepRange(inner)
		}
	}
	values, err := splitTop(value)
	if err != nil || len(values) == 1 {
		return []string{value}, err
	}
	for i := range values {
		values[i] = strings.TrimSpace(values[i])
	}
	return values, nil
}

// sweepRange lists whole numbers from start up to, and without, stop.
func sweepRange(args string) ([]string, error) {
	var bounds []int64
	for arg := range strings.SplitSeq(args, ",") {
		v, err := strconv.ParseInt(strings.TrimSpace(arg), 10, 64)
		if err != nil {
			return nil, errors.New("range wants whole numbers: range(start,stop) or range(start,stop,step)")
		}
		bounds = append(bounds, v)
	}
	start, stop, step := int64(0), bounds[0], int64(1)
	if len(bounds) > 1 {
		start, stop = bounds[0], bounds[1]
	}
	if len(bounds) > 2 {
		step = bounds[2]
	}
	if len(bounds) > 3 || step == 0 || (step > 0) != (stop > start) {
		return nil, errors.New("range(start,stop,step) is empty or endless")
	}
	var out []string
	for v := start; (step > 0 && v < stop) || (step < 0 && v > stop); v += step {
		if len(out) == maxSweep {
			return nil, fmt.Errorf("the sweep has more than %d runs", maxSweep)
		}
		out = append(out, strconv.FormatInt(v, 10))
		if next := v + step; (next > v) != (step > 0) {
			break
		}
	}
	return out, nil
}

// splitTop splits at commas that are not inside brackets, braces, quotes or
// ${…}.
func splitTop(text string) ([]string, error) {
	var out []string
	var open []byte
	var quote byte
	start := 0
	for i := 0; i < len(text); i++ {
		b := text[i]
		if quote != 0 {
			switch {
			case b == '\\' && quote == '"':
				i++
			case b == quote:
				quote = 0
			}
			continue
		}
		switch b {
		case '"', '\'':
			// An apostrophe inside a word is not a quote.
			if len(open) > 0 || i == start {
				quote = b
			}
		case '[', '{':
			open = append(open, b)
		case ']', '}':
			if len(open) == 0 || open[len(open)-1] != opener(b) {
				return nil, fmt.Errorf("the %q has no partner", b)
			}
			open = open[:len(open)-1]
		case ',':
			if len(open) == 0 {
				out = append(out, text[start:i])
				start = i + 1
			}
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("the %q is not closed", quote)
	}
	if len(open) > 0 {
		return nil, fmt.Errorf("the %q is not closed", open[len(open)-1])
	}
	return append(out, text[start:]), nil
}

func opener(closing byte) byte {
	if closing == ']' {
		return '['
	}
	return '{'
}
