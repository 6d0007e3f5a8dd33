package reporter_test

import (
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/clickhouse/clickhousetest"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/clickhouse"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/result"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/sink"
)

// provocation makes a flag happen in the record, at its source.
type provocation struct {
	flag string
	// device carries it; "" for a flag of attempts.
	device string
	// whole: every attempt that the device served is touched; else some are and
	// some are not.
	whole  bool
	change func(*recordtest.Edit)
	// row is what else holds of the device's row of device_energy; "" for nothing.
	row string
}

// unreachable are flags that no record of a run can have, and why.
var unreachable = map[string]string{
	"outside_window": "a run is measured from its first attempt's beginning to its last one's end",
}

func provocations() []provocation {
	described := func(flag string, more func(*event.Device)) provocation {
		return provocation{flag: flag, device: "GPU-0", whole: true, change: func(e *recordtest.Edit) {
			e.Device("GPU-0", func(d *event.Device) {
				d.Flags = append(d.Flags, flag)
				if more != nil {
					more(d)
				}
			})
		}}
	}
	sampled := func(flag string) provocation {
		return provocation{flag: flag, device: "GPU-0", change: func(e *recordtest.Edit) {
			e.Second(4, "GPU-0", func(s *event.DeviceSamples) { s.Flags = append(s.Flags, flag) })
		}}
	}
	attempted := func(flag string) provocation {
		return provocation{flag: flag, change: func(e *recordtest.Edit) {
			e.Attempts(func(f *event.RequestFinished) {
				if f.Index == 4 {
					f.Flags = append(f.Flags, flag)
				}
			})
		}}
	}
	gauged := func(flag, row string, fill func(*event.DeviceSamples)) provocation {
		return provocation{flag: flag, device: "GPU-0", row: row, change: func(e *recordtest.Edit) { e.Second(4, "GPU-0", fill) }}
	}
	every := func(s *event.DeviceSamples, v int64) event.Series {
		return slices.Repeat(event.Series{v}, len(s.TNS))
	}
	return []provocation{
		// What a sampler says when it describes its host.
		described("averaged_power", func(d *event.Device) { d.AverageWindowNS = int64(time.Second) }),
		described("mig", func(d *event.Device) { d.MIG = true }),
		described("vgpu", nil),
		described("module_scope", nil),
		described("shared_device", nil),
		described("simulated", nil),
		{flag: "counter_unsupported", device: "GPU-0", whole: true, change: func(e *recordtest.Edit) {
			e.Device("GPU-0", func(d *event.Device) { d.EnergySource, d.Flags = "", []string{"counter_unsupported"} })
			e.Seconds("GPU-0", func(s *event.DeviceSamples) { s.EnergyMJ = nil })
		}},
		{flag: "power_unsupported", device: "GPU-0", whole: true, change: func(e *recordtest.Edit) {
			e.Device("GPU-0", func(d *event.Device) { d.PowerSource, d.Flags = "", []string{"power_unsupported"} })
			e.Seconds("GPU-0", func(s *event.DeviceSamples) { s.PowerMW = nil })
		}},
		{flag: "overlaps_cpu", device: "node-psys", change: func(e *recordtest.Edit) {
			e.Host(func(h *event.HostDescribed) {
				h.Devices = append(h.Devices, event.Device{
					ID: "node-psys", Kind: event.KindNode, Name: "platform", EnergySource: "rapl", Provenance: event.Measured, Flags: []string{"overlaps_cpu"},
				})
			})
		}},

		// What it says of a second.
		sampled("call_time"), sampled("clock_stepped"), sampled("counter_frozen"), sampled("counter_reset"), sampled("lease_lost"),
		sampled("read_error"), sampled("sensor_frozen"), sampled("ticks_missed"),
		{flag: "device_lost", device: "GPU-0", change: func(e *recordtest.Edit) {
			// A lost device gives nothing but its flag, and a gap.
			for _, second := range []int{4, 5} {
				e.Second(second, "GPU-0", func(s *event.DeviceSamples) {
					*s = event.DeviceSamples{Device: s.Device, TNS: []int64{}, Flags: []string{"device_lost"}}
				})
			}
		}},
		gauged("throttled", "throttle_reasons['hw_thermal_slowdown'] = 1 AND throttled_share = 1 AND power_capped_share = 0", func(s *event.DeviceSamples) { s.Flags, s.ThrottleReasons = nil, every(s, 0x40) }),
		gauged("power_capped", "throttle_reasons['sw_power_cap'] = 1 AND power_capped_share = 1 AND throttled_share = 0", func(s *event.DeviceSamples) { s.ThrottleReasons = every(s, 0x04) }),
		gauged("foreign_processes", "foreign_processes_max = 1 AND throttled_share IS NULL AND empty(throttle_reasons)", func(s *event.DeviceSamples) { s.ForeignProcesses = every(s, 1) }),
		{flag: "power_limit_changed", device: "GPU-0", row: "power_limit_w = 500", change: func(e *recordtest.Edit) {
			e.Seconds("GPU-0", func(s *event.DeviceSamples) { s.PowerLimitMW = every(s, 700_000) })
			e.Second(4, "GPU-0", func(s *event.DeviceSamples) { s.PowerLimitMW = every(s, 500_000) })
		}},
		// The CPU's flags are of the CPU's figure.
		{flag: "cpu:counter_reset", device: "node-cpu", change: func(e *recordtest.Edit) {
			e.Second(4, "node-cpu", func(s *event.DeviceSamples) { s.Flags = []string{"counter_reset"} })
		}},

		{flag: "cpu:within_module", device: "node-cpu", change: func(e *recordtest.Edit) {
			e.Device("GPU-0", func(d *event.Device) { d.Flags = append(d.Flags, "module_scope") })
		}},

		// What the readings themselves show.
		{flag: "gap", device: "GPU-0", change: func(e *recordtest.Edit) {
			e.Seconds("GPU-0", func(s *event.DeviceSamples) { s.EnergyMJ = nil })
			for _, second := range []int{4, 5} {
				e.Second(second, "GPU-0", func(s *event.DeviceSamples) {
					s.TNS, s.PowerMW, s.Flags = nil, nil, nil
					s.UtilizationPct = nil
					s.MemoryUsedBytes = nil
					s.TemperatureC = nil
				})
			}
			e.Add(recordtest.Sampler, &event.PowerGap{
				Host: "node", Device: "GPU-0", Clock: recordtest.Clock, FromNS: recordtest.Stamp(4 * time.Second).WallNS, ToNS: recordtest.Stamp(6 * time.Second).WallNS,
				Reason: "the spool was full",
			})
		}},
		{flag: "gap_spanned", device: "GPU-0", change: func(e *recordtest.Edit) {
			for _, second := range []int{4, 5} {
				e.Second(second, "GPU-0", func(s *event.DeviceSamples) { *s = event.DeviceSamples{Device: s.Device} })
			}
		}},
		{flag: "no_baseline", device: "GPU-0", whole: true, change: func(e *recordtest.Edit) {
			e.Device("GPU-0", func(d *event.Device) { d.IdlePowerMW = nil })
		}},
		{flag: "no_data", device: "GPU-0", whole: true, row: "measured_j IS NULL AND idle_j IS NULL AND gap_j IS NULL", change: func(e *recordtest.Edit) {
			e.Seconds("GPU-0", func(s *event.DeviceSamples) { *s = event.DeviceSamples{Device: s.Device} })
		}},

		// What a driver says of an attempt.
		attempted("chunk_gaps_truncated"), attempted("connection_resent"), attempted("no_done"), attempted("no_finish_reason"),
		attempted("server_time_invalid"), attempted("usage_implausible"), attempted("usage_inconsistent"), attempted("usage_missing"),

		{flag: "cooldown", change: func(e *recordtest.Edit) {
			e.Attempts(func(f *event.RequestFinished) { f.Cooldown = f.Index == 4 })
		}},

		// What is missing of an attempt.
		{flag: "clock_unknown", change: func(e *recordtest.Edit) {
			e.Attempts(func(f *event.RequestFinished) {
				if f.Index == 4 {
					f.Clock = event.Clock{Host: "elsewhere", BootID: "other"}
				}
			})
		}},
		{flag: "clock_stepped", change: func(e *recordtest.Edit) {
			e.Attempts(func(f *event.RequestFinished) {
				if f.Index == 4 {
					f.Sent.WallNS += int64(time.Minute)
				}
			})
		}},
		{flag: "phases_unknown", change: func(e *recordtest.Edit) {
			e.Attempts(func(f *event.RequestFinished) {
				if f.Index == 4 {
					f.FirstByteAfterNS, f.FirstTokenAfterNS, f.FirstOutputAfterNS, f.LastTokenAfterNS, f.ChunkGapsNS = nil, nil, nil, nil, nil
				}
			})
		}},
		{flag: "queue_unknown", change: func(e *recordtest.Edit) {
			e.Attempts(func(f *event.RequestFinished) {
				if f.Index == 4 {
					f.Server = nil
				}
			})
		}},
		{flag: "queue_clamped", change: func(e *recordtest.Edit) {
			e.Attempts(func(f *event.RequestFinished) {
				if f.Index == 4 {
					f.Server = &event.ServerTimings{QueueNS: new(int64(time.Second))}
				}
			})
		}},
		{flag: "tokens_missing", change: func(*recordtest.Edit) {}},
		{flag: "tokens_untimed", whole: true, change: func(e *recordtest.Edit) {
			e.Config.Metrics.Methods = append(e.Config.Metrics.Methods, "fitted/v1")
			e.Attempts(func(f *event.RequestFinished) { f.ChunkGapsNS = nil })
		}},
		{flag: "fit_unusable", change: func(e *recordtest.Edit) {
			e.Config.Metrics.Methods = append(e.Config.Metrics.Methods, "fitted/v1")
			e.Drop(func(data event.Payload) bool {
				f, ok := data.(*event.RequestFinished)
				return ok && f.Index > 0
			})
			e.Attempts(func(f *event.RequestFinished) {
				f.EndAfterNS, f.LastTokenAfterNS, f.ChunkGapsNS = 100e6, new(int64(90e6)), []int64{80e6, 10e6}
			})
		}},
		{flag: "no_duration", change: func(e *recordtest.Edit) {
			e.Attempts(func(f *event.RequestFinished) {
				if f.Index == 3 {
					f.FirstByteAfterNS, f.FirstTokenAfterNS, f.FirstOutputAfterNS, f.LastTokenAfterNS, f.ChunkGapsNS = nil, nil, nil, nil, nil
					f.EndAfterNS = 0
				}
			})
		}},
	}
}

