package accuracy

import (
	"fmt"
	"math"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Errors of one method over one load.
type Errors struct {
	Method      string
	Median, P95 float64 // of |given − true| / true over requests
	// Inside is the share of requests whose truth is in the interval, and Width
	// the median of (high − low) / (2 · energy); NaN for methods without one.
	Inside, Width float64
}

// Row is one load through one sensor.
type Row struct {
	Load, Sensor string
	Hints        string
	Models       bool
	Requests     int
	TotalError   float64 // |measured − true| / true over the window
	Residual     float64 // the worst ledger's
	Fit          attribution.Fit
	Errors       []Errors
}

// Of finds a method's errors.
func (r Row) Of(method string) Errors {
	i := slices.IndexFunc(r.Errors, func(e Errors) bool { return e.Method == method })
	return r.Errors[i]
}

// Hints are what the client and the server tell beside the bare times.
type Hints struct {
	Name string
	// Queue: the server says how long a request waited. Chunks: the client says
	// when each chunk came.
	Queue, Chunks bool
	// ClockNS is how far the client's clock is off, and Declared whether the
	// engine is told that it may be.
	ClockNS  int64
	Declared bool
}

// AllHints is what this project's driver and a server with timings offer.
func AllHints() Hints {
	return Hints{Name: "server's queue time and times of chunks", Queue: true, Chunks: true}
}

// request is a job as the driver would tell of it.
func (h Hints) request(i int, j *Job) attribution.Request {
	r := attribution.Request{
		ID: fmt.Sprintf("r%06d", i), Attempt: 1, Devices: []string{"gpu"}, Account: "ok",
		StartNS: j.ArriveNS + h.ClockNS, FirstTokenNS: j.FirstNS + h.ClockNS, EndNS: j.EndNS + h.ClockNS,
		QueueNS: event.Missing, InputTokens: int64(j.Input), OutputTokens: int64(j.Output),
	}
	if h.Queue {
		r.QueueNS = j.ServedNS - j.ArriveNS
	}
	if h.Chunks {
		r.ChunkGapsNS = j.GapsNS
	}
	if h.Declared {
		r.ClockErrorNS = max(h.ClockNS, -h.ClockNS)
	}
	return r
}

// Compare runs every method over a load that has been served.
func Compare(l *Load, t *Trace, s Sensor, h Hints) (Row, error) {
	samples := s.Read(t)
	e, err := attribution.NewEngine(attribution.Options{
		Methods: attribution.Methods(), PrefillTokenWeight: 0.25, DecodeTokenWeight: 1,
	})
	if err != nil {
		return Row{}, err
	}
	// The baseline is what the sampler would have taken from the idle lead.
	if err := e.AddDevice(attribution.Device{
		ID: "gpu", Provenance: event.Measured, AverageWindowNS: s.AverageNS, CounterStepNS: s.StepNS,
		GainErrorRel: math.Abs(s.Gain - 1), IdlePowerMW: int64(l.Physics.IdleW * s.Gain * 1000),
	}); err != nil {
		return Row{}, err
	}
	if err := e.AddPower("gpu", samples); err != nil {
		return Row{}, err
	}
	for i, j := range l.jobs {
		if err := e.AddRequest(h.request(i, j)); err != nil {
			return Row{}, err
		}
	}
	from, to := int64(2e9), t.endNS()-int64(1e9)
	res, err := e.Close(from, to)
	if err != nil {
		return Row{}, err
	}
	row := Row{Load: l.Name, Sensor: s.Name, Hints: h.Name, Models: l.Models, Requests: len(l.jobs), Fit: res.Fits[0]}
	truth := t.joules(to) - t.joules(from)
	for _, led := range res.Ledgers {
		row.Residual = max(row.Residual, led.ResidualRel)
		row.TotalError = math.Abs(led.MeasuredJ-truth) / truth
	}
	for _, m := range attribution.Methods() {
		row.Errors = append(row.Errors, engineErrors(m, l.jobs, res.Shares))
	}
	for _, m := range Today() {
		var rel []float64
		for i, j := range today(m, l.jobs, samples) {
			rel = append(rel, math.Abs(j-l.jobs[i].TrueJ)/l.jobs[i].TrueJ)
		}
		row.Errors = append(row.Errors, Errors{m, quantile(rel, 0.5), quantile(rel, 0.95), math.NaN(), math.NaN()})
	}
	return row, nil
}

func engineErrors(method string, jobs []*Job, shares []attribution.Share) Errors {
	var rel, width []float64
	inside := 0
	i := 0
	for _, s := range shares {
		if s.Method != method {
			continue
		}
		truth := jobs[i].TrueJ
		i++
		rel = append(rel, math.Abs(s.EnergyJ-truth)/truth)
		width = append(width, (s.HighJ-s.LowJ)/2/s.EnergyJ)
		if s.LowJ <= truth && truth <= s.HighJ {
			inside++
		}
	}
	return Errors{method, quantile(rel, 0.5), quantile(rel, 0.95), float64(inside) / float64(len(rel)), quantile(width, 0.5)}
}

func quantile(v []float64, q float64) float64 {
	v = slices.Clone(v)
	slices.Sort(v)
	return v[min(len(v)-1, int(q*float64(len(v))))]
}
