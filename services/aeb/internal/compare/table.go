package compare

import (
	"maps"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Table is runs side by side.
type Table struct {
	Runs []Column `json:"runs"`
	// Config has the keys in which the runs differ; UnknownConfig is set when the
	// config of a run is not known.
	Config        []Key    `json:"config,omitempty"`
	UnknownConfig bool     `json:"unknown_config,omitempty"`
	Figures       []Figure `json:"figures"`
}

// Column is one run.
type Column struct {
	Run       event.RunID `json:"run"`
	Name      string      `json:"name"`
	Label     string      `json:"label,omitempty"`
	Status    string      `json:"status"`
	Verdict   string      `json:"verdict,omitempty"`
	Simulated bool        `json:"simulated"`
}

// Key is a config key and its value in each run; "" where a run has none.
type Key struct {
	Key    string   `json:"key"`
	Values []string `json:"values"`
}

// Figure is one figure of each run.
type Figure struct {
	// Name has no unit and no space, for files; Title is for people.
	Name   string  `json:"name"`
	Title  string  `json:"-"`
	Unit   string  `json:"unit"`
	Values []Value `json:"values"`
}

// Value is a figure of one run; nil where there is none.
type Value struct {
	Value *float64 `json:"value,omitempty"`
	// Interval is nil where none is known.
	Interval *Interval `json:"interval,omitempty"`
	// Ratio is to the first run.
	Ratio *float64 `json:"ratio,omitempty"`
	// Distinguishable says whether the interval and the first run's are apart; nil
	// where one of them is not known.
	Distinguishable *bool `json:"distinguishable,omitempty"`
}

// New compares runs with the first of them.
func New(runs []Run) (Table, error) {
	var t Table
	var configs []map[string]string
	for _, r := range runs {
		t.Runs = append(t.Runs, column(r))
		config, err := flat(r.Config)
		if err != nil {
			return t, err
		}
		t.UnknownConfig = t.UnknownConfig || r.Config == nil
		configs = append(configs, config)
	}
	if !t.UnknownConfig {
		t.Config = differing(configs)
	}
	for _, f := range figures {
		t.Figures = append(t.Figures, f.of(runs))
	}
	return t, nil
}

func column(r Run) Column {
	c := Column{Run: r.ID, Name: r.Name, Label: r.Label, Status: r.Ended}
	if r.Summary != nil {
		c.Status, c.Verdict, c.Simulated = r.Summary.Status, r.Summary.Verdict.Result, r.Summary.Simulated
	}
	return c
}

// differing are the keys, sorted, of which not all configs say the same.
func differing(configs []map[string]string) []Key {
	all := map[string]bool{}
	for _, c := range configs {
		for key := range c {
			all[key] = true
		}
	}
	var out []Key
	for _, key := range slices.Sorted(maps.Keys(all)) {
		k := Key{Key: key}
		differs := false
		for _, c := range configs {
			k.Values = append(k.Values, c[key])
			differs = differs || c[key] != configs[0][key]
		}
		if differs {
			out = append(out, k)
		}
	}
	return out
}

// of takes a figure out of every run.
func (f figure) of(runs []Run) Figure {
	out := Figure{Name: f.name, Title: f.title, Unit: f.unit}
	var first Value
	for i, r := range runs {
		var v Value
		if r.Summary != nil {
			v.Value = f.value(r.Summary)
			if v.Value != nil && f.interval != nil {
				v.Interval = f.interval(r.Samples)
			}
		}
		if i == 0 {
			first = v
		} else {
			v.against(first)
		}
		out.Values = append(out.Values, v)
	}
	return out
}

func (v *Value) against(first Value) {
	if v.Value == nil || first.Value == nil {
		return
	}
	if *first.Value != 0 {
		ratio := *v.Value / *first.Value
		v.Ratio = &ratio
	}
	if v.Interval != nil && first.Interval != nil {
		apart := !overlap(*v.Interval, *first.Interval)
		v.Distinguishable = &apart
	}
}
