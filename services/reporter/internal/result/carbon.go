package result

import (
	"fmt"
	"strconv"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// priceLoad finds the load's intensity: the mean over its energy, so that each joule of
// accelerators, processors and memory is priced as of its own time.
func (c *computation) priceLoad() error {
	c.loadFactors = c.factors
	if c.grid == nil {
		return nil
	}
	stretches := c.stretches(c.window.from, c.window.to)
	joules := make([]float64, len(stretches))
	// One figure all along prices any energy alike.
	for _, devices := range [][]measured{c.gpus, c.cpus, c.rams} {
		if len(stretches) < 2 || len(devices) == 0 {
			continue
		}
		if err := c.drawnIn(stretches, devices, joules); err != nil {
			return fmt.Errorf("energy by carbon intensity of run %s: %w", c.run.ID, err)
		}
	}
	weight := func(i int) float64 { return joules[i] }
	if sumOf(joules) == 0 {
		weight = byTime(stretches)
	}
	c.loadFactors = c.factorsOver(stretches, weight)
	return nil
}

// drawnIn adds what devices drew in each stretch to joules, by the same engine that
// splits the energy over requests: a stretch is an attempt that has the devices for
// itself. Energy of gaps, whose moments are not known, goes by the rest.
func (c *computation) drawnIn(stretches []gridSpan, devices []measured, joules []float64) error {
	p := part{devices: devices, window: c.window}
	engine, err := c.engine(p, attribution.Options{Methods: []string{attribution.EqualShare}})
	if err != nil {
		return err
	}
	ids := make([]string, len(devices))
	for i, d := range devices {
		ids[i] = d.ID
	}
	for i, s := range stretches {
		err := engine.AddRequest(attribution.Request{
			ID: strconv.Itoa(i), Attempt: 1, Devices: ids, StartNS: s.from, EndNS: s.to,
			FirstTokenNS: event.Missing, QueueNS: event.Missing, InputTokens: event.Missing, OutputTokens: event.Missing,
		})
		if err != nil {
			return err
		}
	}
	r, err := engine.Close(p.window.from, p.window.to)
	if err != nil {
		return err
	}
	for _, share := range r.Shares {
		i, err := strconv.Atoi(share.RequestID)
		if err != nil {
			return err
		}
		joules[i] += share.EnergyJ
	}
	return nil
}

func sumOf(values []float64) (sum float64) {
	for _, v := range values {
		sum += v
	}
	return sum
}
