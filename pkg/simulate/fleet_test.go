package simulate

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFleet: each replica computes on its own devices, and the books of all are one.
func TestFleet(t *testing.T) {
	cfg := DefaultConfig()
	cfg.TimeScale = 20
	server, err := ServeFleet(t.Context(), "127.0.0.1:0", Replicas(cfg, 2, 2))
	require.NoError(t, err)
	defer func() { require.NoError(t, server.Close()) }()
	for i, id := range []string{"01kjmma2g0aaaaaaaaaaaaaaaa.r0.1", "01kjmma2g0aaaaaaaaaaaaaaaa.r1.1"} {
		body := strings.NewReader(`{"model":"simulated-8b","prompt":"why?","max_tokens":20,"ignore_eos":true}`)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.Replica(i)+"/v1/completions", body)
		require.NoError(t, err)
		req.Header.Set("X-Request-Id", id)
		req.Header.Set("Content-Type", "application/json")
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		_, _ = io.Copy(io.Discard, resp.Body)
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusOK, resp.StatusCode)
	}
	client := Client{BaseURL: server.URL()}
	devices, err := client.Devices(t.Context())
	require.NoError(t, err)
	var ids []string
	for i, d := range devices {
		require.Equal(t, i, d.Index)
		ids = append(ids, d.ID)
	}
	require.Equal(t, []string{"SIM-GPU-0", "SIM-GPU-1", "SIM-GPU-2", "SIM-GPU-3"}, ids)
	readings, err := client.Read(t.Context())
	require.NoError(t, err)
	require.Len(t, readings, 4)
	truth, err := client.Ledger(t.Context(), "01kjmma2g0aaaaaaaaaaaaaaaa", 0, 0)
	require.NoError(t, err)
	require.Len(t, truth.Requests, 2)
	require.Len(t, truth.DeviceJ, 4)
	text, err := json.Marshal(truth)
	require.NoError(t, err)
	require.Contains(t, string(text), `"r1"`)
	for i := range 2 {
		own, err := server.Fleet().Replica(i).Truth("01kjmma2g0aaaaaaaaaaaaaaaa", 0, 0)
		require.NoError(t, err)
		require.Len(t, own.Requests, 1)
	}
}

func TestFleetProblems(t *testing.T) {
	_, err := ServeFleet(t.Context(), "127.0.0.1:0", nil)
	require.ErrorIs(t, err, ErrConfig)
	_, err = ServeFleet(t.Context(), "127.0.0.1:0", []Config{DefaultConfig(), DefaultConfig()})
	require.ErrorIs(t, err, ErrConfig, "two replicas on one device")
}
