package service

import (
	"errors"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

// Exit codes of every command of the project.
const (
	ExitOK         = 0
	ExitInternal   = 1
	ExitUsage      = 2
	ExitDependency = 3
	ExitRunFailed  = 4
	ExitIncomplete = 5
)

type coded struct {
	error
	code int
}

func (c coded) Unwrap() error { return c.error }

// WithCode marks err with the exit code that the process should end with. It
// returns nil for nil.
func WithCode(err error, code int) error {
	if err == nil {
		return nil
	}
	return coded{err, code}
}

// Usage marks an error as the user's to mend: a config, a flag, a file.
func Usage(err error) error { return WithCode(err, ExitUsage) }

// Dependency marks an error as a dependency's: a broker, a server, a database.
func Dependency(err error) error { return WithCode(err, ExitDependency) }

// ExitCode is the code that err was marked with, outermost first; config errors
// are usage errors, and anything else unmarked is internal.
func ExitCode(err error) int {
	if err == nil {
		return ExitOK
	}
	if c, ok := errors.AsType[coded](err); ok {
		return c.code
	}
	if config.IsUsage(err) {
		return ExitUsage
	}
	return ExitInternal
}
