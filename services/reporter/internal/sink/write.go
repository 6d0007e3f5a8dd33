package sink

import (
	"encoding/json"
	"errors"
	"io"
	"path/filepath"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/report"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/result"
)

// Folder is where a run's own files go.
func Folder(c config.Run, id event.RunID) string { return filepath.Join(c.OutputDir, string(id)) }

// Check makes sure, before the load, that every place can be written to. It leaves
// nothing behind.
func Check(c config.Run) error {
	problems := []error{writable(c.OutputDir)}
	if c.Reporter.OutputFile != "" {
		problems = append(problems, replaceable(c.Reporter.OutputFile))
	}
	if c.Reporter.AIEnergyScore {
		problems = append(problems, replaceable(scoreTable(c.OutputDir, event.Summary{})))
	}
	if c.Metrics.Enabled && c.Metrics.OutputDir != "" {
		problems = append(problems, replaceable(filepath.Join(c.Metrics.OutputDir, emissionsFile)))
	}
	return errors.Join(problems...)
}

// Files writes a result's own files into dir. summary.json comes last: where it
// is, the others are.
func Files(dir string, r *collect.Run, res result.Result) error {
	if r.Config.Reporter.PowerCSV {
		if err := writePower(filepath.Join(dir, "power.csv"), r); err != nil {
			return err
		}
	}
	if err := writeRequests(filepath.Join(dir, "requests.csv"), res.Rows); err != nil {
		return err
	}
	if err := writeWindows(filepath.Join(dir, "windows.csv"), &res.Summary); err != nil {
		return err
	}
	if err := writeStretches(filepath.Join(dir, "stretches.csv"), &res.Summary); err != nil {
		return err
	}
	if r.Config.Metrics.Enabled {
		if err := writeEmissions(dir, r, res.Summary); err != nil {
			return err
		}
	}
	if r.Config.Reporter.AIEnergyScore {
		if err := writeScore(dir, res); err != nil {
			return err
		}
	}
	if err := replace(filepath.Join(dir, "report.html"), func(w io.Writer) error { return report.Write(w, r, res) }); err != nil {
		return err
	}
	return replace(filepath.Join(dir, "summary.json"), func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(res.Summary)
	})
}

// Rows puts the run into the files that collect runs: the seed's, AIEnergyScore's and
// CodeCarbon's.
// A run that is there already is replaced.
func Rows(r *collect.Run, s event.Summary) error {
	if file := r.Config.Reporter.OutputFile; file != "" {
		header, row := seedRow(r, s)
		if err := putRow(file, header, row); err != nil {
			return err
		}
	}
	if r.Config.Reporter.AIEnergyScore {
		if err := putScore(r, s); err != nil {
			return err
		}
	}
	if !r.Config.Metrics.Enabled || r.Config.Metrics.OutputDir == "" {
		return nil
	}
	return putEmissions(r.Config.Metrics.OutputDir, r, s)
}
