package sampling

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/emission"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// lastAsk bounds the question at the end of a run, which nothing else waits for.
const lastAsk = 5 * time.Second

// observeIntensity asks for the carbon intensity while the run is under load: at
// its start, every IntensityEvery or sooner where a figure ends, and at its end. Of
// a run's hosts only the first by name asks.
func (s *session) observeIntensity(ctx context.Context, emit func(event.Payload)) {
	if !s.config.Metrics.LiveIntensity() {
		return
	}
	if first, ok := s.firstHost(ctx); !ok || first != s.host.Host {
		return
	}
	w := &weather{
		place: s.config.Metrics.Place(), kind: s.config.Metrics.Intensity.Type, every: s.IntensityEvery,
		host: s.host.Host, now: func() time.Time { return time.Unix(0, s.Clock.Now().WallNS) }, emit: emit,
		warn: func(err error) { s.log.Warn("the carbon intensity is not known", "error", err) },
	}
	w.provider, w.unusable = s.intensityOf(*s.config.Metrics.Intensity)
	for {
		w.ask(ctx)
		if !clock.Wait(ctx, w.pause()) {
			break
		}
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastAsk)
	defer cancel()
	w.ask(end)
}

// intensityOf opens the run's provider.
func (s *session) intensityOf(i config.Intensity) (emission.Provider, error) {
	if i.Type == config.IntensityElectricityMaps {
		if s.ElectricityMaps == nil {
			return nil, fmt.Errorf("%w: this sampler has no electricity_maps_token", emission.ErrRefused)
		}
		return s.ElectricityMaps, nil
	}
	name := filepath.Base(i.File)
	f, err := os.Open(i.File)
	if err != nil {
		return nil, fmt.Errorf("intensity profile %s: %w", name, err)
	}
	defer f.Close()
	return emission.ReadProfile(name, f)
}

// weather is what is known of the grid during a run.
type weather struct {
	provider emission.Provider
	// unusable is why there is no provider.
	unusable error
	place    emission.Place
	kind     string
	host     string
	every    time.Duration
	now      func() time.Time
	emit     func(event.Payload)
	warn     func(error)

	latest *emission.Intensity
	warned bool
}

// ask emits what the provider says now. Where it says nothing, its last figure
// stands in until the next question, or else the event says why there is none.
func (w *weather) ask(ctx context.Context) {
	asked := w.now()
	var found emission.Intensity
	err := w.unusable
	if err == nil {
		found, err = w.provider.Intensity(ctx, w.place, asked)
	}
	if err != nil && errors.Is(ctx.Err(), context.Canceled) {
		return // the run's end, at which it is asked again
	}
	o := &event.IntensityObserved{Host: w.host, AtNS: w.now().UnixNano(), Provider: w.kind, Zone: w.place.Zone}
	if err == nil {
		w.latest, w.warned = &found, false
		o.FromNS, o.ToNS = new(found.From.UnixNano()), new(found.To.UnixNano())
	} else {
		o.Problem = err.Error()
		if !w.warned {
			w.warned = true
			w.warn(err)
		}
	}
	if err != nil && w.latest != nil {
		o.Cached = true
		o.FromNS, o.ToNS = new(asked.UnixNano()), new(asked.Add(w.every).UnixNano())
	}
	if i := w.latest; i != nil {
		o.GPerKWh, o.Source = new(float64(i.Value)), i.Source
		o.Estimated, o.EstimationMethod = i.Estimated, i.EstimationMethod
	}
	w.emit(o)
}

// pause is until the next question: no longer than the figure holds.
func (w *weather) pause() time.Duration {
	if w.latest == nil {
		return w.every
	}
	if left := w.latest.To.Sub(w.now()); left > 0 {
		return min(w.every, left)
	}
	return w.every
}
