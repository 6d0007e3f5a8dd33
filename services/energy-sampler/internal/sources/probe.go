package sources

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/hwmon"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/machine"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/nvml"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/rapl"
)

// Sensor is what one kind of hardware offers on this host.
type Sensor struct {
	// Kind is gpu, cpu or ram, or node where the config asks for it.
	Kind string
	// Usable: a run would have figures of it, measured or modelled.
	Usable bool
	// Text says what would be read; Advice what to do when that is too little, or "".
	Text, Advice string
}

// Probe says what a run would measure on this host, without a run.
func (o Opener) Probe(ctx context.Context) []Sensor {
	var out []Sensor
	kinds := []event.DeviceKind{event.KindGPU, event.KindCPU, event.KindRAM}
	if o.Config.Node != None {
		kinds = append(kinds, event.KindNode)
	}
	for _, kind := range kinds {
		out = append(out, o.probe(ctx, kind))
	}
	return out
}

func (o Opener) probe(ctx context.Context, kind event.DeviceKind) Sensor {
	s := &Set{facts: machine.Read(o.Config.Root)}
	defer func() { _ = s.Close() }()
	var err error
	switch kind {
	case event.KindGPU:
		err = o.gpus(ctx, s, Want{})
	case event.KindCPU:
		err = o.cpu(ctx, s, Want{})
	case event.KindNode:
		err = o.node(ctx, s, Want{})
	default:
		// What measures the processor may measure memory too.
		if err = o.cpu(ctx, s, Want{}); err == nil {
			err = o.ram(ctx, s, Want{})
		}
	}
	if err != nil {
		return Sensor{Kind: string(kind), Text: err.Error(), Advice: advise(err)}
	}
	described, _, err := s.Describe(ctx, o.Clock.Host())
	if err != nil {
		return Sensor{Kind: string(kind), Text: err.Error()}
	}
	var texts []string
	for _, d := range described.Devices {
		if d.Kind == kind {
			texts = append(texts, fmt.Sprintf("%s: %s, %s", d.Name, d.Provenance, d.SourceReason))
		}
	}
	out := Sensor{Kind: string(kind), Usable: len(texts) > 0, Text: strings.Join(texts, "; ")}
	if !out.Usable {
		out.Text = strings.Join(described.Notes, "; ")
	}
	out.Advice = advise(s.causes...)
	return out
}

// advise says what to do about the first cause that something can be done about.
func advise(causes ...error) string {
	for _, err := range causes {
		switch {
		case errors.Is(err, nvml.ErrNoDriver):
			return "install the NVIDIA driver, or start the container with its GPUs; without one, runs measure processor and memory"
		case errors.Is(err, nvml.ErrNoCgo):
			return "use a binary that was built with cgo"
		case errors.Is(err, rapl.ErrPermission):
			return "run as root, or let the user read energy_uj; until then the processor is modelled"
		case errors.Is(err, hwmon.ErrPermission):
			return "run as root, or let the user read the sensor"
		case errors.Is(err, device.ErrNoSuchDevice):
			return "name GPUs that this host has"
		}
	}
	return ""
}
