package tables

import "github.com/neuralwatt/ai-energy-benchmarks/pkg/event"

// Stretch is an account that a run has beside its windows: of its steady state, or of a
// stage of its load.
type Stretch struct {
	kind    string
	stage   int64 // from 1; 0 of the steady state
	name    string
	account *event.Stretch
}

// Stretches of a run that have an account.
func Stretches(s *event.Summary) (out []Stretch) {
	if s.Steady != nil && s.Steady.Account != nil {
		out = append(out, Stretch{"steady", 0, "", s.Steady.Account})
	}
	for _, stage := range s.Stages {
		if stage.Account != nil {
			out = append(out, Stretch{"stage", int64(stage.Stage), stage.Name, stage.Account})
		}
	}
	return out
}

// stretchFields are what is said of a stretch: in stretches.csv, and in run_stretches
// after the run, its date and the revision. After its name it is what is said of a window.
var stretchFields = append([]field[Stretch]{
	{"kind", func(s Stretch) any { return s.kind }},
	{"stage", func(s Stretch) any { return s.stage }},
	{"name", func(s Stretch) any { return s.name }},
}, accountFields()...)

func accountFields() (out []field[Stretch]) {
	for _, f := range windowFields {
		out = append(out, field[Stretch]{f.name, func(s Stretch) any { return f.value(s.account) }})
	}
	return out
}

// StretchColumns name what StretchValues gives.
func StretchColumns() []string { return names(stretchFields) }

// StretchValues are what is said of a stretch: strings, int64, float64, and pointers to
// the numbers that are nil when there is no figure.
func StretchValues(s Stretch) []any { return values(stretchFields, s) }

var stretchColumns = append([]string{"run_id", "run_date", "revision"}, StretchColumns()...)

func stretchRow(s *event.Summary, of Stretch) Row {
	return Row{RunStretches, append([]any{string(s.RunID), date(s.RunID), uint32(s.Revision)}, StretchValues(of)...)}
}
