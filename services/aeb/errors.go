package aeb

import (
	"fmt"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
)

// RunError says that a run did not end as it should. A summary may exist all the
// same: what was measured is kept.
type RunError struct {
	Run event.RunID
	// Class is the failure's class, or "incomplete" or "cancelled".
	Class  string
	Reason string
}

// Error names the run, the class and the reason.
func (e *RunError) Error() string { return fmt.Sprintf("run %s: %s: %s", e.Run, e.Class, e.Reason) }

// codes maps failure classes, by prefix, to exit codes: what the user mends in
// the config, what a dependency owes, and what the run itself met.
var codes = []struct {
	prefix string
	code   int
}{
	{"dataset", service.ExitUsage},
	{"config", service.ExitUsage},
	{"output", service.ExitUsage},
	{"server_unreachable", service.ExitDependency},
	{"model_not_served", service.ExitDependency},
	{"no_", service.ExitDependency},
	{"gpu_busy", service.ExitDependency},
	{"sampler", service.ExitDependency},
	{"incomplete", service.ExitIncomplete},
}

// ExitCode is the code that the command ends with for this error.
func (e *RunError) ExitCode() int {
	for _, c := range codes {
		if strings.HasPrefix(e.Class, c.prefix) {
			return c.code
		}
	}
	return service.ExitRunFailed
}