// A flag that is declared is provoked here, or it is said why not.
func TestEveryFlagIsProvoked(t *testing.T) {
	provoked := map[string]bool{}
	for _, p := range provocations() {
		provoked[strings.TrimPrefix(p.flag, "cpu:")] = true
	}
	for _, f := range event.Flags() {
		_, cannot := unreachable[f.Name]
		require.NotEqual(t, provoked[f.Name], cannot, "%s: provoke it, or say why it cannot be", f.Name)
	}
}

// Every flag is on the devices and attempts that it touches and on no others: in
// summary.json, in requests.csv and in ClickHouse.
func TestFlagsReachEveryOutput(t *testing.T) {
	_, dsn := clickhousetest.Database(t)
	db, err := clickhouse.Open(clickhouse.Config{URL: dsn})
	require.NoError(t, err)
	require.NoError(t, db.Migrate(t.Context()))
	options, err := ch.ParseDSN(dsn)
	require.NoError(t, err)
	conn, err := ch.Open(options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, errors.Join(db.Close(), conn.Close())) })

	for _, p := range provocations() {
		t.Run(strings.ReplaceAll(p.flag, ":", "_"), func(t *testing.T) {
			id := event.NewRunID(recordtest.Started)
			edit := recordtest.NewEdit(t.TempDir())
			p.change(edit)
			r, err := collect.From(id, recordtest.Number(id, edit.Items()))
			require.NoError(t, err)
			res, err := result.Compute(r, result.Options{Revision: 1})
			require.NoError(t, err)
			dir := t.TempDir()
			require.NoError(t, sink.Files(dir, r, res))
			require.NoError(t, db.WriteResult(t.Context(), res.Summary, res.Rows))

			p.inSummary(t, dir)
			touched := p.inRequests(t, dir)
			p.inTables(t, conn, id, touched)
		})
	}
}

