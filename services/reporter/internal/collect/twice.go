package collect

import (
	"maps"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// own leaves each device to one host, the first by name of those that describe it:
// two samplers that see the same device would have its energy counted twice.
func (c *collector) own() {
	owner := map[string]string{}
	for _, host := range slices.Sorted(maps.Keys(c.r.Hosts)) {
		described := *c.r.Hosts[host]
		described.Devices = slices.DeleteFunc(slices.Clone(described.Devices), func(d event.Device) bool {
			first, taken := owner[d.ID]
			if !taken {
				owner[d.ID] = host
				return false
			}
			c.contested[d.ID] = first
			c.r.Twice = append(c.r.Twice, Twice{Device: d.ID, Counts: first, Left: host})
			return true
		})
		c.r.Hosts[host] = &described
	}
}

// others is whether a host's word on a device is not the one that counts.
func (c *collector) others(device, host string) bool {
	owner, ok := c.contested[device]
	return ok && owner != host
}

// measures is whether a host has a device of its own.
func (c *collector) measures(host string) bool {
	described := c.r.Hosts[host]
	return described == nil || len(described.Devices) > 0
}

// Twice is a device that two hosts describe: the readings of one of them count.
type Twice struct{ Device, Counts, Left string }
