package result

import (
	"fmt"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/emission"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
)

// Options are what a result depends on besides the record.
type Options struct {
	Revision int
	// Methods replace the run's own attribution methods; the first is the primary.
	Methods []string
}

// Result is a run's result.
type Result struct {
	Summary event.Summary
	Rows    []event.ResultRequest
}

// computation is what rows and summary are made from.
type computation struct {
	run     *collect.Run
	options Options
	methods []string
	clocks  clocks
	// latest is the highest attempt of each request.
	latest map[string]int
	// answered are the attempts that are ok, by keys without a method.
	answered map[shareKey]bool
	// spans are by replica.
	spans  map[string]spans
	window window
	// clockErrorNS is how far the ends of the load may be off by the clocks: as far as any attempt.
	clockErrorNS int64
	factors      *emission.Factors
	// grid is the intensity over time; nil where none was observed. loadFactors have its
	// mean over the load's energy.
	grid        *grid
	loadFactors *emission.Factors

	gpus, cpus, rams, nodes []measured
	gpu, cpu, ram, node     attribution.Result
	// gpuShares are gpu's.
	gpuShares map[shareKey]attribution.Share
	// within are in the figures of gpus already, and in no sum.
	within []measured
	module attribution.Result
	beside beside
	// processes are the drivers' accounts of their CPU.
	processes [][]event.DriverSampled
	// shifted are readings that were brought to the common time, by device.
	shifted map[string][]attribution.Sample
}

// Compute attributes, prices and summarises a run.
func Compute(r *collect.Run, o Options) (Result, error) {
	c := &computation{run: r, options: o, methods: o.Methods, clocks: newClocks(r), latest: map[string]int{}, answered: map[shareKey]bool{}, shifted: map[string][]attribution.Sample{}}
	c.beside = beside{before: map[string]event.Beside{}, after: map[string]event.Beside{}}
	for _, f := range r.Finished {
		c.latest[f.RequestID] = max(c.latest[f.RequestID], f.Attempt)
		if f.Status == event.StatusOK {
			c.answered[shareKey{f.RequestID, f.Attempt, ""}] = true
		}
	}
	c.processes = processes(r.Clients)
	c.window = c.loadWindow()
	if len(c.methods) == 0 {
		c.methods = r.Config.Metrics.Methods
	}
	if err := c.price(); err != nil {
		return Result{}, err
	}
	c.gpus, c.cpus = devicesOf(r, event.KindGPU), devicesOf(r, event.KindCPU)
	c.rams, c.nodes = devicesOf(r, event.KindRAM), devicesOf(r, event.KindNode)
	c.within = c.withinModules()
	for _, part := range []struct {
		name    string
		devices []measured
		result  *attribution.Result
	}{{"gpu", c.gpus, &c.gpu}, {"cpu", c.cpus, &c.cpu}, {"ram", c.rams, &c.ram}, {"node", c.nodes, &c.node}, {"module", c.within, &c.module}} {
		if len(part.devices) == 0 {
			continue
		}
		var err error
		if *part.result, err = c.split(c.methods, part.devices, c.window); err != nil {
			return Result{}, fmt.Errorf("attribute %s energy of run %s: %w", part.name, r.ID, err)
		}
		if err := c.besides(part.devices); err != nil {
			return Result{}, fmt.Errorf("%s energy before and after the load of run %s: %w", part.name, r.ID, err)
		}
	}
	c.gpuShares = byKey(c.gpu.Shares)
	if err := c.priceLoad(); err != nil {
		return Result{}, err
	}
	c.spans = c.spansOf()
	rows := c.rows()
	return Result{Summary: c.summary(rows), Rows: rows}, nil
}

// price finds the factors; a run that measures nothing has none.
func (c *computation) price() error {
	m := c.run.Config.Metrics
	if !m.Enabled {
		return nil
	}
	intensity, err := emission.Default().Lookup(m.Place())
	if err != nil {
		return fmt.Errorf("carbon intensity of run %s: %w", c.run.ID, err)
	}
	c.factors = &emission.Factors{Intensity: intensity, PUE: m.PUE, WUE: emission.LitresPerKWh(m.WUELPerKWh)}
	c.grid = c.gridOf()
	return nil
}
