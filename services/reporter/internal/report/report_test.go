package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/report"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/result"
)

var update = flag.Bool("update", false, "rewrite the golden page")

func page(t *testing.T, change func(*recordtest.Edit)) string {
	t.Helper()
	e := recordtest.NewEdit("/tmp/x")
	if change != nil {
		change(e)
	}
	r, err := collect.From(recordtest.Run, recordtest.Number(recordtest.Run, e.Items()))
	require.NoError(t, err)
	res, err := result.Compute(r, result.Options{Revision: 1})
	require.NoError(t, err)
	var out bytes.Buffer
	require.NoError(t, report.Write(&out, r, res))
	return out.String()
}

// everything is a record that fills every part of the page.
func everything(e *recordtest.Edit) {
	e.Config.Load.Stages = []config.Stage{{Name: "calm"}, {}, {Name: "never reached"}}
	e.Attempts(func(f *event.RequestFinished) { f.Stage = 1 + int(f.Index)/6 })
	e.Config.Load.SLO = &config.SLO{TTFTS: 0.1, E2ES: 1.1}
	e.Config.Metrics.Methods = append(e.Config.Metrics.Methods, "fitted/v1")
	e.Seconds("GPU-0", func(s *event.DeviceSamples) {
		s.SMClockMHz, s.MemoryPowerMW = slices.Repeat(event.Series{1700}, len(s.TNS)), slices.Repeat(event.Series{40_000}, len(s.TNS))
		s.PowerLimitMW, s.ForeignProcesses = slices.Repeat(event.Series{700_000}, len(s.TNS)), slices.Repeat(event.Series{0}, len(s.TNS))
		s.ThrottleReasons = slices.Repeat(event.Series{0x04}, len(s.TNS))
	})
	e.Second(4, "GPU-0", func(s *event.DeviceSamples) {
		s.ThrottleReasons = slices.Repeat(event.Series{0x48}, len(s.TNS))
	})
	e.Attempts(func(f *event.RequestFinished) {
		if f.FirstOutputAfterNS != nil {
			f.FirstOutputAfterNS = new(*f.FirstTokenAfterNS + 230e6)
		}
	})
	e.Add(recordtest.Sampler, &event.PowerGap{
		Host: "node", Clock: recordtest.Clock, FromNS: recordtest.Stamp(3 * time.Second).WallNS, ToNS: recordtest.Stamp(3200 * time.Millisecond).WallNS,
		Reason: "the broker <was> away",
	})
	for i, running := range []float64{1, 4} {
		e.Add(recordtest.DriverA, &event.ServerSampled{
			Endpoint: "http://127.0.0.1:8000", Clock: recordtest.Clock, At: recordtest.Stamp(time.Duration(2+4*i) * time.Second), RequestsRunning: &running,
		})
	}
	e.Config.Metrics.Intensity = &config.Intensity{Type: config.IntensityElectricityMaps, Zone: "DE"}
	for i, gPerKWh := range []float64{302, 290} {
		from := time.Duration(4*i) * time.Second
		e.Add(recordtest.Sampler, &event.IntensityObserved{
			Host: "node", AtNS: recordtest.Stamp(from).WallNS, Provider: "electricity_maps", Zone: "DE", GPerKWh: &gPerKWh,
			FromNS: new(recordtest.Stamp(from).WallNS), ToNS: new(recordtest.Stamp(from + 4*time.Second).WallNS),
			Source: "Electricity Maps (lifecycle)", Estimated: i == 1, EstimationMethod: "TIME_SLICER_AVERAGE",
		})
	}
	e.Host(func(h *event.HostDescribed) {
		h.Devices = append(h.Devices, event.Device{
			ID: "node/redfish/1", Kind: event.KindNode, Name: "chassis", PowerSource: "redfish.environment_metrics",
			Provenance: event.Measured, Flags: []string{"averaged_power", "overlaps_cpu"},
		})
	})
	for at := range recordtest.Seconds {
		e.Add(recordtest.Sampler, &event.PowerSampled{
			Host: "node", Clock: recordtest.Clock, Start: recordtest.Stamp(time.Duration(at) * time.Second),
			Devices: []event.DeviceSamples{{Device: "node/redfish/1", TNS: []int64{0}, PowerMW: event.Series{1_100_000}}},
		})
	}
	e.Add(recordtest.DriverA, &event.DriverSampled{
		Clock: recordtest.Clock, At: recordtest.Stamp(7 * time.Second), PID: 7, Cores: 2, ElapsedNS: 4e9, CPUNS: new(int64(1e9)), SchedP99NS: 2e5, SchedMaxNS: 1e6,
	})
}

// The page as it was looked at once.
func TestGoldenPage(t *testing.T) {
	got := page(t, everything)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile("testdata/report.html", []byte(got), 0o600))
	}
	want, err := os.ReadFile("testdata/report.html")
	require.NoError(t, err)
	require.Equal(t, strings.Split(string(want), "\n"), strings.Split(got, "\n"), "run with -update if this is meant, and look at it")
}

// The page reaches for nothing outside itself, and what a run says is text in it.
func TestPageNeedsNothingElse(t *testing.T) {
	got := page(t, everything)
	for _, reach := range []string{"<script", "<link", "<img", "<iframe", "src=", "href=", "url(", "@import", "ZgotmplZ"} {
		require.NotContains(t, got, reach)
	}
	require.NotContains(t, got, "<was>")
	require.Contains(t, got, "&lt;was&gt;")
	require.NotContains(t, got, "NaN")
}

// Tokens that the server did not count are a dash, and no zero.
func TestPageOfUncountedTokens(t *testing.T) {
	got := page(t, func(e *recordtest.Edit) {
		e.Attempts(func(f *event.RequestFinished) { f.Tokens = event.Tokens{Source: event.TokensMissing} })
	})
	require.Contains(t, got, "<b>–</b><span>output tokens per second</span>")
	require.Contains(t, got, "– tokens in, – out;")
	require.Contains(t, got, "and – output tokens per second")
}

// Every element is closed, so that nothing swallows what follows.
func TestPageIsWellFormed(t *testing.T) {
	for name, change := range map[string]func(*recordtest.Edit){
		"everything": everything,
		"plain":      nil,
		"without energy": func(e *recordtest.Edit) {
			e.Host(func(h *event.HostDescribed) { h.Devices = nil })
		},
		"without attempts": func(e *recordtest.Edit) {
			e.Drop(func(data event.Payload) bool {
				switch data.(type) {
				case *event.RequestFinished, *event.RequestStarted:
					return true
				}
				return false
			})
		},
		"counter only": func(e *recordtest.Edit) {
			e.Seconds("GPU-0", func(s *event.DeviceSamples) { s.PowerMW = nil })
		},
	} {
		t.Run(strings.ReplaceAll(name, " ", "_"), func(t *testing.T) {
			d := xml.NewDecoder(strings.NewReader(page(t, change)))
			d.AutoClose, d.Entity, d.Strict = []string{"meta"}, xml.HTMLEntity, false
			depth := 0
			for {
				token, err := d.Token()
				if errors.Is(err, io.EOF) {
					break
				}
				require.NoError(t, err)
				switch token.(type) {
				case xml.StartElement:
					depth++
				case xml.EndElement:
					depth--
				}
			}
			require.Zero(t, depth)
		})
	}
}
