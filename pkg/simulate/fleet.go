package simulate

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"sync"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Fleet is several replicas of a model behind one address, as on a host whose GPUs
// several servers share out: replica i answers below /r<i>, and /simulate/… shows
// the GPUs and the books of all. Each replica has an engine of its own, whose load
// is spread over its own devices.
type Fleet struct{ replicas []*Simulator }

// NewFleet makes one simulator for each config. Devices are numbered through in
// the order of the configs, and their ids must differ. It returns ErrConfig.
func NewFleet(configs []Config, c clock.Clock) (*Fleet, error) {
	f := &Fleet{}
	seen := map[string]bool{}
	for i, cfg := range configs {
		s, err := New(cfg, c)
		if err != nil {
			return nil, fmt.Errorf("replica %d: %w", i, err)
		}
		for _, d := range cfg.Devices {
			if seen[d.ID] {
				return nil, fmt.Errorf("%w: replica %d: device %s serves another one", ErrConfig, i, d.ID)
			}
			seen[d.ID] = true
		}
		f.replicas = append(f.replicas, s)
	}
	if len(f.replicas) == 0 {
		return nil, fmt.Errorf("%w: a fleet of no replica", ErrConfig)
	}
	return f, nil
}

// Replicas is n configs alike, each with devices GPUs of its own.
func Replicas(cfg Config, n, devices int) []Config {
	all := Devices(n * devices)
	out := make([]Config, n)
	for i := range out {
		out[i] = cfg
		out[i].Devices = all[i*devices : (i+1)*devices]
	}
	return out
}

// Replica is the i-th one, for its faults.
func (f *Fleet) Replica(i int) *Simulator { return f.replicas[i] }

// Run computes until ctx ends.
func (f *Fleet) Run(ctx context.Context) error {
	var loops sync.WaitGroup
	for _, s := range f.replicas {
		loops.Go(func() { _ = s.Run(ctx) }) // it ends with ctx and only so
	}
	loops.Wait()
	return ctx.Err()
}

// Path is where the i-th replica answers, below the fleet's address.
func (f *Fleet) Path(i int) string { return "/r" + strconv.Itoa(i) }

// Handler serves every replica, and the devices and books of all.
func (f *Fleet) Handler() http.Handler {
	mux := http.NewServeMux()
	for i, s := range f.replicas {
		mux.Handle(f.Path(i)+"/", http.StripPrefix(f.Path(i), s.Handler()))
	}
	mux.HandleFunc("GET /simulate/devices", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, f.devices()) })
	mux.HandleFunc("GET /simulate/read", func(w http.ResponseWriter, _ *http.Request) {
		var out []Reading
		for _, s := range f.replicas {
			out = append(out, s.Read()...)
		}
		writeJSON(w, out)
	})
	mux.HandleFunc("GET /simulate/ledger", func(w http.ResponseWriter, r *http.Request) { writeLedger(w, r, f.Truth) })
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		(&apiError{http.StatusNotFound, "Not Found", "Not Found", ""}).write(w)
	})
	return mux
}

func (f *Fleet) devices() []event.Device {
	var out []event.Device
	for _, s := range f.replicas {
		for _, d := range s.sensors.describe() {
			d.Index = len(out)
			out = append(out, d)
		}
	}
	return out
}

// Truth is every replica's ledger of a run together, as [Simulator.Truth].
func (f *Fleet) Truth(run event.RunID, from, to int64) (*event.TruthRecorded, error) {
	var sum *event.TruthRecorded
	for _, s := range f.replicas {
		t, err := s.Truth(run, from, to)
		if err != nil {
			return nil, err
		}
		if sum == nil {
			sum = t
			continue
		}
		maps.Copy(sum.DeviceJ, t.DeviceJ)
		sum.FromNS, sum.ToNS = min(sum.FromNS, t.FromNS), max(sum.ToNS, t.ToNS)
		sum.IdleJ += t.IdleJ
		sum.Requests = append(sum.Requests, t.Requests...)
	}
	return sum, nil
}
