package loading

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

// noDevice is the class of a run whose endpoints name devices that no sampler
// measures. It ends before its load: the energy of its requests would be missing.
const noDevice = "no_device"

// unmeasured is what the endpoints name and no host of the run has.
func (j *job) unmeasured(ctx context.Context) error {
	if !j.config.Backend.Mapped() || j.config.Metrics.Samplers == 0 {
		return nil
	}
	hosts := map[string]*event.HostDescribed{}
	for record, err := range j.Bus.Replay(ctx, j.id, subject.Ctl) {
		if _, bad := errors.AsType[*bus.DecodeError](err); bad {
			continue // the reporter counts it
		}
		if err != nil {
			return fmt.Errorf("read the hosts of %s: %w", j.id, err)
		}
		if host, ok := record.Event.Data.(*event.HostDescribed); ok {
			hosts[host.Host] = host // the second time with its idle power
		}
	}
	var measured []config.Accelerator
	var names []string
	for _, name := range slices.Sorted(maps.Keys(hosts)) {
		for _, d := range hosts[name].Devices {
			if d.Kind == event.KindGPU {
				measured = append(measured, config.Accelerator{Host: name, Index: d.Index, UUID: d.ID})
				names = append(names, fmt.Sprintf("%d (%s) of %s", d.Index, d.ID, name))
			}
		}
	}
	missing := j.config.Backend.Unmeasured(measured)
	if len(missing) == 0 {
		return nil
	}
	return &unmeasuredError{missing: missing, measured: names}
}

type unmeasuredError struct{ missing, measured []string }

// Error says what is missing and what there is.
func (e *unmeasuredError) Error() string {
	return fmt.Sprintf("backend.endpoints names devices that are not measured: %s; measured are %s",
		strings.Join(e.missing, ", "), cmp.Or(strings.Join(e.measured, ", "), "none"))
}
