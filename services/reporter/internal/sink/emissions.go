package sink

import (
	"encoding/json"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/emission"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
)

// emissionColumns are the columns of CodeCarbon's emissions.csv (3.3), in order.
var emissionColumns = []string{
	"timestamp", "project_name", "run_id", "experiment_id", "duration", "emissions", "emissions_rate",
	"cpu_power", "gpu_power", "ram_power", "cpu_energy", "gpu_energy", "ram_energy", "energy_consumed", "water_consumed",
	"country_name", "country_iso_code", "region", "cloud_provider", "cloud_region", "os", "python_version", "codecarbon_version",
	"cpu_count", "cpu_model", "gpu_count", "gpu_model", "longitude", "latitude", "ram_total_size", "tracking_mode",
	"cpu_utilization_percent", "gpu_utilization_percent", "ram_utilization_percent", "ram_used_gb", "on_cloud", "pue", "wue",
}

// Names of the files. The lines of emissionsLines are emissionsFile's rows as
// objects.
const (
	emissionsFile  = "emissions.csv"
	emissionsJSON  = "emissions.json"
	emissionsLines = "emissions.jsonl"
)

// writeEmissions writes the run's own row, as CSV and as JSON.
func writeEmissions(dir string, r *collect.Run, s event.Summary) error {
	cells := emissionCells(r, s)
	err := replace(filepath.Join(dir, emissionsFile), func(w io.Writer) error {
		return table(w, emissionColumns, slices.Values([][]string{texts(cells)}))
	})
	if err != nil {
		return err
	}
	return replace(filepath.Join(dir, emissionsJSON), func(w io.Writer) error {
		_, err := w.Write(append(object(cells), '\n'))
		return err
	})
}

// putEmissions puts the row into the files that collect runs.
func putEmissions(dir string, r *collect.Run, s event.Summary) error {
	cells := emissionCells(r, s)
	if err := putRow(filepath.Join(dir, emissionsFile), emissionColumns, texts(cells)); err != nil {
		return err
	}
	return putLine(filepath.Join(dir, emissionsLines), string(s.RunID), object(cells))
}

// wordColumns are those that hold text; the others hold numbers.
var wordColumns = []string{
	"timestamp", "project_name", "run_id", "experiment_id", "country_name", "country_iso_code", "region", "cloud_provider",
	"cloud_region", "os", "python_version", "codecarbon_version", "cpu_model", "gpu_model", "tracking_mode", "on_cloud",
}

func texts(cells map[string]string) []string {
	row := make([]string, len(emissionColumns))
	for i, name := range emissionColumns {
		row[i] = cells[name]
	}
	return row
}

// object is the row as JSON with the columns in their order; a missing number is
// null.
func object(cells map[string]string) []byte {
	out := []byte{'{'}
	for i, name := range emissionColumns {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, '"')
		out = append(append(out, name...), '"', ':')
		switch text := cells[name]; {
		case slices.Contains(wordColumns, name):
			quoted, _ := json.Marshal(text) // a string always marshals
			out = append(out, quoted...)
		case text == "":
			out = append(out, "null"...)
		default:
			out = append(out, text...)
		}
	}
	return append(out, '}')
}

// emissionCells fills the columns in CodeCarbon's units: kg, kg/s, W, and kWh with
// the PUE multiplied in. What this project does not know is empty. The time is UTC;
// our run id stands where CodeCarbon has a UUID, our name where it has its version.
func emissionCells(r *collect.Run, s event.Summary) map[string]string {
	m := r.Config.Metrics
	v := map[string]string{
		"timestamp":    time.Unix(0, s.EndedNS).UTC().Format("2006-01-02T15:04:05"),
		"project_name": m.ProjectName, "run_id": string(s.RunID), "experiment_id": s.Name,
		"duration": float(s.DurationS), "emissions": scaled(s.Emissions.GCO2e, 1e-3),
		"cpu_power": watts(s, s.Energy.CPUWh), "gpu_power": watts(s, s.Energy.GPUWh), "ram_power": watts(s, s.Energy.RAMWh),
		"cpu_energy": scaled(s.Energy.CPUWh, 1e-3*m.PUE), "gpu_energy": scaled(s.Energy.GPUWh, 1e-3*m.PUE),
		"ram_energy": scaled(s.Energy.RAMWh, 1e-3*m.PUE), "energy_consumed": scaled(s.Energy.TotalWh, 1e-3*m.PUE),
		"water_consumed": number(s.Emissions.WaterL), "country_name": countryName(m.CountryISOCode),
		"country_iso_code": m.CountryISOCode, "region": m.Region, "cloud_provider": m.CloudProvider, "cloud_region": m.CloudRegion,
		"codecarbon_version": "ai-energy-benchmarks", "tracking_mode": "machine",
		"on_cloud": map[bool]string{true: "Y", false: "N"}[m.CloudProvider != ""],
		"pue":      float(m.PUE), "wue": float(m.WUELPerKWh),
	}
	if s.Emissions.GCO2e != nil && s.DurationS > 0 {
		v["emissions_rate"] = float(*s.Emissions.GCO2e / 1e3 / s.DurationS)
	}
	machine(v, r, s)
	occupied(v, r, s)
	return v
}

func countryName(code string) string {
	found, err := emission.Default().Lookup(emission.Place{Country: code})
	if code == "" || err != nil {
		return ""
	}
	return found.Place
}

func watts(s event.Summary, wh *float64) string {
	if wh == nil || s.DurationS <= 0 {
		return ""
	}
	return float(*wh * 3600 / s.DurationS)
}

// machine describes the measuring hosts: sums over them, names once each.
func machine(v map[string]string, r *collect.Run, s event.Summary) {
	var cpus, ram, gpus int64
	var systems, cpuNames, gpuNames []string
	for _, name := range slices.Sorted(maps.Keys(r.Hosts)) {
		host := r.Hosts[name]
		cpus, ram = cpus+host.CPUCount, ram+host.RAMBytes
		systems, cpuNames = append(systems, host.OS+"/"+host.Arch), append(cpuNames, host.CPU)
	}
	busy, known := 0.0, 0.0
	for _, d := range s.Devices {
		if d.Kind != event.KindGPU {
			continue
		}
		gpus++
		gpuNames = append(gpuNames, d.Name)
		if d.UtilizationMeanPct != nil {
			busy, known = busy+*d.UtilizationMeanPct, known+1
		}
	}
	if known > 0 {
		v["gpu_utilization_percent"] = float(busy / known)
	}
	v["os"], v["cpu_model"] = names(systems), names(cpuNames)
	if cpus > 0 {
		v["cpu_count"], v["ram_total_size"] = strconv.FormatInt(cpus, 10), float(float64(ram)/(1<<30))
	}
	if gpus > 0 {
		v["gpu_count"], v["gpu_model"] = strconv.FormatInt(gpus, 10), names(gpuNames)
	}
}

func names(all []string) string {
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ", ")
}