func (p provocation) inSummary(t *testing.T, dir string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "summary.json"))
	require.NoError(t, err)
	var s event.Summary
	require.NoError(t, json.Unmarshal(text, &s))
	_, name, prefixed := strings.Cut(p.flag, ":")
	if !prefixed {
		name = p.flag
	}
	kind := map[string]event.DeviceKind{"GPU-0": event.KindGPU, "node-cpu": event.KindCPU, "node-psys": event.KindNode}[p.device]
	for _, d := range s.Devices {
		if d.Kind == kind {
			require.Equal(t, d.ID == p.device, slices.Contains(d.Flags, name), "%s has %v", d.ID, d.Flags)
		}
	}
	i := slices.IndexFunc(s.Flags, func(f event.FlagResult) bool { return f.Flag == p.flag })
	require.GreaterOrEqual(t, i, 0, "summary.json lists it")
	require.NotEmpty(t, s.Flags[i].Meaning)
	require.Equal(t, p.device != "", len(s.Flags[i].Devices) > 0)
	known := event.FlagNamed(name)
	require.Equal(t, known.Warns, s.Flags[i].Warns)
	if known.Warns {
		require.Contains(t, strings.Join(s.Verdict.Reasons, "; "), strings.ReplaceAll(name, "clock_unknown", "clocks of elsewhere"))
	}
}

