package sink

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
)

// pairs is a row under construction.
type pairs struct{ header, row []string }

func (p *pairs) add(name, value string) {
	p.header, p.row = append(p.header, name), append(p.row, value)
}

// seedRow has the columns that the seed's users read, in its order, with values
// in the units that the names say: energy_energy_wh is the accelerators' alone,
// energy_total_energy_wh includes CPU and memory, and the carbon intensity is in
// g/kWh. Figures that were not measured are empty, not zero.
func seedRow(r *collect.Run, s event.Summary) (header, row []string) {
	c := r.Config
	p := &pairs{}
	p.add("config_name", c.Name)
	p.add("config_backend", c.Backend.Type)
	p.add("config_model", c.Backend.Model)
	p.add("config_dataset", c.Scenario.DatasetName)
	p.add("config_num_samples", strconv.FormatInt(c.Scenario.NumSamples, 10))
	p.add("config_device_ids", deviceIDs(r, s))

	total, answered := prompts(r)
	p.add("summary_total_prompts", strconv.Itoa(total))
	p.add("summary_successful_prompts", strconv.Itoa(answered))
	p.add("summary_failed_prompts", strconv.Itoa(total-answered))
	p.add("summary_total_duration_seconds", float(s.DurationS))
	p.add("summary_avg_latency_seconds", mean(s.Latency.E2ES))
	p.add("summary_avg_time_to_first_token", mean(s.Latency.TTFTS))
	p.add("summary_total_tokens", integer(s.Tokens.Total()))
	p.add("summary_total_prompt_tokens", integer(s.Tokens.Input))
	p.add("summary_total_completion_tokens", integer(s.Tokens.Output))
	p.add("summary_throughput_tokens_per_second", number(s.Throughput.TotalTokensPerS))

	if c.Metrics.Enabled {
		p.energy(c.Metrics, s)
	}
	p.gpus(r, s)
	p.add("backend_info_backend", c.Backend.Type)
	p.add("backend_info_endpoint", c.Backend.Endpoint)
	p.add("backend_info_model", c.Backend.Model)
	p.add("backend_info_healthy", python(s.Requests.OK > 0))
	p.add("backend_info_validated", python(r.StartedNS > 0))
	p.add("metrics_metadata_name", "ai-energy-benchmarks")
	p.add("metrics_metadata_version", rowVersion)
	p.add("metrics_metadata_capabilities", "gpu_energy,cpu_energy,ram_energy,carbon_emissions")
	p.add("metrics_metadata_project_name", c.Metrics.ProjectName)
	p.add("metrics_metadata_output_dir", c.Metrics.OutputDir)
	p.add("timestamp", time.Unix(0, s.EndedNS).UTC().Format("2006-01-02T15:04:05.000000-07:00"))

	// Ours, after the seed's, so that its readers find theirs by position too.
	p.add("run_id", string(s.RunID))
	p.add("status", s.Status)
	p.add("verdict", s.Verdict.Result)
	p.add("simulated", strconv.FormatBool(s.Simulated))
	p.add("gpu_provenance", string(s.Provenance["gpu"]))
	p.add("cpu_provenance", string(s.Provenance["cpu"]))
	p.add("ram_provenance", string(s.Provenance["ram"]))
	return p.header, p.row
}

// prompts counts those that were tried, however often, and those that were
// answered in the end.
func prompts(r *collect.Run) (total, answered int) {
	ok := map[string]bool{}
	for _, f := range r.Finished {
		ok[f.RequestID] = ok[f.RequestID] || f.Status == event.StatusOK
	}
	for _, done := range ok {
		if done {
			answered++
		}
	}
	return len(ok), answered
}

// rowVersion is of this row's form.
const rowVersion = "1"

