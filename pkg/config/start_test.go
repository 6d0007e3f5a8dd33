package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A server is started where one is wanted and none is named, and by nothing else.
func TestWhenAServerIsStarted(t *testing.T) {
	for _, tt := range []struct {
		overrides []string
		start     bool
		endpoint  string
		waits     float64
	}{
		{[]string{"backend.type=pytorch"}, true, "http://127.0.0.1:0", 600},
		{[]string{"backend.type=pytorch", "backend.ready_timeout_s=9"}, true, "http://127.0.0.1:0", 9},
		{[]string{"backend.type=pytorch", "backend.endpoint=http://gpu:8000"}, false, "http://gpu:8000", 30},
		{[]string{"backend.type=pytorch", "backend.start=false"}, false, "http://localhost:8000/v1", 30},
		{[]string{"backend.type=pytorch", "backend.start=true", "backend.endpoint=http://127.0.0.1:9000"}, true, "http://127.0.0.1:9000", 600},
		{nil, false, "http://localhost:8000/v1", 30},
	} {
		run, err := Loader{}.LoadRun("", tt.overrides...)
		require.NoError(t, err)
		require.Equal(t, tt.start, run.Backend.Start, tt.overrides)
		require.Equal(t, tt.endpoint, run.Backend.Endpoint)
		require.InDelta(t, tt.waits, run.Backend.ReadyTimeoutS, 0)
		require.Equal(t, tt.endpoint == "http://127.0.0.1:0", run.Backend.Unstarted())
	}
}

func TestWhatAStartedServerCannotBeToldIsRefused(t *testing.T) {
	pytorch := []string{"backend.type=pytorch"}
	running := []string{"backend.type=pytorch", "backend.endpoint=http://localhost:8000"}
	for key, override := range map[string]string{
		"backend.max_memory":             "backend.max_memory={0: 20GB}",
		"backend.gpu_memory_utilization": "backend.gpu_memory_utilization=0.9",
		"backend.load_in_4bit":           "backend={load_in_4bit: true, load_in_8bit: true}",
		"backend.device_map":             "backend={device: cpu, device_map: auto}",
	} {
		_, err := Loader{}.LoadRun("", append([]string{override}, pytorch...)...)
		require.ErrorContains(t, err, key)
		_, err = Loader{}.LoadRun("", append([]string{override}, running...)...)
		require.NoError(t, err, "it describes a server that runs already")
	}
	for key, overrides := range map[string][]string{
		"backend.start":     {"backend.type=vllm", "backend.endpoint=http://127.0.0.1:1"},
		"backend.endpoint":  {"backend.type=pytorch", "backend.endpoint=http://192.0.2.1:8000"},
		"backend.endpoints": {"backend.type=pytorch", "backend.endpoints=[{url: http://127.0.0.1:1}]"},
	} {
		_, err := Loader{}.LoadRun("", append(overrides, "backend.start=true")...)
		require.ErrorContains(t, err, "override: "+key+":")
	}
}