// inRequests returns how many rows of requests.csv have the flag.
func (p provocation) inRequests(t *testing.T, dir string) int {
	t.Helper()
	file, err := os.Open(filepath.Join(dir, "requests.csv"))
	require.NoError(t, err)
	lines, err := csv.NewReader(file).ReadAll()
	require.NoError(t, errors.Join(err, file.Close()))
	column := slices.Index(lines[0], "flags")
	with := 0
	for _, line := range lines[1:] {
		if slices.Contains(strings.Fields(line[column]), p.flag) {
			with++
		}
	}
	switch {
	case p.device == "node-psys", p.flag == "cpu:within_module":
		require.Zero(t, with, "it is on no request's bill")
	case p.flag == "tokens_untimed":
		require.Equal(t, recordtest.Attempts, with, "of one method")
	case p.whole:
		require.Equal(t, len(lines)-1, with)
	default:
		require.Positive(t, with)
		require.Less(t, with, len(lines)-1)
	}
	return with
}

func (p provocation) inTables(t *testing.T, conn driver.Conn, id event.RunID, touched int) {
	t.Helper()
	count := func(query string, args ...any) (n uint64) {
		require.NoError(t, conn.QueryRow(t.Context(), query, args...).Scan(&n))
		return n
	}
	run := string(id)
	require.EqualValues(t, touched, count("SELECT count() FROM request_energy FINAL WHERE run_id = $1 AND has(flags, $2)", run, p.flag))
	require.EqualValues(t, 1, count("SELECT count() FROM run_summary FINAL WHERE run_id = $1 AND has(flags, $2)", run, p.flag))
	if p.device != "" {
		name := strings.TrimPrefix(p.flag, "cpu:")
		require.EqualValues(t, 1, count("SELECT count() FROM device_energy FINAL WHERE run_id = $1 AND has(flags, $2) AND device = $3 AND "+cmp.Or(p.row, "true"), run, name, p.device))
	}
}