func (p *pairs) energy(m config.Metrics, s event.Summary) {
	e := s.Energy
	p.add("energy_emissions_kg_co2eq", scaled(s.Emissions.GCO2e, 1e-3))
	p.add("energy_emissions_g_co2eq", number(s.Emissions.GCO2e))
	for _, part := range []struct {
		name string
		wh   *float64
	}{{"energy", e.GPUWh}, {"gpu_energy", e.GPUWh}, {"cpu_energy", e.CPUWh}, {"ram_energy", e.RAMWh}, {"total_energy", e.TotalWh}} {
		p.add("energy_"+part.name+"_kwh", scaled(part.wh, 1e-3))
		p.add("energy_"+part.name+"_wh", number(part.wh))
	}
	p.add("energy_duration_seconds", float(s.DurationS))
	p.add("energy_carbon_intensity_g_per_kwh", number(s.Emissions.IntensityGPerKWh))
	p.add("energy_project_name", m.ProjectName)
	p.add("energy_country", m.CountryISOCode)
	p.add("energy_region", m.Region)
}

// gpus adds the last readings of each accelerator, by its index. Total memory is
// not measured.
func (p *pairs) gpus(r *collect.Run, s event.Summary) {
	seen := map[int]bool{}
	for _, d := range accelerators(r, s) {
		if seen[d.index] {
			continue // another host's
		}
		seen[d.index] = true
		gauges, prefix := r.Gauges[d.id], "gpu_stats_gpu_"+strconv.Itoa(d.index)+"_"
		p.add(prefix+"utilization_percent", reading(latest(gauges, func(g collect.Gauges) int64 { return g.UtilizationPct })))
		p.add(prefix+"memory_used_mb", over(latest(gauges, func(g collect.Gauges) int64 { return g.MemoryUsedBytes }), 1<<20))
		p.add(prefix+"memory_total_mb", "")
		p.add(prefix+"memory_percent", "")
		p.add(prefix+"temperature_c", reading(latest(gauges, func(g collect.Gauges) int64 { return g.TemperatureC })))
		p.add(prefix+"power_draw_w", over(latest(r.Samples[d.id], func(s attribution.Sample) int64 { return s.PowerMW }), 1000))
	}
}

type accelerator struct {
	index int
	id    string
}

// accelerators are the run's, by host and index.
func accelerators(r *collect.Run, s event.Summary) []accelerator {
	var out []accelerator
	for _, host := range slices.Sorted(maps.Keys(r.Hosts)) {
		first := len(out)
		for _, d := range r.Hosts[host].Devices {
			if slices.ContainsFunc(s.Devices, func(used event.DeviceResult) bool { return used.ID == d.ID && used.Kind == event.KindGPU }) {
				out = append(out, accelerator{d.Index, d.ID})
			}
		}
		slices.SortFunc(out[first:], func(a, b accelerator) int { return a.index - b.index })
	}
	return out
}

// deviceIDs are those of the config, or those that were measured when it names none.
func deviceIDs(r *collect.Run, s event.Summary) string {
	ids := slices.Clone(r.Config.Backend.DeviceIDs)
	if len(ids) == 0 {
		for _, d := range accelerators(r, s) {
			ids = append(ids, d.index)
		}
		slices.Sort(ids)
		ids = slices.Compact(ids)
	}
	words := make([]string, len(ids))
	for i, id := range ids {
		words[i] = strconv.Itoa(id)
	}
	return strings.Join(words, ",")
}

// python writes a truth value as the seed does.
func python(v bool) string {
	if v {
		return "True"
	}
	return "False"
}

// latest is the last reading that is known; [event.Missing] when none is.
func latest[R any](readings []R, value func(R) int64) int64 {
	for _, r := range slices.Backward(readings) {
		if v := value(r); v != event.Missing {
			return v
		}
	}
	return event.Missing
}

func over(v int64, unit float64) string {
	if v == event.Missing {
		return ""
	}
	return float(float64(v) / unit)
}

func mean(d *event.Distribution) string {
	if d == nil {
		return ""
	}
	return float(d.Mean)
}

func scaled(v *float64, by float64) string {
	if v == nil {
		return ""
	}
	return float(*v * by)
}
