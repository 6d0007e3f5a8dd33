package emission

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"time"
)

// Profile is an intensity that changes over time, from a file of the user's own:
// either 24 hours of a day that repeats (hour_utc,g_per_kwh) or moments from
// which a value holds until the next (time,g_per_kwh with RFC 3339 times).
type Profile struct {
	name string
	// hours are set for a repeating day, else times and values.
	hours  []GramsPerKWh
	times  []time.Time
	values []GramsPerKWh
}

// ReadProfile reads either form. name is given as the source of its figures.
func ReadProfile(name string, r io.Reader) (*Profile, error) {
	reader := csv.NewReader(r)
	reader.FieldsPerRecord = 2
	records, err := reader.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("intensity profile %s: %w", name, err)
	}
	if len(records) < 2 || records[0][1] != "g_per_kwh" {
		return nil, fmt.Errorf("intensity profile %s: want a header hour_utc,g_per_kwh or time,g_per_kwh and rows", name)
	}
	p := &Profile{name: name}
	var add func(string, GramsPerKWh) error
	switch records[0][0] {
	case "hour_utc":
		add = p.addHour
	case "time":
		add = p.addTime
	default:
		return nil, fmt.Errorf("intensity profile %s: %q is neither hour_utc nor time", name, records[0][0])
	}
	for i, record := range records[1:] {
		value, err := strconv.ParseFloat(record[1], 64)
		if err != nil || !(value >= 0) || math.IsInf(value, 0) {
			return nil, fmt.Errorf("intensity profile %s: line %d: %q is not an intensity", name, i+2, record[1])
		}
		if err := add(record[0], GramsPerKWh(value)); err != nil {
			return nil, fmt.Errorf("intensity profile %s: line %d: %w", name, i+2, err)
		}
	}
	if p.times == nil && len(p.hours) != 24 {
		return nil, fmt.Errorf("intensity profile %s: %d hours of 24", name, len(p.hours))
	}
	return p, nil
}

func (p *Profile) addHour(text string, value GramsPerKWh) error {
	if hour, err := strconv.Atoi(text); err != nil || hour != len(p.hours) || hour > 23 {
		return fmt.Errorf("hour %q where %d comes", text, len(p.hours))
	}
	p.hours = append(p.hours, value)
	return nil
}

func (p *Profile) addTime(text string, value GramsPerKWh) error {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return fmt.Errorf("%q is not a time such as 2026-11-24T11:00:00Z", text)
	}
	if n := len(p.times); n > 0 && !at.After(p.times[n-1]) {
		return fmt.Errorf("%s does not come after the line before", text)
	}
	p.times = append(p.times, at)
	p.values = append(p.values, value)
	return nil
}

// Intensity implements Provider, whatever the place: the file is for one. A
// moment before the first time is ErrNoFigure.
func (p *Profile) Intensity(_ context.Context, _ Place, at time.Time) (Intensity, error) {
	i := Intensity{Place: "as in the profile", Source: p.name, Year: at.UTC().Year()}
	if p.hours != nil {
		i.Value = p.hours[at.UTC().Hour()]
		i.From = at.UTC().Truncate(time.Hour)
		i.To = i.From.Add(time.Hour)
		return i, nil
	}
	after, _ := slices.BinarySearchFunc(p.times, at, func(t, at time.Time) int {
		if t.After(at) {
			return 1
		}
		return -1
	})
	if after == 0 {
		return Intensity{}, fmt.Errorf("%w: the profile %s begins at %s", ErrNoFigure, p.name, p.times[0].Format(time.RFC3339))
	}
	i.Value = p.values[after-1]
	// The last value holds on; a day is until it is asked for again.
	i.From, i.To = p.times[after-1], at.Add(24*time.Hour)
	if after < len(p.times) {
		i.To = p.times[after]
	}
	return i, nil
}
