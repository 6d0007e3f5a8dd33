package result

import (
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

const (
	// flagModuleScope marks an accelerator whose figure is its whole module's.
	flagModuleScope = "module_scope"
	// flagWithinModule marks a processor or memory that such a figure includes.
	flagWithinModule = "within_module"
)

// withinModules takes processors and memory out of the parts that are added up, and
// lists them: those of hosts whose accelerators' figures include them. There they would
// count twice, whatever tells of them.
func (c *computation) withinModules() []measured {
	hosts := map[string]bool{}
	for _, d := range c.gpus {
		if slices.Contains(d.Flags, flagModuleScope) {
			hosts[d.host] = true
		}
	}
	var out []measured
	for _, devices := range []*[]measured{&c.cpus, &c.rams} {
		*devices = slices.DeleteFunc(*devices, func(d measured) bool {
			if hosts[d.host] {
				d.Flags = append(slices.Clone(d.Flags), flagWithinModule)
				out = append(out, d)
			}
			return hosts[d.host]
		})
	}
	return out
}

// moduleNotes say what is in no total of its own.
func (c *computation) moduleNotes() (notes []string) {
	for _, d := range c.within {
		what := "processor"
		if d.Kind == event.KindRAM {
			what = "memory"
		}
		notes = append(notes, what+" "+d.ID+" ("+string(d.Provenance)+") is in no total: the figures of "+d.host+"'s accelerators are their modules', which include it")
	}
	return notes
}
