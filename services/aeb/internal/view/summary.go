package view

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Summary prints a run's result in sections: what ran, how fast, what it cost,
// how the account adds up, and how sure it is.
func Summary(w io.Writer, s event.Summary) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, section := range []func(io.Writer, event.Summary){
		head, latency, energy, account, beside, figures, methods, steady, devices, truth, sides, doubts,
	} {
		section(t, s)
	}
	return t.Flush()
}

func head(w io.Writer, s event.Summary) {
	fmt.Fprintf(w, "\nrun %s  %s  %s, %s\n", s.RunID, s.Name, s.Status, strings.ReplaceAll(s.Verdict.Result, "_", " "))
	if s.Simulated {
		fmt.Fprintln(w, "SIMULATED: server or devices are not real; the figures describe simulated physics")
	}
	fmt.Fprintf(w, "%s on %s %s, dataset %s, concurrency %d\n", s.Model, s.Backend, s.Endpoint, s.Dataset, s.Concurrency)
	fmt.Fprintf(w, "%s requests in %s s: %s ok, %s failed, %s cancelled; %s requests/s, %s output tokens/s, %s in flight on average\n",
		count(s.Requests.Total), number(s.DurationS), count(s.Requests.OK), count(s.Requests.Failed), count(s.Requests.Cancelled),
		number(s.Throughput.RequestsPerS), optional(s.Throughput.OutputTokensPerS), number(s.Throughput.ConcurrencyMean))
	fmt.Fprintf(w, "%s tokens in, %s tokens out\n", counted(s.Tokens.Input), counted(s.Tokens.Output))
}

func latency(w io.Writer, s event.Summary) {
	header(w, "latency, ms")
	for _, row := range []struct {
		name string
		d    *event.Distribution
	}{{"TTFT", s.Latency.TTFTS}, {"  after reasoning", reasoned(s)}, {"ITL", s.Latency.ITLS}, {"TPOT", s.Latency.TPOTS}, {"end to end", s.Latency.E2ES}} {
		if row.name != "  after reasoning" || row.d != nil {
			distribution(w, row.name, row.d, 1e3)
		}
	}
}

// reasoned is the first output after reasoning, when any request reasoned.
func reasoned(s event.Summary) *event.Distribution {
	first, output := s.Latency.TTFTS, s.Latency.FirstOutputS
	if first == nil || output == nil || *first == *output {
		return nil
	}
	return output
}

func energy(w io.Writer, s event.Summary) {
	if len(s.Methods) == 0 {
		fmt.Fprintln(w, "\nenergy per request: not measured, since no accelerator was")
		return
	}
	m := s.Methods[0]
	header(w, "energy per request, J ("+m.Method+")")
	for _, row := range []struct {
		name string
		d    *event.Distribution
	}{{"total", m.PerRequestJ}, {"  queue", m.QueueJ}, {"  prefill", m.PrefillJ}, {"  decode", m.DecodeJ}, {"  of it idle", m.IdleShareJ}} {
		distribution(w, row.name, row.d, 1)
	}
	for _, other := range s.Methods[1:] {
		distribution(w, other.Method, other.PerRequestJ, 1)
	}
}

func header(w io.Writer, title string) {
	fmt.Fprintf(w, "\n%s\tmean\tp50\tp90\tp99\tmax\n", title)
}

func distribution(w io.Writer, name string, d *event.Distribution, scale float64) {
	if d == nil {
		fmt.Fprintf(w, "%s\t%s\t\t\t\t\n", name, missing)
		return
	}
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", name,
		number(d.Mean*scale), number(d.P50*scale), number(d.P90*scale), number(d.P99*scale), number(d.Max*scale))
}

func account(w io.Writer, s event.Summary) {
	e := s.Energy
	if e.MeasuredJ == nil {
		return
	}
	fmt.Fprintf(w, "\nmeasured %s J = requests %s + idle %s + unattributed %s + gap %s   (residual %s of measured)\n",
		optional(e.MeasuredJ), optional(e.RequestsJ), optional(e.IdleJ), optional(e.UnattributedJ), optional(e.GapJ), optional(e.ResidualRel))
	if i := e.Intervals; i != nil && e.Coverage != nil {
		fmt.Fprintf(w, "measured %s J, requests %s J; of the accelerators' time %s is known\n", between(i.MeasuredJ), between(i.RequestsJ), percent(*e.Coverage))
	}
}

// beside prints what was drawn before and after the load.
func beside(w io.Writer, s event.Summary) {
	for _, b := range []struct {
		name    string
		account *event.Beside
	}{{"before the load", s.Energy.Before}, {"after the load", s.Energy.After}} {
		if b.account != nil {
			fmt.Fprintf(w, "%s\t%s J\tin %s s, %s W; in no figure of the load\n", b.name,
				number(b.account.EnergyJ), number(b.account.DurationS), number(b.account.MeanPowerW))
		}
	}
}

