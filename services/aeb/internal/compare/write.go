package compare

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
)

// WriteJSON writes the whole table.
func (t Table) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(t); err != nil {
		return fmt.Errorf("write comparison: %w", err)
	}
	return nil
}

// WriteCSV writes a row per run: what it is, the config keys that differ, then each
// figure with its bounds, its ratio to the first run, and whether they are apart.
// What is not known is empty. Numbers read back to the same bits.
func (t Table) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	header := []string{"run", "name", "label", "status", "verdict", "simulated"}
	for _, k := range t.Config {
		header = append(header, k.Key)
	}
	for _, f := range t.Figures {
		header = append(header, f.Name, f.Name+"_low", f.Name+"_high", f.Name+"_ratio", f.Name+"_distinguishable")
	}
	rows := [][]string{header}
	for i, r := range t.Runs {
		row := []string{string(r.Run), r.Name, r.Label, r.Status, r.Verdict, strconv.FormatBool(r.Simulated)}
		for _, k := range t.Config {
			row = append(row, k.Values[i])
		}
		for _, f := range t.Figures {
			row = append(row, f.Values[i].fields()...)
		}
		rows = append(rows, row)
	}
	if err := out.WriteAll(rows); err != nil {
		return fmt.Errorf("write comparison: %w", err)
	}
	return nil
}

func (v Value) fields() []string {
	var bounds Interval
	if v.Interval != nil {
		bounds = *v.Interval
	}
	apart := ""
	if v.Distinguishable != nil {
		apart = strconv.FormatBool(*v.Distinguishable)
	}
	return []string{field(v.Value), field(bounds.Low), field(bounds.High), field(v.Ratio), apart}
}

func field(v *float64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatFloat(*v, 'g', -1, 64)
}
