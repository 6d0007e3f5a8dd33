package dataset

import (
	"errors"
	"fmt"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/hub"
)

// What keeps a dataset from being used.
var (
	ErrNotFound = errors.New("dataset not found")
	ErrColumn   = errors.New("dataset has no such column")
	ErrEmpty    = errors.New("dataset is empty")
	ErrFormat   = errors.New("dataset cannot be read")
	ErrAccess   = errors.New("dataset may not be read")
)

// classes of failure, as they stand in run.failed events.
var classes = []struct {
	err  error
	name string
}{
	{ErrNotFound, "dataset_not_found"},
	{hub.ErrNotFound, "dataset_not_found"},
	{ErrColumn, "dataset_column"},
	{ErrEmpty, "dataset_empty"},
	{ErrAccess, "dataset_access"},
	{hub.ErrAccess, "dataset_access"},
	{hub.ErrUnavailable, "dataset_unavailable"},
	{hub.ErrOffline, "dataset_offline"},
	{hub.ErrCorrupt, "dataset_corrupt"},
}

// Class names the failure for run.failed.
func Class(err error) string {
	for _, c := range classes {
		if errors.Is(err, c.err) {
			return c.name
		}
	}
	return "dataset"
}

func noColumn(column string, have []string) error {
	return fmt.Errorf("%w: %q; it has %s", ErrColumn, column, strings.Join(have, ", "))
}
