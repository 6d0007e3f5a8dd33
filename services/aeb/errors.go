package aeb

import (
	"errors"
	"fmt"
	"slices"
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
// the config, what a dependency owes, what this program could not compute; all else
// the run itself met.
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
	{"computation", service.ExitInternal},
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

// SweepError says which runs of a sweep did not end as they should.
type SweepError struct {
	// Of is how many runs were asked for, Made how many were begun, and Failed are
	// the errors of those that ended badly, in order.
	Of, Made int
	Failed   []error
}

// Error counts, and has a line for each bad end.
func (e *SweepError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d of %d runs did not end as they should", len(e.Failed), e.Of)
	if e.Made < e.Of {
		fmt.Fprintf(&b, ", and %d were not begun", e.Of-e.Made)
	}
	for _, err := range e.Failed {
		b.WriteString("\n  " + err.Error())
	}
	return b.String()
}

// Unwrap gives each error to errors.As.
func (e *SweepError) Unwrap() []error { return e.Failed }

// severity orders exit codes: a result that is there and incomplete is the mildest
// end, an error of this program the worst.
var severity = []int{service.ExitOK, service.ExitIncomplete, service.ExitRunFailed, service.ExitDependency, service.ExitUsage, service.ExitInternal}

// ExitCode is the worst of the runs'.
func (e *SweepError) ExitCode() int {
	worst := 0
	for _, err := range e.Failed {
		worst = max(worst, slices.Index(severity, ExitCode(err)))
	}
	return severity[worst]
}

// ExitCode is the code that a command ends with for err.
func ExitCode(err error) int {
	if sweep, ok := errors.AsType[*SweepError](err); ok {
		return sweep.ExitCode()
	}
	if failed, ok := errors.AsType[*RunError](err); ok {
		return failed.ExitCode()
	}
	return service.ExitCode(err)
}
