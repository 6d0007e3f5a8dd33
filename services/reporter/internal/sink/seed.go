package sink

import (
	"strconv"
	"strings"
	"time"

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
	ids := make([]string, len(c.Backend.DeviceIDs))
	for i, id := range c.Backend.DeviceIDs {
		ids[i] = strconv.Itoa(id)
	}
	p.add("config_device_ids", strings.Join(ids, ","))

	p.add("summary_total_prompts", strconv.FormatInt(s.Requests.Total, 10))
	p.add("summary_successful_prompts", strconv.FormatInt(s.Requests.OK, 10))
	p.add("summary_failed_prompts", strconv.FormatInt(s.Requests.Failed+s.Requests.Cancelled, 10))
	p.add("summary_total_duration_seconds", float(s.DurationS))
	p.add("summary_avg_latency_seconds", mean(s.Latency.E2ES))
	p.add("summary_avg_time_to_first_token", mean(s.Latency.TTFTS))
	p.add("summary_total_tokens", strconv.FormatInt(s.Tokens.Input+s.Tokens.Output, 10))
	p.add("summary_total_prompt_tokens", strconv.FormatInt(s.Tokens.Input, 10))
	p.add("summary_total_completion_tokens", strconv.FormatInt(s.Tokens.Output, 10))
	p.add("summary_throughput_tokens_per_second", float(s.Throughput.TotalTokensPerS))

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
	p.add("energy_project_name", c.Metrics.ProjectName)
	p.add("energy_country", c.Metrics.CountryISOCode)
	p.add("energy_region", c.Metrics.Region)

	p.add("backend_info_backend", c.Backend.Type)
	p.add("backend_info_endpoint", c.Backend.Endpoint)
	p.add("backend_info_model", c.Backend.Model)
	p.add("backend_info_healthy", strconv.FormatBool(s.Requests.OK > 0))
	p.add("backend_info_validated", strconv.FormatBool(r.StartedNS > 0))
	p.add("metrics_metadata_name", "ai-energy-benchmarks")
	p.add("metrics_metadata_capabilities", "gpu_energy,cpu_energy,ram_energy,carbon_emissions")
	p.add("metrics_metadata_project_name", c.Metrics.ProjectName)
	p.add("metrics_metadata_output_dir", c.Metrics.OutputDir)
	p.add("timestamp", time.Unix(0, s.EndedNS).UTC().Format(time.RFC3339Nano))

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
