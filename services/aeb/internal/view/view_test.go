package view

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/schemas"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/follow"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func example(t *testing.T) event.Summary {
	t.Helper()
	raw, ok := schemas.Example("result.run.v1")
	require.True(t, ok)
	var r event.ResultRun
	require.NoError(t, json.Unmarshal(raw, &r))
	return r.Summary
}

func TestSummaryText(t *testing.T) {
	unmeasured := example(t)
	unmeasured.Methods, unmeasured.Energy, unmeasured.Devices, unmeasured.Truth = nil, event.Energy{}, nil, nil
	unmeasured.Tokens, unmeasured.Throughput.OutputTokensPerS = event.TokenSums{Missing: unmeasured.Requests.OK}, nil
	for name, s := range map[string]event.Summary{"summary": example(t), "unmeasured": unmeasured} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			require.NoError(t, Summary(&out, s))
			golden(t, name, out.String())
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestMissingIsNeverZero(t *testing.T) {
	require.Equal(t, missing, optional(nil))
	zero := 0.0
	require.Equal(t, "0", optional(&zero))
}

func TestWhatBoreOnADeviceIsSaidWhenThereIsAny(t *testing.T) {
	require.Empty(t, held(event.DeviceResult{
		ThrottledShare: new(0.0), PowerCappedShare: new(0.0), ThrottleReasons: map[string]float64{"gpu_idle": 0.5},
		PowerLimitW: new(700.0), ForeignProcessesMax: new(int64(0)),
	}))
	require.Empty(t, held(event.DeviceResult{}), "nothing was read")
	require.Equal(t, "lower clocks, of the load: hw_slowdown 25.00 %, hw_thermal_slowdown 25.00 %; up to 2 foreign processes", held(event.DeviceResult{
		ThrottledShare: new(0.25), PowerCappedShare: new(0.0), ThrottleReasons: map[string]float64{"hw_thermal_slowdown": 0.25, "hw_slowdown": 0.25},
		PowerLimitW: new(700.0), ForeignProcessesMax: new(int64(2)),
	}))
	require.Equal(t, "lowest power limit 500.0 W", held(event.DeviceResult{PowerLimitW: new(500.0), Flags: []string{"power_limit_changed"}}))
}

func TestNumbersKeepFourDigits(t *testing.T) {
	for _, c := range []struct {
		give float64
		want string
	}{
		{1234567, "1,234,567"},
		{1234.5, "1,234"},
		{12.3456, "12.35"},
		{0.00123456, "0.001235"},
		{-1234.5, "-1,234"},
		{1.5e-12, "1.50e-12"},
		{999999.9, "1,000,000"},
	} {
		require.Equal(t, c.want, number(c.give))
	}
}

func TestProgressInAPipeIsLines(t *testing.T) {
	var out bytes.Buffer
	p := NewProgress(&out, false, 0)
	for _, phase := range []run.Phase{run.Baseline, run.Running, run.Running, run.Draining} {
		p.Show(follow.Snapshot{State: run.State{Phase: phase}, Total: 4, Done: 2, InFlight: 1, Failed: 1, PowerW: 300, HasPower: true})
	}
	p.Done()
	require.NotContains(t, out.String(), "\r")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 3, "one line a phase")
	require.Contains(t, lines[0], "waiting for inference-driver, reporter")
	require.Contains(t, lines[1], "2/4 requests, 1 in flight, 1 failed, 300 W")
}

func TestProgressInATerminalIsOneLine(t *testing.T) {
	var out bytes.Buffer
	p := NewProgress(&out, true, 60)
	p.Show(follow.Snapshot{State: run.State{Phase: run.Running}, Total: 4, Done: 2})
	p.Done()
	require.NotContains(t, out.String(), "\n")
	for frame := range strings.SplitSeq(out.String(), "\r\x1b[K") {
		require.Less(t, len([]rune(frame)), 60)
	}
}
