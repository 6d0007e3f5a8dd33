package dataset

import (
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"strconv"
	"strings"
	"time"
)

// A table reads the named columns of one file, row by row.
type table func(path string, columns []string) iter.Seq2[row, error]

// row holds the values of the wanted columns, in their order. at is where the
// row stands: a line, or a number counted from 1.
type row struct {
	at    int
	cells []cell
}

// cell is one value: text, or the JSON of anything else. The zero cell is null.
type cell struct {
	kind  cellKind
	value string
}

type cellKind int

const (
	null cellKind = iota
	text
	jsonValue
)

// jsonCell reads a JSON value: a string is text, the rest stays JSON.
func jsonCell(raw json.RawMessage) (cell, error) {
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return cell{}, nil
	case raw[0] != '"':
		return cell{jsonValue, string(raw)}, nil
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return cell{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return cell{text, s}, nil
}

// anyCell is the cell of a decoded value.
func anyCell(v any) (cell, error) {
	switch v := v.(type) {
	case nil:
		return cell{}, nil
	case string:
		return cell{text, v}, nil
	case []byte:
		return cell{text, string(v)}, nil
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return cell{}, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return jsonCell(raw)
}

// count reads a number of tokens; null is none.
func (c cell) count() (*int64, error) {
	if c.kind == null {
		return nil, nil
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(c.value), 64)
	if err != nil || f != math.Trunc(f) || f < 0 || f > math.MaxInt32 {
		return nil, fmt.Errorf("%w: %q is not a number of tokens", ErrFormat, clip(c.value))
	}
	n := int64(f)
	return &n, nil
}

// maxMilliseconds is past the year 2200, and far from overflowing nanoseconds.
const maxMilliseconds = 8e12

// milliseconds reads a point in time.
func (c cell) milliseconds() (time.Duration, error) {
	f, err := strconv.ParseFloat(strings.TrimSpace(c.value), 64)
	if err != nil || !(f >= 0 && f <= maxMilliseconds) {
		return 0, fmt.Errorf("%w: %q is not a time in milliseconds", ErrFormat, clip(c.value))
	}
	whole, part := math.Modf(f)
	return time.Duration(whole)*time.Millisecond + time.Duration(math.Round(part*float64(time.Millisecond))), nil
}

// clip shortens a value for a message.
func clip(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
