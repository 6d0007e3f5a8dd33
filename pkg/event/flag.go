package event

import "slices"

// FlagOrigin is who raises a flag.
type FlagOrigin string

// The origins of flags.
const (
	FromSampler     FlagOrigin = "energy-sampler"
	FromSimulator   FlagOrigin = "simulate"
	FromDriver      FlagOrigin = "inference-driver"
	FromAttribution FlagOrigin = "attribution"
	FromReporter    FlagOrigin = "reporter"
)

// Flag is a fact that is carried to every figure that it touches, by its name.
// This is the list of all of them: who raises one that is not in it fails a test.
type Flag struct {
	Name    string
	Origins []FlagOrigin
	// Warns: a figure with it is to be used with care, and the run's verdict says
	// so. One that does not warn explains a figure and takes nothing from it.
	Warns   bool
	Meaning string
}

// Flags lists every flag, by name.
func Flags() []Flag { return slices.Clone(flags) }

// FlagsFrom lists the names of an origin's flags, sorted.
func FlagsFrom(o FlagOrigin) []string {
	var out []string
	for _, f := range flags {
		if slices.Contains(f.Origins, o) {
			out = append(out, f.Name)
		}
	}
	return out
}

// FlagNamed finds a flag. One that nobody declared warns.
func FlagNamed(name string) Flag {
	for _, f := range flags {
		if f.Name == name {
			return f
		}
	}
	return Flag{Name: name, Warns: true, Meaning: "not declared"}
}

func flag(name string, warns bool, meaning string, origins ...FlagOrigin) Flag {
	return Flag{Name: name, Origins: origins, Warns: warns, Meaning: meaning}
}

var flags = []Flag{
	flag("averaged_power", true, "power is a mean over a window and not the present value", FromSampler, FromAttribution),
	flag("call_time", false, "the sensor has no usable time of its own; the call's was taken", FromSampler),
	flag("chunk_gaps_truncated", true, "more chunks than are recorded one by one", FromDriver),
	flag("clock_stepped", true, "the wall clock was set meanwhile: times of day from before and after do not compare", FromSampler, FromReporter),
	flag("clock_unknown", true, "how far the driver's clock is from the devices' is not known", FromReporter),
	flag("connection_resent", true, "the request went out again, since the server had closed a kept connection", FromDriver),
	flag("cooldown", false, "one of the last requests of the load, which counts as warm-up does", FromReporter),
	flag("counter_frozen", true, "the energy counter stood still while power was drawn", FromSampler, FromAttribution),
	flag("counter_reset", true, "the energy counter went backwards; power bridges it", FromSampler, FromAttribution),
	flag("counter_unsupported", true, "the device has no energy counter; totals are the integral of power", FromSampler),
	flag("device_lost", true, "the driver no longer reached the device", FromSampler),
	flag("fit_unusable", false, "too little to learn costs from, so declared weights of tokens stand in", FromAttribution),
	flag("foreign_processes", true, "processes that were not there when the run began computed on the device", FromReporter),
	flag("gap", true, "time without data, which is charged to nobody", FromAttribution),
	flag("gap_spanned", true, "samples are missing, but the counter spans the hole: its energy is measured, its course is not", FromAttribution),
	flag("lease_lost", true, "another run may have used the host at the same time", FromSampler),
	flag("mig", true, "the board's power is shared with instances outside the run", FromSampler),
	flag("module_scope", true, "the figure includes the CPU of the module", FromSampler),
	flag("no_baseline", true, "the device has no idle power, so nothing is idle while requests run", FromAttribution),
	flag("no_data", true, "a device that served it gave no data", FromAttribution),
	flag("no_done", true, "the stream ended without [DONE]", FromDriver),
	flag("no_duration", false, "it starts and ends at one moment", FromAttribution),
	flag("no_finish_reason", true, "the answer gave no reason for its end", FromDriver),
	flag("outside_window", false, "part of the attempt lies outside the measured time", FromAttribution),
	flag("overlaps_cpu", false, "the zone contains others that are measured too, and is not added to them", FromSampler),
	flag("phases_unknown", false, "no first token, so prefill and decode are one", FromAttribution),
	flag("power_capped", false, "the power limit held the clocks down", FromReporter),
	flag("power_limit_changed", true, "the power limit was set while the run went on", FromReporter),
	flag("power_unsupported", true, "the device has no power reading", FromSampler),
	flag("queue_clamped", false, "the stated queue time is longer than the wait for the first token, and was cut to it", FromAttribution),
	flag("queue_unknown", false, "the server gave no queue time, so its wait counts as prefill", FromAttribution),
	flag("read_error", true, "the sensor answered with an error", FromSampler),
	flag("sensor_frozen", true, "the power reading kept its old time", FromSampler),
	flag("server_time_invalid", true, "the server's own timings are no durations", FromDriver),
	flag("shared_device", true, "other processes computed on the device when the run began", FromSampler),
	flag("simulated", false, "the device is not real", FromSimulator),
	flag("throttled", true, "heat or the supply held the clocks down", FromReporter),
	flag("ticks_missed", true, "the sampling loop came too late for one or more readings", FromSampler),
	flag("tokens_missing", false, "token counts are unknown, so it takes an equal part", FromAttribution),
	flag("tokens_untimed", false, "the times of chunks are mostly unknown, so tokens are taken to come evenly", FromAttribution),
	flag("usage_implausible", true, "text with a count of no tokens; the count is dropped", FromDriver),
	flag("usage_inconsistent", true, "a token count fell while the answer went on; the last one counts", FromDriver),
	flag("usage_missing", false, "the server gave no token counts", FromDriver),
	flag("vgpu", true, "the board's power is shared with virtual machines outside the run", FromSampler),
	flag("within_module", false, "the figure of an accelerator's module includes it, so it is in no total", FromReporter),
}
