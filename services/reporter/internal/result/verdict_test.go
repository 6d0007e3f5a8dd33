package result_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/result"
)

// flawless is the record with every attempt ok and counted.
func flawless() *recordtest.Edit {
	e := recordtest.NewEdit("/tmp/x")
	e.Drop(func(data event.Payload) bool {
		f, ok := data.(*event.RequestFinished)
		return ok && f.Index == 7 && f.Attempt == 1
	})
	e.Drop(func(data event.Payload) bool {
		s, ok := data.(*event.RequestStarted)
		return ok && s.RequestID == "r000007" && s.Attempt == 1
	})
	e.Attempts(func(f *event.RequestFinished) {
		f.Status, f.ErrorClass, f.HTTPStatus, f.Flags = event.StatusOK, "", 200, nil
		f.Tokens = event.Tokens{Source: event.TokensFromUsage, Input: new(int64(100)), Output: new(int64(40))}
	})
	return e
}

func judge(t *testing.T, e *recordtest.Edit, lose func([]event.Event) []event.Event, after func(*collect.Run)) event.Verdict {
	t.Helper()
	events := recordtest.Number(recordtest.Run, e.Items())
	if lose != nil {
		events = lose(events)
	}
	r, err := collect.From(recordtest.Run, events)
	require.NoError(t, err)
	if after != nil {
		after(r)
	}
	res, err := result.Compute(r, result.Options{Revision: 1})
	require.NoError(t, err)
	return res.Summary.Verdict
}

func TestAFlawlessRunIsValid(t *testing.T) {
	require.Equal(t, event.Verdict{Result: "valid"}, judge(t, flawless(), nil, nil))
}

