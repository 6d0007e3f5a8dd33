package result

import (
	"maps"
	"slices"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// accelerator is a device as a config names it.
func (m measured) accelerator() config.Accelerator {
	return config.Accelerator{Host: m.host, Index: m.Index, UUID: m.ID}
}

// serves reports whether an accelerator counts: some endpoint has it, and
// backend.device_ids does not leave it out.
func serves(b config.Backend, m measured) bool {
	if len(b.DeviceIDs) > 0 && !slices.Contains(b.DeviceIDs, m.Index) {
		return false
	}
	return slices.ContainsFunc(b.Servers(), func(e config.Endpoint) bool { return e.Serves(m.accelerator()) })
}

// charged lists, by replica, the ids of those devices that an attempt is charged
// for: its accelerators, and the processors and memory of the hosts that they are
// in. A replica that the config does not know has served by no device that is
// known, unless devices are not mapped at all: then by all.
func (c *computation) charged(devices []measured) func(replica string) []string {
	b := c.run.Config.Backend
	if !b.Mapped() {
		all := ids(devices, func(measured) bool { return true })
		return func(string) []string { return all }
	}
	byReplica := map[string][]string{}
	for _, e := range b.Servers() {
		hosts := map[string]bool{}
		for _, gpu := range c.gpus {
			hosts[gpu.host] = hosts[gpu.host] || e.Serves(gpu.accelerator())
		}
		byReplica[e.Replica] = ids(devices, func(m measured) bool {
			if m.Kind == event.KindGPU {
				return e.Serves(m.accelerator())
			}
			return hosts[m.host]
		})
	}
	return func(replica string) []string { return byReplica[replica] }
}

func ids(devices []measured, want func(measured) bool) []string {
	var out []string
	for _, d := range devices {
		if want(d) {
			out = append(out, d.ID)
		}
	}
	return out
}

// spansOf are, by replica, the flagged stretches of the devices that serve it.
func (c *computation) spansOf() map[string]spans {
	devices := slices.Concat(c.gpus, c.cpus, c.rams)
	charged := c.charged(devices)
	out := map[string]spans{}
	for _, f := range c.run.Finished {
		if _, done := out[f.Replica]; done {
			continue
		}
		served := charged(f.Replica)
		out[f.Replica] = c.flagged(slices.DeleteFunc(slices.Clone(devices), func(m measured) bool { return !slices.Contains(served, m.ID) }))
	}
	return out
}

// mapping says what is wrong with, or missing from, the run's map of replicas to
// devices.
func (c *computation) mapping(say func(result, format string, args ...any)) {
	b := c.run.Config.Backend
	known, seen := map[string]bool{}, map[string]bool{}
	for _, e := range b.Servers() {
		known[e.Replica] = true
	}
	for _, f := range c.run.Finished {
		seen[f.Replica] = true
	}
	if !b.Mapped() {
		if len(seen) > 1 {
			say(warned, "%d replicas served the run, and backend.endpoints does not say by which devices: each request is charged for all", len(seen))
		}
		return
	}
	var all []config.Accelerator
	for _, d := range c.gpus {
		all = append(all, d.accelerator())
	}
	if missing := b.Unmeasured(all); len(missing) > 0 {
		say(invalid, "devices that serve were not measured, and their energy is missing from their requests: %s", strings.Join(missing, "; "))
	}
	for _, replica := range slices.Sorted(maps.Keys(seen)) {
		if !known[replica] {
			say(invalid, "requests were served by %s, of which backend.endpoints does not know: they have no accelerator energy", replica)
		}
	}
}
