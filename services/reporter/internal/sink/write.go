package sink

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/result"
)

// Folder is where a run's own files go.
func Folder(c config.Run, id event.RunID) string { return filepath.Join(c.OutputDir, string(id)) }

// Check makes sure, before the load, that every place can be written to.
func Check(c config.Run, id event.RunID) error {
	dirs := []string{Folder(c, id)}
	if c.Reporter.OutputFile != "" {
		dirs = append(dirs, filepath.Dir(c.Reporter.OutputFile))
	}
	if c.Metrics.Enabled && c.Metrics.OutputDir != "" {
		dirs = append(dirs, c.Metrics.OutputDir)
	}
	for _, dir := range dirs {
		if err := Writable(dir); err != nil {
			return err
		}
	}
	return nil
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
	return replace(filepath.Join(dir, "summary.json"), func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(res.Summary)
	})
}

// Rows appends the run to the files that collect runs: the seed's and
// CodeCarbon's.
func Rows(r *collect.Run, s event.Summary) error {
	if file := r.Config.Reporter.OutputFile; file != "" {
		header, row := seedRow(r, s)
		if err := appendRow(file, header, row); err != nil {
			return err
		}
	}
	if !r.Config.Metrics.Enabled || r.Config.Metrics.OutputDir == "" {
		return nil
	}
	return appendRow(filepath.Join(r.Config.Metrics.OutputDir, "emissions.csv"), emissionColumns, emissionRow(r, s))
}

// Discard removes the empty folder of a run that ended before its load.
func Discard(c config.Run, id event.RunID) error {
	err := os.Remove(Folder(c, id))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTEMPTY) {
		return nil
	}
	return err
}
