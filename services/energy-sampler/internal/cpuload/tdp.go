package cpuload

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/machine"
)

//go:embed tdp.csv
var tdpCSV string

// Fallbacks for a processor that is not in the table, as in CodeCarbon 3.3.0
// (codecarbon/core/cpu.py): watts for a thread, and for a machine of which
// nothing is known.
const (
	wattsPerThread = 4.0
	wattsUnknown   = 85.0
)

// TDP is a thermal design power and why it is that. Assumed: nobody states it of this
// processor.
type TDP struct {
	Watts   float64
	Reason  string
	Assumed bool
}

// FindTDP looks the processor up by name, and estimates where the table does not
// know it. Several packages count each.
func FindTDP(f machine.Facts) TDP {
	packages := max(1, f.Packages)
	if row, ok := table()[normal(f.CPU)]; ok {
		t := TDP{Watts: row.watts * float64(packages), Reason: fmt.Sprintf("TDP of %s from the makers' table: %g W", row.name, row.watts)}
		if packages > 1 {
			t.Reason += fmt.Sprintf(" × %d packages", packages)
		}
		return t
	}
	if f.Threads > 0 {
		return TDP{
			Watts:   wattsPerThread * float64(f.Threads),
			Reason:  fmt.Sprintf("the table does not know %q: %g W assumed for each of %d threads", f.CPU, wattsPerThread, f.Threads),
			Assumed: true,
		}
	}
	return TDP{Watts: wattsUnknown, Reason: fmt.Sprintf("nothing is known about the processor: %g W assumed", wattsUnknown), Assumed: true}
}

type row struct {
	name  string
	watts float64
}

var table = sync.OnceValue(func() map[string]row {
	r := csv.NewReader(strings.NewReader(tdpCSV))
	r.Comment = '#'
	records, err := r.ReadAll()
	if err != nil {
		panic("embedded table of processors: " + err.Error())
	}
	out := make(map[string]row, len(records))
	for _, record := range records[1:] {
		watts, err := strconv.ParseFloat(record[1], 64)
		if err != nil {
			panic("embedded table of processors: " + err.Error())
		}
		// Of two rows that differ in marks only, the first stays: the table is
		// sorted, so the choice does not depend on chance.
		if key := normal(record[0]); out[key].name == "" {
			out[key] = row{record[0], watts}
		}
	}
	return out
})

// normal is a processor's name without what kernels and makers add to it: marks,
// clock, core count, and words that every name has.
func normal(name string) string {
	name = strings.ToLower(name)
	name, _, _ = strings.Cut(name, "@")
	name, _, _ = strings.Cut(name, " with ")
	for _, mark := range []string{"(r)", "(tm)", "(c)", "®", "™", ","} {
		name = strings.ReplaceAll(name, mark, " ")
	}
	var words []string
	for word := range strings.FieldsSeq(name) {
		if !filler.MatchString(word) {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}

// filler are words that tell no processor from another: "12th Gen", "96-Core".
var filler = regexp.MustCompile(`^(cpu|apu|processor|0|gen|\d+(st|nd|rd|th)|\d+-core)$`)
