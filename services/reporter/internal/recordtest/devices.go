package recordtest

import (
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

func host(idleMW *int64) *event.HostDescribed {
	gpu := func(index int, id string) event.Device {
		return event.Device{
			ID: id, Kind: event.KindGPU, Index: index, Name: "Test GPU", Architecture: "test", Simulated: true,
			PowerSource: "sim.power", EnergySource: "sim.energy", Provenance: event.Measured,
			CounterStepNS: new(int64(20e6)), GainErrorRel: new(0.05), IdlePowerMW: idleMW,
		}
	}
	return &event.HostDescribed{
		Host: "node", Clock: Clock, OS: "linux", Arch: "amd64", CPU: "Test CPU", CPUCount: 2, RAMBytes: 8 << 30,
		Devices: []event.Device{
			gpu(0, "GPU-0"), gpu(1, "GPU-1"),
			{ID: "node-cpu", Kind: event.KindCPU, Name: "Test CPU", PowerSource: "load", Provenance: event.Modelled},
		},
		Notes: []string{"CPU power is modelled from its load"},
	}
}

// watts is a GPU's power at a moment of the record, in milliwatts.
func watts(gpu int, at time.Duration) int64 {
	if at < loadAfter || at > 7*time.Second {
		return 100_000
	}
	return 300_000 + int64(gpu)*20_000 + int64(at/(100*time.Millisecond))%5*10_000
}

const sampleEvery = 100 * time.Millisecond

// power is one second; the counter is the sum of the power before it.
func power(second int) *event.PowerSampled {
	start := time.Duration(second) * time.Second
	out := &event.PowerSampled{Host: "node", Clock: Clock, Start: Stamp(start)}
	for gpu, device := range []string{"GPU-0", "GPU-1"} {
		s := event.DeviceSamples{Device: device}
		energy := int64(1_000_000)
		for at := time.Duration(0); at < start+time.Second; at += sampleEvery {
			if at >= start {
				s.TNS = append(s.TNS, int64(at-start))
				s.PowerMW = append(s.PowerMW, watts(gpu, at))
				s.EnergyMJ = append(s.EnergyMJ, energy)
				s.UtilizationPct = append(s.UtilizationPct, 50)
				s.MemoryUsedBytes = append(s.MemoryUsedBytes, 3<<30)
				s.TemperatureC = append(s.TemperatureC, 61)
			}
			energy += watts(gpu, at) / 10
		}
		if second == 4 && gpu == 0 {
			s.Flags = []string{"throttled"}
		}
		out.Devices = append(out.Devices, s)
	}
	cpu := event.DeviceSamples{Device: "node-cpu"}
	for at := time.Duration(0); at < time.Second; at += sampleEvery {
		cpu.TNS = append(cpu.TNS, int64(at))
		cpu.PowerMW = append(cpu.PowerMW, 45_000)
		cpu.UtilizationPct = append(cpu.UtilizationPct, 25)
	}
	out.Devices = append(out.Devices, cpu)
	return out
}

func truth() *event.TruthRecorded {
	out := &event.TruthRecorded{
		Host: "node", DeviceJ: map[string]float64{"GPU-0": 1900, "GPU-1": 2000},
		FromNS: Stamp(0).WallNS, ToNS: Stamp(7900 * time.Millisecond).WallNS, IdleJ: 500,
	}
	for i := range Prompts {
		out.Requests = append(out.Requests, event.RequestTruth{RequestID: id(i), Attempt: 1, EnergyJ: 250, PrefillJ: 20, DecodeJ: 130, SharedJ: 100})
	}
	return out
}
