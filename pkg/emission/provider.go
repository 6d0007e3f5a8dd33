package emission

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Errors of providers that read a figure from elsewhere.
var (
	// ErrNoFigure is returned when a provider has nothing for the moment.
	ErrNoFigure = errors.New("no intensity for this moment")
	// ErrRefused is returned when a service does not accept the token.
	ErrRefused = errors.New("the intensity service refuses the token")
	// ErrUnavailable is returned when a service cannot be reached, is busy or
	// answers with something else; another try may succeed.
	ErrUnavailable = errors.New("the intensity service is not available")
)

// Provider says what a place's intensity is, or was, at a moment. It is safe for
// concurrent use.
type Provider interface {
	Intensity(ctx context.Context, p Place, at time.Time) (Intensity, error)
}

// Intensity implements Provider: a yearly average is the same at any moment.
func (t *Table) Intensity(_ context.Context, p Place, _ time.Time) (Intensity, error) {
	return t.Lookup(p)
}

// WithFallback asks live and, when it has no answer, the table. The result then
// says so in its note. A forced value is always taken as it is.
func WithFallback(live Provider, table *Table) Provider { return fallback{live, table} }

type fallback struct {
	live  Provider
	table *Table
}

func (f fallback) Intensity(ctx context.Context, p Place, at time.Time) (Intensity, error) {
	if p.Force != nil {
		return f.table.Lookup(p)
	}
	found, err := f.live.Intensity(ctx, p, at)
	if err == nil || ctx.Err() != nil {
		return found, err
	}
	found, tableErr := f.table.Lookup(p)
	if tableErr != nil {
		return Intensity{}, errors.Join(err, tableErr)
	}
	note := fmt.Sprintf("a yearly average, because %v", err)
	if found.Note != "" {
		note += "; " + found.Note
	}
	found.Note = note
	return found, nil
}
