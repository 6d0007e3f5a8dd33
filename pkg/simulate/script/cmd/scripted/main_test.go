package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestChatsAreLogged(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	in, stop := io.Pipe()
	out, told := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(t.Context(), []string{"-first", "5ms", "-gap", "1ms", "-tokens", "3", "-log", log}, in, told)
	}()
	url, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	url = strings.TrimSpace(url)
	get := func(method, path string) string {
		request, err := http.NewRequestWithContext(t.Context(), method, url+path, strings.NewReader("{}"))
		require.NoError(t, err)
		request.Header.Set("X-Request-Id", "a")
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return string(body)
	}
	require.Contains(t, get(http.MethodGet, "/v1/models"), `"id":"scripted"`)
	require.Contains(t, get(http.MethodPost, "/v1/other"), "not here")
	require.Contains(t, get(http.MethodPost, "/v1/chat/completions"), `"chatcmpl-2"`)
	http.DefaultClient.CloseIdleConnections()
	require.NoError(t, stop.Close())
	require.NoError(t, <-ended)

	text, err := os.ReadFile(log)
	require.NoError(t, err)
	var s served
	require.NoError(t, json.Unmarshal(text, &s), "one line: only chats are logged")
	require.Equal(t, 2, s.Number)
	require.Equal(t, "a", s.RequestID)
	require.Len(t, s.Tokens, 3)
	require.GreaterOrEqual(t, s.Tokens[0]-s.Read, (5 * time.Millisecond).Nanoseconds())
}
