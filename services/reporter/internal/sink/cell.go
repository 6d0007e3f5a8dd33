package sink

import (
	"fmt"
	"strconv"
	"strings"
)

// cells are a line of a file: the run, then values in the order of their columns in
// package tables.
func cells(run string, values []any) []string {
	row := make([]string, 1, 1+len(values))
	row[0] = run
	for _, v := range values {
		row = append(row, cell(v))
	}
	return row
}

// cell is what stands for a value: nothing for a figure that there is not.
func cell(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []string:
		return strings.Join(v, " ")
	case bool:
		return strconv.FormatBool(v)
	case uint16:
		return strconv.FormatUint(uint64(v), 10)
	case int64:
		return strconv.FormatInt(v, 10)
	case *int64:
		return integer(v)
	case float64:
		return float(v)
	case *float64:
		return number(v)
	}
	panic(fmt.Sprintf("a file has no text for %T", v))
}

// float is the shortest text that reads back to the same bits.
func float(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func number(v *float64) string {
	if v == nil {
		return ""
	}
	return float(*v)
}

func integer(v *int64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatInt(*v, 10)
}
