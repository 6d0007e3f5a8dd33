package result

import (
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/emission"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// flagCooldown marks one of the last requests of a load.
const flagCooldown = "cooldown"

type shareKey struct {
	request string
	attempt int
	method  string
}

func byKey(shares []attribution.Share) map[shareKey]attribution.Share {
	out := make(map[shareKey]attribution.Share, len(shares))
	for _, s := range shares {
		out[shareKey{s.RequestID, s.Attempt, s.Method}] = s
	}
	return out
}

// rows makes one row per attempt and method, by request, attempt and method.
func (c *computation) rows() []event.ResultRequest {
	cpu, ram := byKey(c.cpu.Shares), byKey(c.ram.Shares)
	methods := slices.Sorted(slices.Values(c.methods))
	out := make([]event.ResultRequest, 0, len(c.run.Finished)*len(methods))
	for _, f := range c.run.Finished {
		factors := c.factorsOfAttempt(f)
		for _, method := range methods {
			key := shareKey{f.RequestID, f.Attempt, method}
			row := c.timing(f)
			row.Method = method
			c.cost(&row, cpu, ram, key, factors)
			out = append(out, row)
		}
	}
	return out
}

// factorsOfAttempt have the intensity's mean over an attempt's own time.
func (c *computation) factorsOfAttempt(f *event.RequestFinished) *emission.Factors {
	if c.grid == nil {
		return c.factors
	}
	stretches := c.stretches(c.sent(f), c.sent(f)+endAfter(f))
	return c.factorsOver(stretches, byTime(stretches))
}

// timing is what a row says without energy.
func (c *computation) timing(f *event.RequestFinished) event.ResultRequest {
	sent := f.Sent.WallNS
	row := event.ResultRequest{
		RunID: c.run.ID, Revision: c.options.Revision, RequestID: f.RequestID, Attempt: f.Attempt,
		Status: f.Status, ErrorClass: f.ErrorClass, Warmup: f.Warmup, Endpoint: f.Endpoint, Replica: f.Replica,
		ScheduledNS: f.ScheduledNS, SentNS: sent,
		FirstByteNS: at(sent, f.FirstByteAfterNS), FirstTokenNS: at(sent, f.FirstTokenAfterNS),
		FirstOutputNS: at(sent, f.FirstOutputAfterNS), LastTokenNS: at(sent, f.LastTokenAfterNS),
		EndNS: sent + f.EndAfterNS, TTFTS: seconds(f.FirstTokenAfterNS), E2ES: float64(endAfter(f)) / 1e9,
		InputTokens: f.Tokens.Input, OutputTokens: f.Tokens.Output, ReasoningTokens: f.Tokens.Reasoning, CachedTokens: f.Tokens.Cached,
		Provenance: event.Absent, EmissionsProvenance: event.Absent, Flags: slices.Clone(f.Flags),
	}
	if f.Cooldown {
		row.Flags = append(row.Flags, flagCooldown)
	}
	row.ITLMeanS, row.TPOTS = meanGap(f), perOutputToken(f)
	if late, ok := lateness(f); ok {
		row.QueueLagS = &late
	}
	if !c.clocks.known(f.Clock.Host) {
		row.Flags = append(row.Flags, flagClockUnknown)
	}
	if c.run.Stepped(f.Clock, f.Sent) {
		row.Flags = append(row.Flags, flagClockStepped)
	}
	row.Flags = append(row.Flags, c.spans[f.Replica].over(c.sent(f), c.sent(f)+endAfter(f))...)
	return row
}

// cost adds an attempt's energy. Emissions cover what is known of accelerator,
// CPU and memory, as the run's do.
func (c *computation) cost(row *event.ResultRequest, cpu, ram map[shareKey]attribution.Share, key shareKey, factors *emission.Factors) {
	var total float64
	var provenance event.Provenance
	if s, ok := c.gpuShares[key]; ok {
		provenance = s.Provenance
		row.Coverage = new(s.Coverage)
		carry(row, s, "", false)
		if s.Known {
			row.Provenance = s.Provenance
			row.EnergyJ, row.EnergyLowJ, row.EnergyHighJ = new(s.EnergyJ), new(s.LowJ), new(s.HighJ)
			row.DynamicJ, row.IdleJ = new(s.DynamicJ), new(s.IdleJ)
			row.QueueJ, row.PrefillJ, row.DecodeJ = new(s.QueueJ), new(s.PrefillJ), new(s.DecodeJ)
			total += s.EnergyJ
			if row.OutputTokens != nil && *row.OutputTokens > 0 {
				row.JPerOutputToken = new(s.EnergyJ / float64(*row.OutputTokens))
			}
		}
	}
	known := row.EnergyJ != nil
	_, told := c.gpuShares[key]
	for _, part := range []struct {
		shares map[shareKey]attribution.Share
		whose  string
		into   **float64
	}{{cpu, ofCPU, &row.CPUJ}, {ram, ofRAM, &row.RAMJ}} {
		s, ok := part.shares[key]
		if !ok {
			continue
		}
		carry(row, s, part.whose, told)
		provenance = event.Worse(provenance, s.Provenance)
		if s.Known {
			*part.into, known = new(s.EnergyJ), true
			total += s.EnergyJ
		}
	}
	if known && factors != nil {
		row.EmissionsProvenance = provenance
		row.EmissionsGCO2e = new(float64(factors.Price(emission.Joules(total).WattHours()).CO2e))
	}
	slices.Sort(row.Flags)
	row.Flags = slices.Compact(row.Flags)
}

// meanGap is the mean gap between chunks; nil for fewer than two.
func meanGap(f *event.RequestFinished) *float64 {
	n := len(f.ChunkGapsNS)
	if n < 2 {
		return nil
	}
	var sum int64
	for _, gap := range f.ChunkGapsNS[1:] {
		sum += gap
	}
	return new(float64(sum) / 1e9 / float64(n-1))
}

// perOutputToken is (last − first token) / (tokens − 1), as vLLM's own benchmark
// defines it; nil for fewer than two tokens.
func perOutputToken(f *event.RequestFinished) *float64 {
	if f.FirstTokenAfterNS == nil || f.LastTokenAfterNS == nil || f.Tokens.Output == nil || *f.Tokens.Output < 2 {
		return nil
	}
	return new(float64(*f.LastTokenAfterNS-*f.FirstTokenAfterNS) / 1e9 / float64(*f.Tokens.Output-1))
}

func at(base int64, after *int64) *int64 {
	if after == nil {
		return nil
	}
	return new(base + *after)
}

func seconds(ns *int64) *float64 {
	if ns == nil {
		return nil
	}
	return new(float64(*ns) / 1e9)
}
