package emission

import (
	"errors"
	"fmt"
	"strings"
)

// Errors that callers branch on.
var (
	// ErrUnknownPlace is what an *UnknownPlaceError is.
	ErrUnknownPlace = errors.New("no carbon intensity for this place")
	// ErrFactor is a forced intensity that cannot be.
	ErrFactor = errors.New("impossible factor")
)

// UnknownPlaceError says which part of a Place has no figure, and what is near.
type UnknownPlaceError struct {
	// Part is "country", "region" or "cloud_region".
	Part string
	// Name is what was asked for.
	Name string
	// Near are codes with their names, the likeliest first; it may be empty.
	Near []string
}

// Error names the part, the name and what is near.
func (e *UnknownPlaceError) Error() string {
	text := fmt.Sprintf("no carbon intensity for %s %q", strings.ReplaceAll(e.Part, "_", " "), e.Name)
	if len(e.Near) > 0 {
		text += "; did you mean " + strings.Join(e.Near, ", ") + "?"
	}
	return text
}

// Is makes errors.Is(err, ErrUnknownPlace) true.
func (e *UnknownPlaceError) Is(target error) bool { return target == ErrUnknownPlace }
