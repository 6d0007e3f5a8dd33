package result

import (
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

const joulesPerWh = 3600

// energy fills in the account, the methods, the devices and the provenance.
func (c *computation) energy(s *event.Summary, rows []event.ResultRequest) {
	for _, method := range c.methods {
		if total, ok := total(c.gpu, method); ok {
			m := methodResult(total, rows)
			if method == attribution.Fitted {
				m.Fits = fits(c.gpu)
			}
			s.Methods = append(s.Methods, m)
		}
	}
	s.MethodSpreadRel = spread(rows, len(c.methods))
	s.Energy.Method = c.methods[0]
	s.Energy.GPUWh = wattHours(c.gpu, c.methods[0])
	s.Energy.CPUWh = wattHours(c.cpu, c.methods[0])
	s.Energy.RAMWh = wattHours(c.ram, c.methods[0])
	for _, part := range []*float64{s.Energy.GPUWh, s.Energy.CPUWh, s.Energy.RAMWh} {
		if part != nil {
			s.Energy.TotalWh = new(zero(s.Energy.TotalWh) + *part)
		}
	}
	if len(s.Methods) > 0 {
		c.headline(s)
	}
	c.intervals(&s.Energy)
	s.Energy.Before, s.Energy.After = sumBeside(c.gpus, c.beside.before), sumBeside(c.gpus, c.beside.after)
	for _, part := range []struct {
		name    string
		devices []measured
		result  attribution.Result
	}{{"gpu", c.gpus, c.gpu}, {"cpu", c.cpus, c.cpu}, {"ram", c.rams, c.ram}, {"node", c.nodes, c.node}} {
		if part.name == "node" && len(part.devices) == 0 {
			continue // few machines have a sensor of the whole
		}
		if len(part.devices) == 0 {
			s.Provenance[part.name] = event.Absent
		}
		for _, d := range part.devices {
			if !gave(part.result, d.ID) {
				d.Provenance = event.Absent
			}
			s.Provenance[part.name] = event.Worse(s.Provenance[part.name], d.Provenance)
			if part.name != "node" {
				s.Provenance["total"] = event.Worse(s.Provenance["total"], d.Provenance)
			}
			s.Devices = append(s.Devices, c.device(d, part.result))
			s.Simulated = s.Simulated || d.Simulated
		}
	}
	if s.Energy.TotalWh == nil {
		s.Provenance["total"] = event.Absent
	}
	c.wholes(s)
	for _, d := range c.within {
		s.Devices = append(s.Devices, c.device(d, c.module))
	}
}

func zero(v *float64) float64 {
	if v == nil {
		return 0
	}
	return *v
}

// headline is the primary method's account, with the figures that people quote.
// Per request and per token, energy is what ok requests were charged that are
// neither warm-up nor cool-down.
func (c *computation) headline(s *event.Summary) {
	m := s.Methods[0]
	e := &s.Energy
	e.MeasuredJ, e.RequestsJ, e.IdleJ = new(m.MeasuredJ), new(m.RequestsJ), new(m.IdleJ)
	e.UnattributedJ, e.GapJ, e.ResidualRel = new(m.UnattributedJ), new(m.GapJ), new(m.ResidualRel)
	// Tokens that the server did not count would make the others look dear, so the
	// energy per token is of attempts with counts.
	okJ, countedJ, ok, output, all := 0.0, 0.0, 0, int64(0), int64(0)
	for _, f := range c.run.Finished {
		share := c.gpuShares[shareKey{f.RequestID, f.Attempt, m.Method}]
		if !c.quoted(f) || !share.Known {
			continue
		}
		okJ += share.EnergyJ
		ok++
		if counted(f) {
			countedJ += share.EnergyJ
			output += *f.Tokens.Output
			all += *f.Tokens.Output + *f.Tokens.Input
		}
	}
	if ok > 0 {
		e.WhPer1000Requests = new(okJ / joulesPerWh / float64(ok) * 1000)
	}
	if output > 0 {
		e.JPerOutputToken = new(countedJ / float64(output))
		e.JPerTotalToken = new(countedJ / float64(all))
	}
}

// quoted says whether an attempt is one that figures per request are made of.
func (c *computation) quoted(f *event.RequestFinished) bool {
	return f.Status == event.StatusOK && !f.Warmup && !c.superseded(f)
}

func counted(f *event.RequestFinished) bool { return f.Tokens.Output != nil && f.Tokens.Input != nil }

// total is the ledger of all devices under a method.
func total(r attribution.Result, method string) (attribution.Ledger, bool) {
	for _, l := range r.Ledgers {
		if l.Device == "" && l.Method == method {
			return l, true
		}
	}
	return attribution.Ledger{}, false
}

func wattHours(r attribution.Result, method string) *float64 {
	l, ok := total(r, method)
	if !ok || !slices.ContainsFunc(r.Devices, wasRead) {
		return nil
	}
	return new(l.MeasuredJ / joulesPerWh)
}

func methodResult(l attribution.Ledger, rows []event.ResultRequest) event.MethodResult {
	m := event.MethodResult{
		Method: l.Method, MeasuredJ: l.MeasuredJ, RequestsJ: l.RequestsJ, IdleJ: l.IdleJ,
		UnattributedJ: l.UnattributedJ, GapJ: l.GapJ, ResidualRel: l.ResidualRel,
		RequestsIntervalJ: &event.Interval{Low: l.RequestsLowJ, High: l.RequestsHighJ},
		OKJ:               l.Accounts[accountOK], FailedJ: l.Accounts[accountFailed], CancelledJ: l.Accounts[accountCancelled],
		WarmupJ: l.Accounts[accountWarmup], RetriedJ: l.Accounts[accountRetried],
	}
	var energy, queue, prefill, decode, dynamic, idle []float64
	for _, row := range rows {
		if row.Method != l.Method || row.Status != event.StatusOK || row.Warmup || row.EnergyJ == nil {
			continue
		}
		energy, queue, prefill = append(energy, *row.EnergyJ), append(queue, *row.QueueJ), append(prefill, *row.PrefillJ)
		decode, dynamic, idle = append(decode, *row.DecodeJ), append(dynamic, *row.DynamicJ), append(idle, *row.IdleJ)
	}
	m.PerRequestJ, m.QueueJ, m.PrefillJ = distribution(energy), distribution(queue), distribution(prefill)
	m.DecodeJ, m.DynamicJ, m.IdleShareJ = distribution(decode), distribution(dynamic), distribution(idle)
	return m
}

func (c *computation) device(d measured, r attribution.Result) event.DeviceResult {
	out := event.DeviceResult{
		Host: d.host, ID: d.ID, Kind: d.Kind, Name: d.Name, Simulated: d.Simulated, Provenance: d.Provenance,
		Architecture: d.Architecture, Source: d.EnergySource, PowerSource: d.PowerSource, SourceReason: d.SourceReason,
		Flags: slices.Clone(d.Flags),
	}
	if out.Source == "" {
		out.Source = d.PowerSource
	}
	for _, stats := range r.Devices {
		if stats.Device != d.ID {
			continue
		}
		out.Samples, out.GapS = stats.Samples, float64(stats.GapNS)/1e9
		out.Flags = append(out.Flags, stats.Flags...)
		if wasRead(stats) {
			c.ledger(&out, d, r)
		}
		// Both are over the time where both are known; without the other, one says nothing.
		if stats.HasCounter && stats.HasPower {
			out.CounterJ, out.IntegralJ = new(stats.CounterJ), new(stats.IntegralJ)
		}
		if stats.HasPower {
			out.MeanPowerW, out.MaxPowerW = new(stats.MeanPowerW), new(stats.MaxPowerW)
		}
		if stats.HasCounter && stats.HasPower && stats.CounterJ > 0 {
			out.IntegralOverCounter = new(stats.IntegralJ / stats.CounterJ)
		}
	}
	if before, ok := c.beside.before[d.ID]; ok {
		out.Before = &before
	}
	if after, ok := c.beside.after[d.ID]; ok {
		out.After = &after
	}
	if d.IdlePowerMW != nil {
		out.IdlePowerW = new(float64(*d.IdlePowerMW) / 1e3)
	}
	c.gauges(&out)
	for _, span := range c.run.Spans {
		if span.Device == d.ID {
			out.Flags = append(out.Flags, span.Flag)
		}
	}
	slices.Sort(out.Flags)
	out.Flags = slices.Compact(out.Flags)
	return out
}

// ledger fills in the account of a device that was read.
func (c *computation) ledger(out *event.DeviceResult, d measured, r attribution.Result) {
	for _, l := range r.Ledgers {
		if l.Device == out.ID && l.Method == c.methods[0] {
			out.MeasuredJ, out.IdleJ, out.GapJ = new(l.MeasuredJ), new(l.IdleJ), new(l.GapJ)
			out.IntervalJ = d.bounds(l)
		}
	}
}
