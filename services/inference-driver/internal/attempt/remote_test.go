package attempt

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/simulate/script"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/own"
)

// planVariable makes the test binary a scripted server instead.
const planVariable = "AEB_TEST_SERVE_PLAN"

// plan is what a remote server answers. Stream n of Over begins n/Over of Spread
// after First.
type plan struct {
	Tokens, PerWrite, Over int
	First, Spread, Gap     time.Duration
}

func (p plan) stream(n int) script.Answer {
	first := p.First
	if p.Over > 0 {
		first += p.Spread * time.Duration(n) / time.Duration(p.Over)
	}
	return script.Tokens(script.Stream{Chat: true, Model: "m", ID: "x", Count: p.Tokens, Prompt: 7, PerWrite: p.PerWrite, Gap: p.Gap, First: first})
}

// serving is a scripted server, when this process is to be one: it says its
// address, serves until its input ends, and then says what it did.
func serving() bool {
	text, ok := os.LookupEnv(planVariable)
	if !ok {
		return false
	}
	ctx := context.Background()
	var p plan
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		panic(err)
	}
	// One answer serves all streams that begin alike: making it takes time.
	same := p.stream(0)
	server, err := script.Serve(ctx, "127.0.0.1:0", func(r script.Request) script.Answer {
		if p.Over == 0 {
			return same
		}
		return p.stream(r.Number)
	})
	if err != nil {
		panic(err)
	}
	defer server.Close()
	meter := own.Start()
	fmt.Fprintln(os.Stdout, server.URL())
	_, _ = io.Copy(io.Discard, os.Stdin)
	clock.Wait(ctx, 100*time.Millisecond) // the client knows of the last end before it is recorded
	var did served
	meter.Read(&did.Cost)
	did.Records = server.Records()
	if err := json.NewEncoder(os.Stdout).Encode(did); err != nil {
		panic(err)
	}
	return true
}

// served is what a remote server did, and what that cost its process.
type served struct {
	Records []script.Record
	Cost    event.DriverSampled
}

// remote is a scripted server in another process.
type remote struct {
	url string
	// stop ends it and returns what it did.
	stop func() served
}

func startRemote(tb testing.TB, p plan) remote {
	tb.Helper()
	text, err := json.Marshal(p)
	require.NoError(tb, err)
	cmd := exec.CommandContext(tb.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), planVariable+"="+string(text))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(tb, err)
	out, err := cmd.StdoutPipe()
	require.NoError(tb, err)
	require.NoError(tb, cmd.Start())
	ended := false
	tb.Cleanup(func() {
		if !ended {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	reader := bufio.NewReader(out)
	url, err := reader.ReadString('\n')
	require.NoError(tb, err)
	return remote{url: strings.TrimSpace(url), stop: func() served {
		require.NoError(tb, in.Close())
		var did served
		require.NoError(tb, json.NewDecoder(reader).Decode(&did))
		require.NoError(tb, cmd.Wait())
		ended = true
		return did
	}}
}