// Every gate of the verdict, each shut by one flaw of a flawless run.
func TestGates(t *testing.T) {
	attempt := func(index int64, change func(*event.RequestFinished)) func(*recordtest.Edit) {
		return func(e *recordtest.Edit) {
			e.Attempts(func(f *event.RequestFinished) {
				if f.Index == index {
					change(f)
				}
			})
		}
	}
	fail := func(f *event.RequestFinished) {
		f.Status, f.ErrorClass, f.Tokens = event.StatusFailed, "http_status", event.Tokens{Source: event.TokensMissing}
	}
	at := func(after time.Duration) int64 { return recordtest.Stamp(after).WallNS }
	for _, gate := range []struct {
		name, result, reason string
		change               func(*recordtest.Edit)
		lose                 func([]event.Event) []event.Event
		after                func(*collect.Run)
	}{
		// Invalid: no energy per request can be defended.
		{
			name: "the run failed", result: "invalid", reason: "the run failed: server_unreachable",
			change: func(e *recordtest.Edit) {
				e.Add(recordtest.Loader, &event.RunFailed{Class: "server_unreachable", Reason: "refused", AtNS: at(7 * time.Second)})
			},
		},
		{
			name: "nothing succeeded", result: "invalid", reason: "no request succeeded",
			change: func(e *recordtest.Edit) { e.Attempts(fail) },
		},
		{
			name: "nothing was measured", result: "invalid", reason: "no energy was measured",
			change: func(e *recordtest.Edit) {
				e.Host(func(h *event.HostDescribed) { h.Devices = nil })
			},
		},
		{
			name: "a serving device was not measured", result: "invalid", reason: "were not measured",
			change: func(e *recordtest.Edit) {
				e.Config.Backend.Endpoints = []config.Endpoint{{URL: "http://127.0.0.1:8000/v1", Replica: "r0", Devices: []config.DeviceGroup{{Host: "node", IDs: []string{"0", "7"}}}}}
			},
		},
		{
			name: "an unknown replica served", result: "invalid", reason: "backend.endpoints does not know",
			change: func(e *recordtest.Edit) {
				e.Config.Backend.Endpoints = []config.Endpoint{{URL: "http://127.0.0.1:8000/v1", Replica: "r9", Devices: []config.DeviceGroup{{Host: "node", IDs: []string{"0"}}}}}
			},
		},

		// Incomplete: some of the record is missing.
		{
			name: "an event was lost", result: "incomplete", reason: "events were read",
			lose: func(events []event.Event) []event.Event {
				i := slices.IndexFunc(events, func(e event.Event) bool { return e.Type() == event.TypePowerSampled })
				return slices.Delete(events, i, i+1)
			},
		},
		{
			name: "a producer never closed", result: "incomplete", reason: "never said how many events it sent",
			lose: func(events []event.Event) []event.Event {
				i := slices.IndexFunc(events, func(e event.Event) bool { return e.Type() == event.TypeProducerClosed })
				return slices.Delete(events, i, i+1)
			},
		},
		{
			name: "a message was dead", result: "incomplete", reason: "1 messages of the run could not be handled (no JSON)",
			after: func(r *collect.Run) {
				r.Completeness.Complete, r.Completeness.Dead, r.DeadReasons = false, 1, []string{"no JSON"}
			},
		},
		{
			name: "a prompt was not answered", result: "incomplete", reason: "1 prompts have no finished attempt",
			change: func(e *recordtest.Edit) {
				e.Drop(func(data event.Payload) bool {
					f, ok := data.(*event.RequestFinished)
					return ok && f.Index == 2
				})
			},
		},
		{
			name: "the run was stopped", result: "incomplete", reason: "stopped before its load was done",
			change: func(e *recordtest.Edit) {
				e.Add(recordtest.Loader, &event.RunCancelled{Reason: "interrupted", AtNS: at(7 * time.Second)})
			},
		},

		// Warnings: the figures stand, with something to know.
		{
			name: "an event came late", result: "valid_with_warnings", reason: "1 events came after the run was sealed",
			after: func(r *collect.Run) { r.Completeness.Late = 1 },
		},
		{
			name: "an attempt was never finished", result: "valid_with_warnings", reason: "1 attempts began and were never finished",
			change: func(e *recordtest.Edit) {
				e.Add(recordtest.DriverA, &event.RequestStarted{RequestID: "r000002", Attempt: 2, Clock: recordtest.Clock, Sent: recordtest.Stamp(5 * time.Second), Endpoint: "http://127.0.0.1:8000/v1"})
			},
		},
		{
			name: "an attempt was told twice", result: "valid_with_warnings", reason: "1 attempts were told twice",
			after: func(r *collect.Run) { r.Conflicts = 1 },
		},
		{
			name: "a request failed", result: "valid_with_warnings", reason: "1 of 12 requests failed",
			change: attempt(4, fail),
		},
		{
			name: "the dataset is short", result: "valid_with_warnings", reason: "the dataset gives 12 of the 20 prompts asked for",
			change: func(e *recordtest.Edit) { e.Config.Scenario.NumSamples = 20 },
		},
		{
			name: "prompts were sent late", result: "valid_with_warnings", reason: "the load was less than was asked for",
			change: func(e *recordtest.Edit) {
				e.Attempts(func(f *event.RequestFinished) { f.Received.WallNS -= int64(time.Second) })
			},
		},
		{
			name: "tokens were not counted", result: "valid_with_warnings", reason: "no token counts for 1 requests",
			change: attempt(4, func(f *event.RequestFinished) { f.Tokens = event.Tokens{Source: event.TokensMissing} }),
		},
		{
			name: "a device was flagged", result: "valid_with_warnings", reason: "GPU-0: mig",
			change: func(e *recordtest.Edit) {
				e.Device("GPU-0", func(d *event.Device) { d.Flags = []string{"mig"} })
			},
		},
		{
			name: "an attempt was flagged", result: "valid_with_warnings", reason: "no_done on 1 of 12 attempts",
			change: attempt(4, func(f *event.RequestFinished) { f.Flags = []string{"no_done"} }),
		},
		{
			name: "energy is guessed over gaps", result: "valid_with_warnings", reason: "estimated over time without samples",
			change: func(e *recordtest.Edit) {
				e.Seconds("GPU-0", func(s *event.DeviceSamples) { s.EnergyMJ = nil })
				for _, second := range []int{4, 5} {
					e.Second(second, "GPU-0", func(s *event.DeviceSamples) { *s = event.DeviceSamples{Device: s.Device} })
				}
			},
		},
		{
			name: "power and counter disagree", result: "valid_with_warnings", reason: "GPU-1: integrated power is 0.9 of the counter",
			change: func(e *recordtest.Edit) {
				e.Seconds("GPU-1", func(s *event.DeviceSamples) {
					for i := range s.PowerMW {
						s.PowerMW[i] = s.PowerMW[i] * 9 / 10
					}
				})
			},
		},
		{
			name: "the whole is less than its parts", result: "valid_with_warnings", reason: "the sensor of the whole node shows 0.4",
			change: func(e *recordtest.Edit) { metered(e, 300_000) },
		},
		{
			name: "no accelerator was measured", result: "valid_with_warnings", reason: "no accelerator was measured",
			change: func(e *recordtest.Edit) {
				e.Host(func(h *event.HostDescribed) {
					h.Devices = slices.DeleteFunc(h.Devices, func(d event.Device) bool { return d.Kind == event.KindGPU })
				})
			},
		},
		{
			name: "a device is measured twice", result: "valid_with_warnings", reason: "GPU-1 was measured by node and by other: only the readings of node count",
			change: func(e *recordtest.Edit) {
				clock := event.Clock{Host: "other", BootID: recordtest.Clock.BootID}
				e.Add(recordtest.Sampler, &event.HostDescribed{
					Host: "other", Clock: clock, Devices: []event.Device{{ID: "GPU-1", Kind: event.KindGPU, Provenance: event.Measured, IdlePowerMW: new(int64(1))}},
				})
				e.Add(recordtest.Sampler, &event.PowerSampled{
					Host: "other", Clock: clock, Start: recordtest.Stamp(3 * time.Second),
					Devices: []event.DeviceSamples{{Device: "GPU-1", TNS: []int64{0}, PowerMW: []int64{9e9}}},
				})
			},
		},
		{
			name: "replicas are not mapped", result: "valid_with_warnings", reason: "2 replicas served the run",
			change: attempt(4, func(f *event.RequestFinished) { f.Replica = "r1" }),
		},
		{
			name: "a clock is not known", result: "valid_with_warnings", reason: "how far the clocks of elsewhere are",
			change: attempt(4, func(f *event.RequestFinished) { f.Clock = event.Clock{Host: "elsewhere", BootID: "other"} }),
		},
	} {
		t.Run(strings.ReplaceAll(gate.name, " ", "_"), func(t *testing.T) {
			e := flawless()
			if gate.change != nil {
				gate.change(e)
			}
			v := judge(t, e, gate.lose, gate.after)
			require.Equal(t, gate.result, v.Result, "%v", v.Reasons)
			require.Contains(t, strings.Join(v.Reasons, "; "), gate.reason)
		})
	}
}
