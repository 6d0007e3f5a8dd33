package emission

import (
	"context"
	"errors"
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
// concurrent use. What stands in where it has none is for whoever asks: a run's
// record says so beside the figure.
type Provider interface {
	Intensity(ctx context.Context, p Place, at time.Time) (Intensity, error)
}
