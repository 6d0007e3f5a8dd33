package archive

import (
	"errors"
	"fmt"
)

// ErrArchive is for a file that is not a whole run; it comes as a *[LineError].
var ErrArchive = errors.New("not the archive of a run")

// LineError says where a file is wrong.
type LineError struct {
	Path string
	Line int
	Err  error
}

// Error is path:line: reason.
func (e *LineError) Error() string { return fmt.Sprintf("%s:%d: %v", e.Path, e.Line, e.Err) }

// Unwrap gives the reason.
func (e *LineError) Unwrap() error { return e.Err }

// Is makes it ErrArchive.
func (e *LineError) Is(target error) bool { return target == ErrArchive }
