package sources

import (
	"context"
	"errors"
	"fmt"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/cpuload"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/hwmon"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/machine"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/nvml"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/rapl"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/redfish"
)

// Sensor is a device that a run on this host would have figures of, or what it would go
// without.
type Sensor struct {
	// Kind is gpu, cpu or ram, or node where the config asks for it.
	Kind string
	// Usable: there would be figures. Fatal: a run would fail, since the config asks for
	// what is not there.
	Usable, Fatal bool
	// Text names the device, whether it is measured or modelled, and how; or says what is
	// missing and why. Advice is what to do when that is not what was expected, or "".
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
		found, err := o.probe(ctx, kind)
		if err != nil {
			found = []Sensor{{Kind: string(kind), Fatal: true, Text: err.Error(), Advice: advise(kind, err)}}
		}
		out = append(out, found...)
	}
	return out
}

func (o Opener) probe(ctx context.Context, kind event.DeviceKind) ([]Sensor, error) {
	s := &Set{facts: machine.Read(o.Config.Root)}
	defer func() { _ = s.Close() }() // nothing was read
	var err error
	switch kind {
	case event.KindGPU:
		err = o.gpus(ctx, s, Want{})
	case event.KindCPU:
		err = o.cpu(ctx, s, Want{})
	case event.KindNode:
		err = o.node(ctx, s, Want{})
	default:
		// What measures the processor may measure memory too. What keeps it from that is
		// said of the processor already.
		_ = o.cpu(ctx, s, Want{})
		s.notes = nil
		err = o.ram(ctx, s, Want{})
	}
	if err != nil {
		return nil, err
	}
	described, _, err := s.Describe(ctx, o.Clock.Host())
	if err != nil {
		return nil, err
	}
	var out []Sensor
	for _, d := range described.Devices {
		// A controller that is away is described all the same, since it may come back.
		if d.Kind == kind && (kind != event.KindNode || len(s.notes) == 0) {
			out = append(out, o.sensor(d, s.facts))
		}
	}
	for i, text := range described.Notes {
		missing := Sensor{Kind: string(kind), Text: text}
		if i < len(s.notes) { // the others are the sources' own
			missing.Advice = advise(kind, s.notes[i].cause)
		}
		out = append(out, missing)
	}
	return out, nil
}

// sensor is a device that would be read or modelled.
func (o Opener) sensor(d event.Device, facts machine.Facts) Sensor {
	how := string(d.Provenance)
	if d.Simulated {
		how = "simulated"
	}
	s := Sensor{Kind: string(d.Kind), Usable: true, Text: fmt.Sprintf("%s: %s, %s", d.Name, how, d.SourceReason)}
	switch {
	case d.Provenance != event.Modelled:
	case d.Kind == event.KindCPU && o.Config.CPUTDPWatts == 0 && cpuload.FindTDP(facts).Assumed:
		s.Advice = "give the sampler the processor's thermal design power: cpu_tdp_w, or AEB_CPU_TDP_W"
	default:
		s.Advice = fmt.Sprintf("the model states no error, so total and gCO2e have no interval unless a run declares one: metrics.%s_error_rel", d.Kind)
	}
	return s
}

// advise says what to do about the reason why something is missing; "" when nothing can be.
func advise(kind event.DeviceKind, cause error) string {
	switch {
	case errors.Is(cause, nvml.ErrNoDriver):
		return "install the NVIDIA driver, or start the container with its GPUs; without one, runs measure processor and memory"
	case errors.Is(cause, nvml.ErrNoCgo):
		return "use a binary that was built with cgo"
	case errors.Is(cause, rapl.ErrPermission):
		return "run as root, or let the user read energy_uj"
	case errors.Is(cause, hwmon.ErrPermission):
		return "run as root, or let the user read the sensor"
	case errors.Is(cause, redfish.ErrUnauthorised):
		return "correct redfish.user and redfish.password_file of the sampler, or AEB_REDFISH_USER and AEB_REDFISH_PASSWORD_FILE"
	case errors.Is(cause, redfish.ErrNotFound):
		return "name a chassis that has a power figure: redfish.chassis of the sampler, or AEB_REDFISH_CHASSIS"
	case errors.Is(cause, redfish.ErrUnreachable), errors.Is(cause, redfish.ErrAnswer):
		return "look at redfish.url of the sampler, or AEB_REDFISH_URL; a certificate of its own is named in redfish.ca_file"
	case errors.Is(cause, device.ErrNoSuchDevice):
		return "name GPUs that this host has"
	case errors.Is(cause, device.ErrNone) && (kind == event.KindCPU || kind == event.KindNode):
		return "virtual machines have no such sensor; on hardware load its driver, or choose another sensor: cpu and node of the sampler, or AEB_CPU and AEB_NODE"
	}
	return ""
}
