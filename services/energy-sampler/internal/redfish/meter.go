package redfish

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// chassisRoot lists the chassis of a controller.
const chassisRoot = "/redfish/v1/Chassis"

const (
	mWPerW   = 1e3
	mJPerKWh = 3.6e9
)

// meter is where a chassis' figures are.
type meter struct {
	id, name string
	// path is of the resource with the figures; newer says that it is EnvironmentMetrics.
	path  string
	newer bool
	// counts says that it has an energy counter.
	counts bool
	// gainRel is the sensor's stated error, 0 when it states none; interval how often it
	// senses, in ISO 8601, or "".
	gainRel  float64
	interval string
}

// source names what is read.
func (m *meter) source() string {
	switch {
	case m.path == "":
		return "redfish"
	case m.newer:
		return "redfish.environment_metrics"
	}
	return "redfish.power_control"
}

// figures are one answer. Power and energy may each be event.Missing; sensor is the
// path of the sensor that power is from, where it is told.
type figures struct {
	powerMW, energyMJ int64
	sensor            string
}

// find looks the meter of a chassis up; of the only one when want is "".
func find(ctx context.Context, c *client, want string) (*meter, error) {
	var all collection
	if err := c.get(ctx, chassisRoot, &all); err != nil {
		return nil, err
	}
	var names []string
	chosen := ""
	for _, member := range all.Members {
		name := path.Base(member.ID)
		names = append(names, name)
		if name == want || want == "" && len(all.Members) == 1 {
			chosen = member.ID
		}
	}
	if chosen == "" {
		return nil, fmt.Errorf("%w: redfish.chassis names none of its chassis: %s", ErrNotFound, strings.Join(names, ", "))
	}
	var ch chassis
	if err := c.get(ctx, chosen, &ch); err != nil {
		return nil, err
	}
	m := &meter{id: path.Base(chosen), name: ch.Name}
	// A chassis may have both, and the newer without a figure.
	for _, way := range []struct {
		link  *link
		newer bool
	}{{ch.EnvironmentMetrics, true}, {ch.Power, false}} {
		if way.link == nil {
			continue
		}
		m.path, m.newer = way.link.ID, way.newer
		now, err := m.read(ctx, c)
		if err == nil {
			m.counts = now.energyMJ != event.Missing
			m.ask(ctx, c, now.sensor)
			return m, nil
		}
		if !errors.Is(err, ErrNotFound) {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%w: chassis %s has no power reading", ErrNotFound, m.id)
}

// read takes the present figures. It returns ErrNotFound when there is none.
func (m *meter) read(ctx context.Context, c *client) (figures, error) {
	out := figures{powerMW: event.Missing, energyMJ: event.Missing}
	var watts number
	if m.newer {
		var e environment
		if err := c.get(ctx, m.path, &e); err != nil {
			return out, err
		}
		watts, out.sensor = e.PowerWatts.Reading, e.PowerWatts.DataSourceURI
		if v, ok := e.EnergykWh.Reading.times(mJPerKWh); ok {
			out.energyMJ = v
		}
	} else {
		var p power
		if err := c.get(ctx, m.path, &p); err != nil {
			return out, err
		}
		// The first is the chassis'; others are of its parts, which are inside it.
		if len(p.PowerControl) > 0 {
			watts = p.PowerControl[0].PowerConsumedWatts
		}
	}
	if v, ok := watts.times(mWPerW); ok {
		out.powerMW = v
	}
	if out.powerMW == event.Missing && out.energyMJ == event.Missing {
		return out, fmt.Errorf("%w: %s has no power reading now", ErrNotFound, m.path)
	}
	return out, nil
}

// ask reads what the sensor behind an excerpt says of itself. One that says nothing is
// no trouble: its reading is there without it.
func (m *meter) ask(ctx context.Context, c *client, path string) {
	var s sensor
	if path == "" || c.get(ctx, path, &s) != nil {
		return
	}
	if ppm, ok := s.Accuracy.times(1e4); ok && ppm < 1e6 {
		m.gainRel = float64(ppm) / 1e6
	}
	m.interval = s.SensingInterval
}
