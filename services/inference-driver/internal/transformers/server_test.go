package transformers

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// testContext is for what a test's process starts in another's part.
var testContext = context.Background()

var quiet = slog.New(slog.DiscardHandler)

func begin(t *testing.T, part string) (*Server, told) {
	t.Helper()
	t.Setenv(behaves, part)
	s, err := start(t.Context(), os.Args[0], backend(), quiet, 100*time.Millisecond)
	require.NoError(t, err)
	return s, ask(t, s.Endpoint())
}

func ask(t *testing.T, endpoint string) told {
	t.Helper()
	response, err := http.Get(endpoint + "/told") //nolint:noctx // a fake of ours
	require.NoError(t, err)
	defer response.Body.Close()
	defer http.DefaultClient.CloseIdleConnections()
	var out told
	require.NoError(t, json.NewDecoder(response.Body).Decode(&out))
	return out
}

func requireGone(t *testing.T, pid int) {
	t.Helper()
	require.Eventually(t, func() bool {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		return syscall.Kill(pid, 0) == syscall.ESRCH || err == nil && bytes.Contains(stat, []byte(") Z "))
	}, 5*time.Second, 10*time.Millisecond, "process %d is there", pid)
}

func TestServerIsStartedReadyAndEnded(t *testing.T) {
	t.Setenv("AEB_API_KEY", "a secret of ours")
	s, own := begin(t, serves)
	require.Equal(t, []string{"--", "tiny/model"}, own.Args[len(own.Args)-2:])
	require.Empty(t, own.Secret, "what is the driver's stays the driver's")
	require.NoError(t, s.Stop())
	requireGone(t, own.PID)
}

func TestServerThatDoesNotEndIsEndedWithAllThatItStarted(t *testing.T) {
	s, own := begin(t, lingers)
	require.NoError(t, s.Stop())
	requireGone(t, own.PID)
	requireGone(t, own.Child)
}

func TestServerThatEndsByItselfIsAnError(t *testing.T) {
	s, own := begin(t, serves)
	_, err := http.Get(s.Endpoint() + "/die") //nolint:noctx,bodyclose // it breaks off
	require.Error(t, err)
	<-s.Done()
	err = s.Stop()
	require.ErrorIs(t, err, ErrEnded)
	require.ErrorContains(t, err, "exit status 3")
	require.ErrorContains(t, err, "CUDA error: device-side assert triggered")
	requireGone(t, own.PID)
}

func TestStartThatFailsTellsTheEndOfTheOutput(t *testing.T) {
	t.Setenv(behaves, crashes)
	_, err := Start(t.Context(), os.Args[0], backend(), quiet)
	require.ErrorIs(t, err, ErrEnded)
	require.ErrorContains(t, err, "exit status 1")
	require.True(t, strings.HasSuffix(err.Error(), "File \"layer_29.py\"\nValueError: the weights are not there"), err.Error())
	require.NotContains(t, err.Error(), "layer_9.py", "the end is bounded")
}

func TestStartIsBounded(t *testing.T) {
	t.Setenv(behaves, loads)
	b := backend()
	b.ReadyTimeoutS = 0.5
	_, err := start(t.Context(), os.Args[0], b, quiet, time.Millisecond)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "Loading weights:  20%")
}

func TestProgramThatIsNotThereIsNamed(t *testing.T) {
	_, err := Start(t.Context(), "transformers-not-here", backend(), quiet)
	require.ErrorIs(t, err, ErrCommand)
	require.ErrorContains(t, err, "transformers-not-here")
	require.ErrorContains(t, err, "pip install")
}

func TestPortThatIsTakenIsSaid(t *testing.T) {
	s, _ := begin(t, serves)
	defer func() { require.NoError(t, s.Stop()) }()
	b := backend()
	b.Endpoint = s.Endpoint()
	_, err := Start(t.Context(), os.Args[0], b, quiet)
	require.ErrorIs(t, err, syscall.EADDRINUSE)
}
