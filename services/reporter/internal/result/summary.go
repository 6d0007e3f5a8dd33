package result

import (
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/emission"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

func (c *computation) summary(rows []event.ResultRequest) event.Summary {
	r := c.run
	s := event.Summary{
		RunID: r.ID, Name: r.Requested.Name, Revision: c.options.Revision, ConfigDigest: r.Requested.ConfigDigest,
		Backend: r.Config.Backend.Type, Model: r.Config.Backend.Model, Endpoint: r.Config.Backend.Endpoint,
		Dataset: r.Config.Scenario.DatasetName, DatasetRead: r.Dataset, Concurrency: r.Config.Load.Concurrency,
		Simulated: r.Requested.Simulated, StartedNS: c.window.from, EndedNS: c.window.to,
		DurationS: float64(c.window.to-c.window.from) / 1e9, Failure: r.Failure,
		Completeness: r.Completeness, Clock: c.clocks.states(),
		Provenance: map[string]event.Provenance{},
	}
	for host := range r.Hosts {
		s.Hosts = append(s.Hosts, host)
	}
	slices.Sort(s.Hosts)
	answers := c.answers(r.Finished)
	s.Requests, s.Tokens = counts(answers, r.Finished), tokens(answers)
	s.Latency = latency(answers)
	s.Throughput = c.throughput(s)
	c.energy(&s, rows)
	s.Steady = c.steady()
	s.Windows = c.windows()
	s.Stages = c.stages()
	s.Sessions = r.Sessions
	s.Goodput = c.goodput(s)
	s.Servers, s.Clients = c.servers(), c.clients()
	s.Emissions = c.emissions(s)
	c.truth(&s, rows)
	s.Flags = flagResults(s.Devices, rows)
	s.Status = status(r)
	s.Verdict = c.verdict(s)
	for _, host := range s.Hosts {
		s.Notes = append(s.Notes, r.Hosts[host].Notes...)
	}
	s.Notes = append(s.Notes, c.moduleNotes()...)
	return s
}

// answers are the attempts that no later one replaced, one for each request.
func (c *computation) answers(attempts []*event.RequestFinished) []*event.RequestFinished {
	return slices.DeleteFunc(slices.Clone(attempts), c.superseded)
}

func counts(answers, attempts []*event.RequestFinished) event.RequestCounts {
	n := event.RequestCounts{
		Total: int64(len(answers)), Attempts: int64(len(attempts)), Retried: int64(len(attempts) - len(answers)),
		ByErrorClass: map[string]int64{},
	}
	for _, f := range answers {
		switch f.Status {
		case event.StatusOK:
			n.OK++
		case event.StatusFailed:
			n.Failed++
		case event.StatusCancelled:
			n.Cancelled++
		}
		if f.Warmup {
			n.Warmup++
		}
	}
	for _, f := range attempts {
		if f.ErrorClass != "" {
			n.ByErrorClass[f.ErrorClass]++
		}
	}
	return n
}

func tokens(answers []*event.RequestFinished) event.TokenSums {
	var t event.TokenSums
	for _, f := range answers {
		if f.Status != event.StatusOK {
			continue
		}
		if f.Tokens.Source == event.TokensMissing {
			t.Missing++
			continue
		}
		count(&t.Input, f.Tokens.Input)
		count(&t.Output, f.Tokens.Output)
		count(&t.Reasoning, f.Tokens.Reasoning)
		count(&t.Cached, f.Tokens.Cached)
	}
	return t
}

// count adds what was told to a sum, which is nil before anything was.
func count(sum **int64, told *int64) {
	switch {
	case told == nil:
	case *sum == nil:
		*sum = new(*told)
	default:
		**sum += *told
	}
}

// throughput is over the load's duration; concurrency is what was in flight.
func (c *computation) throughput(s event.Summary) event.Throughput {
	t, durationS := s.Tokens, s.DurationS
	if durationS <= 0 {
		return event.Throughput{}
	}
	inFlightNS := 0.0
	edges := make([]edge, 0, 2*len(c.run.Finished))
	for _, f := range c.run.Finished {
		inFlightNS += float64(f.EndAfterNS)
		sent := c.sent(f)
		edges = append(edges, edge{sent, 1}, edge{sent + f.EndAfterNS, -1})
	}
	load := c.run.Config.Load
	atTargetNS, most := held(edges, load.Concurrency)
	out := event.Throughput{
		RequestsPerS: float64(s.Requests.OK) / durationS, InputTokensPerS: perSecond(t.Input, durationS), OutputTokensPerS: perSecond(t.Output, durationS),
		TotalTokensPerS: perSecond(t.Total(), durationS),
		ConcurrencyMean: inFlightNS / 1e9 / durationS, ConcurrencyMax: most,
	}
	if load.Type == config.LoadClosed {
		out.AtTargetShare = new(float64(atTargetNS) / 1e9 / durationS)
	}
	return out
}

func perSecond(n *int64, durationS float64) *float64 {
	if n == nil {
		return nil
	}
	return new(float64(*n) / durationS)
}

// emissions prices everything that is known of accelerators, CPU and memory over
// the load.
func (c *computation) emissions(s event.Summary) event.Emissions {
	if c.factors == nil {
		return event.Emissions{Scope: "none", PUE: c.run.Config.Metrics.PUE}
	}
	factors := c.loadFactors
	i := factors.Intensity
	out := event.Emissions{
		Scope: scope(s), IntensityGPerKWh: new(float64(i.Value)), IntensityPlace: i.Place,
		IntensitySource: i.Source, IntensityYear: i.Year, IntensityNote: i.Note, PUE: c.factors.PUE, WUELPerKWh: float64(c.factors.WUE),
	}
	out.Observed = c.observed()
	if s.Energy.TotalWh == nil {
		return out
	}
	bill := factors.Price(emission.WattHours(*s.Energy.TotalWh))
	if i := s.Energy.Intervals.TotalWh; i != nil {
		out.GCO2eInterval = &event.Interval{
			Low:  float64(factors.Price(emission.WattHours(i.Low)).CO2e),
			High: float64(factors.Price(emission.WattHours(i.High)).CO2e),
		}
	}
	out.ScopeWh, out.GCO2e, out.WaterL = s.Energy.TotalWh, new(float64(bill.CO2e)), new(float64(bill.Water))
	if s.Requests.OK > 0 {
		out.GCO2ePerRequest = new(float64(bill.CO2e) / float64(s.Requests.OK))
	}
	if n := s.Tokens.Output; n != nil && *n > 0 {
		out.GCO2ePer1000Output = new(float64(bill.CO2e) / float64(*n) * 1000)
	}
	declared(&out, c.run.Config.Metrics, s, bill)
	return out
}

func scope(s event.Summary) string {
	text := ""
	for _, part := range []struct {
		name string
		wh   *float64
	}{{"gpu", s.Energy.GPUWh}, {"cpu", s.Energy.CPUWh}, {"ram", s.Energy.RAMWh}} {
		if part.wh == nil {
			continue
		}
		if text != "" {
			text += "+"
		}
		text += part.name
	}
	return text
}
