package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Problem is one thing that is wrong with a config.
type Problem struct {
	// Where is file:line, "override", or the environment variable that gave the
	// value; empty for a default.
	Where string
	// Path is the dotted key, such as scenario.num_samples; empty when the
	// problem is with the file as a whole.
	Path string
	// Text says what is wrong and, where it can, what would be right. It never
	// holds the value of a secret.
	Text string
}

// Error is "where: path: text", leaving out what is empty.
func (p Problem) Error() string {
	parts := make([]string, 0, 3)
	for _, s := range []string{p.Where, p.Path, p.Text} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, ": ")
}

// Error holds every problem of a config at once. It is the user's to mend: see
// [IsUsage].
type Error struct{ Problems []Problem }

// Error is one line per problem.
func (e *Error) Error() string {
	if len(e.Problems) == 1 {
		return e.Problems[0].Error()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d problems in the config:", len(e.Problems))
	for _, p := range e.Problems {
		b.WriteString("\n  " + p.Error())
	}
	return b.String()
}

// Unwrap gives each problem to errors.As.
func (e *Error) Unwrap() []error {
	out := make([]error, len(e.Problems))
	for i, p := range e.Problems {
		out[i] = p
	}
	return out
}

// IsUsage reports whether err is a problem of a config, an override or a config
// file: something that the user mends, and not this program.
func IsUsage(err error) bool {
	var e *Error
	var p Problem
	return errors.As(err, &e) || errors.As(err, &p)
}

// problems collects what is wrong.
type problems struct{ list []Problem }

func (p *problems) add(at origin, path, format string, args ...any) {
	p.list = append(p.list, Problem{Where: at.String(), Path: path, Text: fmt.Sprintf(format, args...)})
}

// err is the problems in order of file and line; nil when there are none.
func (p *problems) err() error {
	if len(p.list) == 0 {
		return nil
	}
	slices.SortStableFunc(p.list, func(a, b Problem) int {
		fileA, lineA := splitWhere(a.Where)
		fileB, lineB := splitWhere(b.Where)
		return cmp.Or(cmp.Compare(fileA, fileB), cmp.Compare(lineA, lineB))
	})
	return &Error{Problems: p.list}
}

func splitWhere(where string) (file string, line int) {
	if i := strings.LastIndexByte(where, ':'); i >= 0 {
		if line, err := strconv.Atoi(where[i+1:]); err == nil {
			return where[:i], line
		}
	}
	return where, 0
}
