package simulated

import (
	"context"
	"net/http"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/simulate"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// Dial names the simulator at url; nothing is asked of it yet.
func Dial(url string) Simulator {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	// A proxy is for the outside world.
	transport.Proxy = nil
	return &client{
		http:   transport,
		client: simulate.Client{BaseURL: url, HTTP: &http.Client{Transport: transport}},
	}
}

// client adapts the simulator's own.
type client struct {
	http   *http.Transport
	client simulate.Client
}

func (c *client) Devices(ctx context.Context) ([]event.Device, error) { return c.client.Devices(ctx) }

func (c *client) Ledger(ctx context.Context, run event.RunID, fromNS, toNS int64) (*event.TruthRecorded, error) {
	return c.client.Ledger(ctx, run, fromNS, toNS)
}

func (c *client) Read(ctx context.Context) ([]Sensors, error) {
	readings, err := c.client.Read(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Sensors, 0, len(readings))
	for _, r := range readings {
		out = append(out, adapt(r))
	}
	return out, nil
}

// Close lets go of the connections.
func (c *client) Close() { c.http.CloseIdleConnections() }

func adapt(r simulate.Reading) Sensors {
	if r.Error != "" {
		flag := device.ReadError
		if r.Error == simulate.FaultDeviceLost {
			flag = device.DeviceLost
		}
		return Sensors{Device: r.ID, Reading: device.Failed(r.TimeNS, flag, "simulated: "+r.Error)}
	}
	out := device.Unread(r.TimeNS)
	out.PowerMW, out.EnergyMJ = known(r.PowerMW), known(r.EnergyMJ)
	gauges := device.NoGauges(r.TimeNS)
	gauges.UtilizationPct = known(r.UtilizationPct)
	gauges.MemoryUsedBytes = known(r.MemoryUsedBytes)
	gauges.SMClockMHz = known(r.SMClockMHz)
	gauges.TemperatureC = known(r.TemperatureC)
	gauges.PowerLimitMW = known(r.PowerLimitMW)
	return Sensors{Device: r.ID, Reading: out, Gauges: gauges}
}

func known(v *int64) int64 {
	if v == nil {
		return event.Missing
	}
	return *v
}
