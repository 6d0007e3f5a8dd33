// Package follow watches a run from outside: its phase in the store, its
// requests and its power on the streams.
//
// It promises snapshots that only move forward, whether the services run in this
// process or elsewhere. It changes nothing.
package follow

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

// Snapshot is what is known of a run at one moment.
type Snapshot struct {
	State run.State
	// Total is how many prompts the run will have: what the config asks for
	// until the loader has counted.
	Total int64
	// InFlight, Done and Failed count attempts.
	InFlight, Done, Failed int64
	OutputTokens           int64
	// PowerW is the accelerators' newest power, and HasPower whether any was seen.
	PowerW   float64
	HasPower bool
}

// Run calls show with a snapshot at every tick and at every change of phase,
// until the run has come to its end, and returns the final state.
func Run(ctx context.Context, b *bus.Bus, store *run.Store, id event.RunID, every time.Duration, show func(Snapshot)) (run.State, error) {
	ctx, cancel := context.WithCancel(ctx)
	w := &watch{power: map[string]float64{}, gpus: map[string]bool{}}
	var readers sync.WaitGroup
	defer readers.Wait()
	defer cancel()
	for _, kind := range []subject.Kind{subject.Ctl, subject.Request, subject.Power} {
		readers.Go(func() {
			for record, err := range b.Follow(ctx, id, kind) {
				if err == nil {
					w.event(record.Event)
				}
			}
		})
	}
	readers.Go(func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				w.show(show)
			}
		}
	})
	final, err := store.Await(ctx, id, func(s run.State) bool {
		if w.state(s) {
			w.show(show)
		}
		return s.Phase.Final()
	})
	if err != nil {
		return final, fmt.Errorf("follow run %s: %w", id, err)
	}
	return final, nil
}

type watch struct {
	mu    sync.Mutex
	snap  Snapshot
	gpus  map[string]bool
	power map[string]float64
}

// state takes a new state and reports whether the phase is another one.
func (w *watch) state(s run.State) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	changed := w.snap.State.Phase != s.Phase
	w.snap.State = s
	if s.Prompts != nil {
		w.snap.Total = *s.Prompts
	} else if w.snap.Total == 0 {
		if c, err := config.Parse(s.Config); err == nil {
			w.snap.Total = c.Scenario.NumSamples
		}
	}
	return changed
}

func (w *watch) event(e event.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch d := e.Data.(type) {
	case *event.HostDescribed:
		for _, device := range d.Devices {
			w.gpus[device.ID] = device.Kind == event.KindGPU
		}
	case *event.RequestStarted:
		w.snap.InFlight++
	case *event.RequestFinished:
		w.snap.InFlight = max(w.snap.InFlight-1, 0)
		w.snap.Done++
		if d.Status == event.StatusFailed {
			w.snap.Failed++
		}
		if d.Tokens.Output != nil {
			w.snap.OutputTokens += *d.Tokens.Output
		}
	case *event.PowerSampled:
		w.sampled(d)
	}
}

// sampled keeps the newest power of each accelerator.
func (w *watch) sampled(p *event.PowerSampled) {
	for _, d := range p.Devices {
		if !w.gpus[d.Device] {
			continue
		}
		for i := range slices.Backward(d.TNS) {
			if d.PowerMW.Known(i) {
				w.power[d.Device] = float64(d.PowerMW[i]) / 1e3
				break
			}
		}
	}
	w.snap.PowerW, w.snap.HasPower = 0, len(w.power) > 0
	for _, watts := range w.power {
		w.snap.PowerW += watts
	}
}

func (w *watch) show(show func(Snapshot)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	show(w.snap)
}
