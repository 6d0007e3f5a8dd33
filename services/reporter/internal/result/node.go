package result

import "github.com/neuralwatt/ai-energy-benchmarks/pkg/event"

// wholes fills in what sensors of whole nodes measured, beside the sum of the parts of
// those nodes. Neither is added to the other: the one contains the other.
func (c *computation) wholes(s *event.Summary) {
	s.Energy.NodeWh = wattHours(c.node, c.methods[0])
	if s.Energy.NodeWh == nil {
		return
	}
	seen := map[string]bool{}
	for _, d := range s.Devices {
		if d.Kind == event.KindNode && d.Samples > 0 {
			seen[d.Host] = true
		}
	}
	var parts float64
	for _, d := range s.Devices {
		if d.Kind != event.KindNode && seen[d.Host] {
			parts += zero(d.MeasuredJ) / joulesPerWh
		}
	}
	if parts > 0 {
		s.Energy.NodeOverParts = new(*s.Energy.NodeWh / parts)
	}
}
