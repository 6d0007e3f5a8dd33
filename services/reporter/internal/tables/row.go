package tables

import (
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Row is one row of a table; Values are in the order of Columns(Table).
type Row struct {
	Table  string
	Values []any
}

// Names of the tables, as in schemas/clickhouse.
const (
	Runs          = "runs"
	RunSteps      = "run_steps"
	Devices       = "devices"
	Prompts       = "prompts"
	Requests      = "requests"
	PowerSamples  = "power_samples"
	RequestEnergy = "request_energy"
	RunSummary    = "run_summary"
	DeviceEnergy  = "device_energy"
	RunWindows    = "run_windows"
	RunStretches  = "run_stretches"
	Intensities   = "intensities"
	EventsDead    = "events_dead"
)

var columns = map[string][]string{
	Runs:          runColumns,
	RunSteps:      stepColumns,
	Devices:       deviceColumns,
	Prompts:       promptColumns,
	Requests:      requestColumns,
	PowerSamples:  powerColumns,
	RequestEnergy: resultColumns,
	RunSummary:    summaryColumns,
	DeviceEnergy:  deviceEnergyColumns,
	RunWindows:    windowColumns,
	RunStretches:  stretchColumns,
	Intensities:   intensityColumns,
	EventsDead:    deadColumns,
}

// Columns that a row of the table gives, in order.
func Columns(table string) []string { return columns[table] }

// Of gives the rows of an event; none for an event that no table holds.
func Of(e event.Event) []Row {
	switch data := e.Data.(type) {
	case *event.RunRequested:
		return []Row{runRow(e, data), stepRow(e, 0, nil)}
	case *event.RunStarted:
		return []Row{stepRow(e, data.AtNS, nil)}
	case *event.RunLoaded:
		return []Row{stepRow(e, data.AtNS, nil)}
	case *event.RunDrained:
		return []Row{stepRow(e, data.AtNS, nil)}
	case *event.RunSealed:
		return []Row{stepRow(e, data.AtNS, nil)}
	case *event.RunReported:
		return []Row{stepRow(e, data.AtNS, nil)}
	case *event.RunFailed:
		return []Row{stepRow(e, data.AtNS, &event.Failure{Class: data.Class, Reason: data.Reason})}
	case *event.RunCancelled:
		return []Row{stepRow(e, data.AtNS, &event.Failure{Reason: data.Reason})}
	case *event.HostDescribed:
		return deviceRows(e, data)
	case *event.PromptQueued:
		return []Row{promptRow(e, data)}
	case *event.RequestFinished:
		return []Row{requestRow(e, data)}
	case *event.PowerSampled:
		return powerRows(e, data)
	case *event.IntensityObserved:
		return []Row{intensityRow(e, data)}
	case *event.ResultRequest:
		return []Row{ResultRow(data)}
	case *event.ResultRun:
		return SummaryRows(&data.Summary)
	}
	return nil
}

// date is the day in a run's id: the partition of all its rows.
func date(run event.RunID) time.Time { return run.Created().Truncate(24 * time.Hour) }
