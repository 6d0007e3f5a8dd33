package counter

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// Counter is one energy counter. It is not safe for concurrent use.
type Counter struct {
	rangeUJ uint64
	lastUJ  uint64
	// totalUJ grows since the counter was first read, or reset; it does not wrap in
	// practice (at 1 kW in 580 years).
	totalUJ uint64
	prior   event.Stamp
}

// From begins at a first value. rangeUJ is where the counter wraps; of one whose
// range is not known (0), going backwards is a reset.
func From(firstUJ, rangeUJ uint64) *Counter { return &Counter{rangeUJ: rangeUJ, lastUJ: firstUJ} }

// Take is the reading that a value makes. A reset starts the total anew, so that it
// falls, as it does for counters that are passed on as they are.
func (c *Counter) Take(nowUJ uint64, at event.Stamp) device.Reading {
	out := device.Unread(at.WallNS)
	step, ok := advance(c.lastUJ, nowUJ, c.rangeUJ)
	if !ok {
		c.totalUJ, out.Flags = 0, device.CounterReset
	}
	c.lastUJ = nowUJ
	c.totalUJ += step
	out.EnergyMJ = int64(c.totalUJ / 1000)
	if ns := at.MonoNS - c.prior.MonoNS; ok && c.prior != (event.Stamp{}) && ns > 0 {
		// µJ per ns is kW: 1e6 mW.
		out.PowerMW = int64(float64(step) / float64(ns) * 1e6)
	}
	c.prior = at
	return out
}

// advance is the energy between two readings of a counter that wraps at its
// range, and false for one that went back further than a wrap explains.
func advance(before, now, rangeUJ uint64) (step uint64, ok bool) {
	if now >= before {
		return now - before, true
	}
	// A wrap leaves the old value near the top and the new one near the bottom.
	if rangeUJ >= before && before > rangeUJ/2 && now < rangeUJ/2 {
		return rangeUJ - before + now, true
	}
	return 0, false
}

// ReadFile reads a file that holds one unsigned number, as sysfs does.
func ReadFile(path string) (uint64, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	return parseUint(raw)
}

func parseUint(raw []byte) (uint64, error) {
	v, err := strconv.ParseUint(strings.TrimSpace(string(raw)), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("not a number: %q", raw)
	}
	return v, nil
}
