package sources

import (
	"context"
	"errors"
	"fmt"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/cpuload"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/hwmon"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/machine"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/nvml"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/paced"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/ram"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/rapl"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/redfish"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/simulated"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/usage"
)

// Ledger tells the true energy of a run's requests; only simulated GPUs have one.
type Ledger interface {
	Ledger(ctx context.Context, run event.RunID, fromNS, toNS int64) (*event.TruthRecorded, error)
}

// Set is everything that a host measures for one run.
type Set struct {
	Sources []device.Source
	// Ledger is nil unless the GPUs are simulated.
	Ledger Ledger

	facts machine.Facts
	want  Want
	notes []note
}

// note says what is left out, and for which error, if it was one.
type note struct {
	text  string
	cause error
}

// Opener makes sets. Dial reaches the simulator.
type Opener struct {
	Config Config
	Clock  clock.Clock
	Dial   func(url string) simulated.Simulator
}

// Want is what a run wants of a host.
type Want struct {
	// GPUs are indices, as in backend.device_ids; empty means all. On a host
	// without GPUs they select nothing and are no error.
	GPUs []int
	// SampleHz is how often the sources will be read.
	SampleHz float64
	// CPUErrorRel and RAMErrorRel are how far models may be off, as the run declares
	// it; 0 where it does not.
	CPUErrorRel, RAMErrorRel float64
}

// declared is a device with the error that the run declares of it, if it is a model.
func (w Want) declared(d event.Device) event.Device {
	rel := map[event.DeviceKind]float64{event.KindCPU: w.CPUErrorRel, event.KindRAM: w.RAMErrorRel}[d.Kind]
	if d.Provenance == event.Modelled && rel > 0 {
		d.GainErrorRel = &rel
		d.SourceReason += fmt.Sprintf("; off by ±%.3g %% at most, as the run declares", 100*rel)
	}
	return d
}

