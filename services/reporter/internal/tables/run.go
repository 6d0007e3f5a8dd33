package tables

import (
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

var runColumns = []string{
	"run_id", "run_date", "name", "backend", "model", "endpoint", "dataset", "load_type", "concurrency",
	"simulated", "rerun_of", "config_digest", "config", "requested_ns",
	"sweep_id", "sweep_index", "sweep_label", "swept",
}

func runRow(e event.Event, r *event.RunRequested) Row {
	// A config that this version cannot read is kept as text all the same.
	c, _ := config.Parse(r.Config)
	sweep := r.Sweep
	if sweep == nil {
		sweep = &event.Sweep{}
	}
	return Row{Runs, []any{
		string(e.ID.Run), date(e.ID.Run), r.Name, c.Backend.Type, c.Backend.Model, c.Backend.Endpoint,
		c.Scenario.DatasetName, c.Load.Type, c.Load.Concurrency,
		r.Simulated, string(r.RerunOf), r.ConfigDigest, string(r.Config), e.Time.UnixNano(),
		string(sweep.ID), uint32(sweep.Index), sweep.Label, sweep.Values,
	}}
}

var stepColumns = []string{"run_id", "run_date", "step", "producer", "at_ns", "class", "reason"}

// stepRow is a step of a run's life. atNS 0 means the time of the event.
func stepRow(e event.Event, atNS int64, f *event.Failure) Row {
	if atNS == 0 {
		atNS = e.Time.UnixNano()
	}
	if f == nil {
		f = &event.Failure{}
	}
	_, verb, _ := strings.Cut(e.Type().Name(), ".")
	verb, _, _ = strings.Cut(verb, ".")
	return Row{RunSteps, []any{string(e.ID.Run), date(e.ID.Run), verb, e.ID.Producer.String(), atNS, f.Class, f.Reason}}
}

var deviceColumns = []string{
	"run_id", "run_date", "host", "device", "kind", "device_index", "name", "architecture", "simulated",
	"power_source", "energy_source", "source_reason", "provenance", "average_window_ns", "counter_step_ns",
	"gain_error_rel", "idle_power_mw", "power_limit_mw", "mig", "flags", "described_ns", "sample_period_ns",
}

func deviceRows(e event.Event, h *event.HostDescribed) []Row {
	rows := make([]Row, 0, len(h.Devices))
	for _, d := range h.Devices {
		rows = append(rows, Row{Devices, []any{
			string(e.ID.Run), date(e.ID.Run), h.Host, d.ID, string(d.Kind), int32(d.Index), d.Name, d.Architecture, d.Simulated,
			d.PowerSource, d.EnergySource, d.SourceReason, string(d.Provenance), d.AverageWindowNS, d.CounterStepNS,
			d.GainErrorRel, d.IdlePowerMW, d.PowerLimitMW, d.MIG, d.Flags, e.Time.UnixNano(), d.SamplePeriodNS,
		}})
	}
	return rows
}