func figures(w io.Writer, s event.Summary) {
	e, c, i := s.Energy, s.Emissions, s.Energy.Intervals
	if i == nil {
		i = &event.Intervals{}
	}
	fmt.Fprintf(w, "J per output token\t%s\t%s\n", optional(e.JPerOutputToken), between(i.JPerOutputToken))
	fmt.Fprintf(w, "Wh per 1,000 requests\t%s\t%s\n", optional(e.WhPer1000Requests), between(i.WhPer1000Requests))
	fmt.Fprintf(w, "Wh in all\t%s\t%s (%s); GPU %s (%s), CPU %s (%s), RAM %s (%s)\n", optional(e.TotalWh), between(i.TotalWh), s.Provenance["total"],
		optional(e.GPUWh), s.Provenance["gpu"], optional(e.CPUWh), s.Provenance["cpu"], optional(e.RAMWh), s.Provenance["ram"])
	fmt.Fprintf(w, "gCO2e\t%s\t%s; %s Wh (%s) × PUE %s × %s g/kWh, %s, %s\n", optional(c.GCO2e), between(c.GCO2eInterval),
		optional(c.ScopeWh), c.Scope, number(c.PUE), optional(c.IntensityGPerKWh), c.IntensityPlace, c.IntensitySource)
	if c.Cost != nil {
		fmt.Fprintf(w, "electricity, %s\t%s\tat %s per kWh, PUE in\n", c.Currency, optional(c.Cost), optional(c.ElectricityPricePerKWh))
	}
	if c.EmbodiedGCO2e != nil {
		fmt.Fprintf(w, "embodied gCO2e\t%s\tdeclared (%s), beside operation\n", optional(c.EmbodiedGCO2e), c.EmbodiedSource)
	}
}

func devices(w io.Writer, s event.Summary) {
	if len(s.Devices) == 0 {
		return
	}
	fmt.Fprintf(w, "\ndevice\tmeasured J\tmean W\tidle W\t∫P/ΔE\tsource\n")
	for _, d := range s.Devices {
		source := d.Source + ", " + string(d.Provenance)
		if d.Simulated {
			source += ", simulated"
		}
		if len(d.Flags) > 0 {
			source += " [" + strings.Join(d.Flags, " ") + "]"
		}
		fmt.Fprintf(w, "%s %s\t%s\t%s\t%s\t%s\t%s\n", d.Kind, d.Name,
			optional(d.MeasuredJ), optional(d.MeanPowerW), optional(d.IdlePowerW), optional(d.IntegralOverCounter), source)
	}
	for _, d := range s.Devices {
		if held := held(d); held != "" {
			fmt.Fprintf(w, "%s: %s\n", d.ID, held)
		}
	}
}

// held says what bore on a device's power beside the load; "" when nothing did.
func held(d event.DeviceResult) string {
	some := func(share *float64) bool { return share != nil && *share > 0 }
	var out []string
	if some(d.ThrottledShare) || some(d.PowerCappedShare) {
		var reasons []string
		for _, name := range slices.Sorted(maps.Keys(d.ThrottleReasons)) {
			reasons = append(reasons, name+" "+percent(d.ThrottleReasons[name]))
		}
		out = append(out, "lower clocks, of the load: "+strings.Join(reasons, ", "))
	}
	if d.PowerLimitW != nil && (some(d.PowerCappedShare) || slices.Contains(d.Flags, "power_limit_changed")) {
		out = append(out, "lowest power limit "+number(*d.PowerLimitW)+" W")
	}
	if n := d.ForeignProcessesMax; n != nil && *n > 0 {
		out = append(out, "up to "+count(*n)+" foreign processes")
	}
	return strings.Join(out, "; ")
}

func truth(w io.Writer, s event.Summary) {
	if s.Truth == nil {
		return
	}
	fmt.Fprintf(w, "\nagainst the simulator's truth\ttotal %s J measured, %s; %s J true: %s off\n",
		number(s.Truth.MeasuredJ), between(s.Truth.IntervalJ), number(s.Truth.TrueJ), percent(s.Truth.TotalErrorRel))
	for _, m := range s.Truth.ByMethod {
		fmt.Fprintf(w, "per request, %s\tmedian %s off, p95 %s; true value inside the interval for %s\n",
			m.Method, percent(m.ErrorRel.P50), percent(m.ErrorRel.P95), percent(m.InsideInterval))
	}
}

func doubts(w io.Writer, s event.Summary) {
	if s.Failure != nil {
		fmt.Fprintf(w, "\nrun failed: %s: %s\n", s.Failure.Class, s.Failure.Reason)
	}
	c := s.Completeness
	fmt.Fprintf(w, "\nevents: %d of %d read, %d duplicates dropped, %d undecodable\n", c.Seen, c.Expected, c.Duplicates, c.Dead)
	for _, reason := range s.Verdict.Reasons {
		fmt.Fprintf(w, "! %s\n", reason)
	}
	if i := s.Energy.Intervals; i != nil {
		for _, without := range i.Without {
			fmt.Fprintf(w, "interval of %s\n", without)
		}
	}
	for _, note := range s.Notes {
		fmt.Fprintf(w, "note: %s\n", note)
	}
}