// Open finds what this host has.
func (o Opener) Open(ctx context.Context, want Want) (*Set, error) {
	s := &Set{facts: machine.Read(o.Config.Root), want: want}
	for _, open := range []func(context.Context, *Set, Want) error{o.gpus, o.cpu, o.ram, o.node} {
		if err := open(ctx, s, want); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	if err := s.occupancy(ctx, o.Config.Root); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	if len(s.Sources) == 0 {
		s.note("nothing on this host can be measured or is asked for")
	}
	return s, nil
}

// occupancy puts the gauges of the host at root beside its first processor and its
// first memory, if it has them, so that each host says once how busy it is.
func (s *Set) occupancy(ctx context.Context, root string) error {
	gauges := map[event.DeviceKind]usage.Gauge{
		event.KindCPU: &usage.Processors{Root: root}, event.KindRAM: usage.Memory{Root: root},
	}
	for i, source := range s.Sources {
		described, err := source.Describe(ctx)
		if err != nil {
			return fmt.Errorf("look for processor and memory: %w", err)
		}
		for k, d := range described.Devices {
			if gauge, ok := gauges[d.Kind]; ok {
				s.Sources[i] = usage.Beside(s.Sources[i], k, gauge)
				delete(gauges, d.Kind)
			}
		}
	}
	return nil
}

func (o Opener) gpus(ctx context.Context, s *Set, want Want) error {
	switch o.Config.GPU {
	case None:
		s.note("GPUs are not measured: the sampler's config says source: none")
		return nil
	case Simulated:
		source, err := simulated.Open(ctx, o.Dial(o.Config.SimulatorURL), want.GPUs)
		if err != nil {
			return fmt.Errorf("simulator at %s: %w", o.Config.SimulatorURL, err)
		}
		s.Sources, s.Ledger = append(s.Sources, source), source
		return nil
	}
	source, err := nvml.Open(nvml.Options{Library: o.Config.NVMLLibrary, Indices: want.GPUs, SampleHz: want.SampleHz}, o.Clock)
	if errors.Is(err, device.ErrNone) && o.Config.GPU != NVML {
		s.missing("GPUs are not measured", err)
		return nil
	}
	if err != nil {
		return err
	}
	s.Sources = append(s.Sources, source)
	return nil
}

func (o Opener) cpu(ctx context.Context, s *Set, _ Want) error {
	host := o.Clock.Host().Host
	switch o.Config.CPU {
	case None:
		s.note("the processor is not measured: the sampler's config says cpu: none")
		return nil
	case HWMon:
		return o.hwmon(ctx, s, event.KindCPU, o.Config.HWMonCPU)
	}
	if o.Config.CPU != Load {
		source, err := rapl.Open(rapl.Options{Root: o.Config.Root, Host: host, CPUName: s.facts.CPU})
		if err == nil {
			s.Sources = append(s.Sources, source)
			return nil
		}
		if !errors.Is(err, device.ErrNone) || o.Config.CPU == RAPL {
			return err
		}
		s.missing("the processor is modelled, not measured", err)
	}
	source, err := cpuload.New(o.Config.Root, host+"/cpu", s.facts, o.Config.CPUTDPWatts)
	if errors.Is(err, device.ErrNone) {
		s.missing("the processor is not measured", err)
		return nil
	}
	if err != nil {
		return err
	}
	s.Sources = append(s.Sources, source)
	return nil
}

func (o Opener) ram(_ context.Context, s *Set, _ Want) error {
	if o.Config.RAM == None {
		s.note("memory is not measured: the sampler's config says ram: none")
		return nil
	}
	for _, source := range s.Sources {
		if r, ok := source.(*rapl.Source); ok && r.Measures(event.KindRAM) {
			return nil
		}
	}
	source, err := ram.New(o.Clock.Host().Host+"/ram", s.facts)
	if errors.Is(err, device.ErrNone) {
		s.missing("memory is not measured", err)
		return nil
	}
	if err != nil {
		return err
	}
	s.Sources = append(s.Sources, source)
	return nil
}

// node is the host as a whole. One sensor of it is read, so that a sum over hosts has
// each once, and one that is asked for must be there.
func (o Opener) node(ctx context.Context, s *Set, _ Want) error {
	switch o.Config.Node {
	case Psys:
		source, err := rapl.Open(rapl.Options{Root: o.Config.Root, Host: o.Clock.Host().Host, Psys: true})
		if err != nil {
			return err
		}
		s.Sources = append(s.Sources, source)
	case HWMon:
		return o.hwmon(ctx, s, event.KindNode, o.Config.HWMonNode)
	case Redfish:
		options := o.Config.Redfish
		options.Host = o.Clock.Host().Host
		source, err := redfish.Open(ctx, options, o.Clock)
		if err != nil {
			return err
		}
		if away := source.Away(); away != nil {
			s.missing("the node is not measured until its management controller gives a figure", away)
		}
		s.Sources = append(s.Sources, paced.New(ctx, source, options.Every, o.Clock))
	}
	return nil
}

// hwmon reads beside the sampling loop: some of these sensors are behind a slow bus.
func (o Opener) hwmon(ctx context.Context, s *Set, scope event.DeviceKind, patterns []string) error {
	source, err := hwmon.Open(hwmon.Options{Root: o.Config.Root, Host: o.Clock.Host().Host, Scope: scope, Patterns: patterns})
	if err != nil {
		return err
	}
	s.Sources = append(s.Sources, paced.New(ctx, source, o.Config.HWMonEvery, o.Clock))
	return nil
}

func (s *Set) note(text string) { s.notes = append(s.notes, note{text: text}) }

// missing notes what is not measured, and why.
func (s *Set) missing(what string, cause error) {
	s.notes = append(s.notes, note{what + ": " + cause.Error(), cause})
}

// Describe is the host as it will be measured, and how many devices each source has.
func (s *Set) Describe(ctx context.Context, host event.Clock) (*event.HostDescribed, []int, error) {
	out := &event.HostDescribed{
		Host: host.Host, Clock: host,
		OS: s.facts.OS, Arch: s.facts.Arch, Kernel: s.facts.Kernel,
		CPU: s.facts.CPU, CPUCount: int64(s.facts.Threads), RAMBytes: s.facts.RAMBytes,
	}
	for _, n := range s.notes {
		out.Notes = append(out.Notes, n.text)
	}
	var counts []int
	for _, source := range s.Sources {
		d, err := source.Describe(ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("describe host %s: %w", host.Host, err)
		}
		if d.Driver != "" {
			out.Driver = d.Driver
		}
		for _, one := range d.Devices {
			out.Devices = append(out.Devices, s.want.declared(one))
		}
		out.Notes = append(out.Notes, d.Notes...)
		counts = append(counts, len(d.Devices))
	}
	return out, counts, nil
}

// Close closes every source.
func (s *Set) Close() error {
	var problems []error
	for _, source := range s.Sources {
		problems = append(problems, source.Close())
	}
	return errors.Join(problems...)
}
