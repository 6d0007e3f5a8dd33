package event

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// Missing marks a value of a Series that the sensor did not give. It is JSON
// null on the wire, and never a zero.
const Missing int64 = math.MinInt64

// Series is a column of integers in which single values may be [Missing].
type Series []int64

// Known reports whether the column has a value at i. A column that is shorter
// than its time axis, or nil, knows nothing there.
func (s Series) Known(i int) bool { return i < len(s) && s[i] != Missing }

// MarshalJSON writes Missing as null.
func (s Series) MarshalJSON() ([]byte, error) {
	if s == nil {
		return []byte("null"), nil
	}
	out := make([]byte, 0, 2+8*len(s))
	out = append(out, '[')
	for i, v := range s {
		if i > 0 {
			out = append(out, ',')
		}
		if v == Missing {
			out = append(out, "null"...)
		} else {
			out = strconv.AppendInt(out, v, 10)
		}
	}
	return append(out, ']'), nil
}

var errSeries = errors.New("series is not an array of integers and nulls")

// UnmarshalJSON reads null as Missing.
func (s *Series) UnmarshalJSON(data []byte) error {
	data = bytes.TrimSpace(data)
	if string(data) == "null" {
		*s = nil
		return nil
	}
	if len(data) < 2 || data[0] != '[' || data[len(data)-1] != ']' {
		return errSeries
	}
	body := bytes.TrimSpace(data[1 : len(data)-1])
	if len(body) == 0 {
		*s = Series{}
		return nil
	}
	out := make(Series, 0, bytes.Count(body, []byte{','})+1)
	for field := range bytes.SplitSeq(body, []byte{','}) {
		field = bytes.TrimSpace(field)
		if string(field) == "null" {
			out = append(out, Missing)
			continue
		}
		v, err := strconv.ParseInt(string(field), 10, 64)
		if err != nil || v == Missing {
			return fmt.Errorf("%w: %q", errSeries, field)
		}
		out = append(out, v)
	}
	*s = out
	return nil
}
