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
	// Outside lists the sums, by name, that the truth is outside the stated bounds of.
	Outside  []string
	Fit      attribution.Fit
	Errors   []Errors
	verdicts map[string]verdicts
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
	row := Row{Load: l.Name, Sensor: s.Name, Hints: h.Name, Models: l.Models, Requests: len(l.jobs), Fit: res.Fits[0], verdicts: map[string]verdicts{}}
	truth, served := t.joules(to)-t.joules(from), 0.0
	for _, j := range l.jobs {
		served += j.TrueJ
	}
	for _, led := range res.Ledgers {
		row.Residual = max(row.Residual, led.ResidualRel)
		row.TotalError = math.Abs(led.MeasuredJ-truth) / truth
		if truth < led.MeasuredLowJ || truth > led.MeasuredHighJ {
			row.Outside = append(row.Outside, "measured")
		}
		if served < led.RequestsLowJ || served > led.RequestsHighJ {
			row.Outside = append(row.Outside, "requests by "+led.Method)
		}
	}
	for _, m := range attribution.Methods() {
		v := judge(m, l.jobs, res.Shares)
		row.verdicts[m] = v
		row.Errors = append(row.Errors, v.errors(m))
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

// Pooled is one method's errors over the requests of several loads of one kind.
func Pooled(method string, loads []Load, s Sensor, h Hints) (Errors, error) {
	var all verdicts
	for i := range loads {
		r, err := Compare(&loads[i], loads[i].trace(), s, h)
		if err != nil {
			return Errors{}, err
		}
		all.add(r.verdicts[method])
	}
	return all.errors(method), nil
}

// verdicts are what is known of the shares of some requests: how far each is off,
// how wide its interval is, and of how many the truth is in it.
type verdicts struct {
	rel, width []float64
	inside     int
}

func (v *verdicts) add(o verdicts) {
	v.rel, v.width, v.inside = append(v.rel, o.rel...), append(v.width, o.width...), v.inside+o.inside
}

func (v *verdicts) errors(method string) Errors {
	return Errors{method, quantile(v.rel, 0.5), quantile(v.rel, 0.95), float64(v.inside) / float64(len(v.rel)), quantile(v.width, 0.5)}
}

func judge(method string, jobs []*Job, shares []attribution.Share) verdicts {
	var v verdicts
	i := 0
	for _, s := range shares {
		if s.Method != method {
			continue
		}
		truth := jobs[i].TrueJ
		i++
		v.rel = append(v.rel, math.Abs(s.EnergyJ-truth)/truth)
		v.width = append(v.width, (s.HighJ-s.LowJ)/2/s.EnergyJ)
		if s.LowJ <= truth && truth <= s.HighJ {
			v.inside++
		}
	}
	return v
}

func quantile(v []float64, q float64) float64 {
	v = slices.Clone(v)
	slices.Sort(v)
	return v[min(len(v)-1, int(q*float64(len(v))))]
}
