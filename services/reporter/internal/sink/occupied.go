package sink

import (
	"maps"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
)

// occupied fills in how busy the hosts' processors and memory were over the load.
// CodeCarbon 3.3.0 (codecarbon/emissions_tracker.py, _monitor_power) has the means of a
// reading each second of psutil's cpu_percent(), virtual_memory().percent and
// virtual_memory().used / 1024³: its GB are GiB, and used is what is not available.
//
// Of several hosts it is the share of all their processors and of all their memory, and
// the sum in use; nothing where one of them does not say.
func occupied(v map[string]string, r *collect.Run, s event.Summary) {
	busy, used := map[string]float64{}, map[string]float64{}
	for _, d := range s.Devices {
		switch {
		case d.Kind == event.KindCPU && d.UtilizationMeanPct != nil:
			busy[d.Host] = *d.UtilizationMeanPct
		case d.Kind == event.KindRAM && d.MemoryMeanBytes != nil:
			used[d.Host] = *d.MemoryMeanBytes
		}
	}
	var pct, cpus, bytes, installed float64
	for _, name := range slices.Sorted(maps.Keys(r.Hosts)) {
		host := r.Hosts[name]
		pct, cpus = pct+busy[name]*float64(host.CPUCount), cpus+float64(host.CPUCount)
		bytes, installed = bytes+used[name], installed+float64(host.RAMBytes)
	}
	if len(busy) == len(r.Hosts) && cpus > 0 {
		v["cpu_utilization_percent"] = float(pct / cpus)
	}
	if len(used) == len(r.Hosts) && installed > 0 {
		v["ram_used_gb"], v["ram_utilization_percent"] = float(bytes/(1<<30)), float(100*bytes/installed)
	}
}
