package script

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func serve(tb testing.TB, answer func(Request) Answer) (*Server, *http.Client) {
	tb.Helper()
	s, err := Serve(tb.Context(), "127.0.0.1:0", answer)
	require.NoError(tb, err)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1024}}
	tb.Cleanup(func() {
		client.CloseIdleConnections()
		s.Close()
		s.Close()
	})
	return s, client
}

// records waits until n answers have ended.
func records(tb testing.TB, s *Server, n int) []Record {
	tb.Helper()
	require.Eventually(tb, func() bool { return len(s.Records()) >= n }, 5*time.Second, time.Millisecond)
	return s.Records()
}

func TestEventsAreNeverEarlyAndAreRecorded(t *testing.T) {
	answer := Tokens(Stream{Chat: true, Model: "m", ID: "x", Head: time.Millisecond, First: 5 * time.Millisecond, Gap: 2 * time.Millisecond, Count: 20, Prompt: 7})
	s, client := serve(t, func(Request) Answer { return answer })
	c := clock.System("")
	sent := c.Now().MonoNS
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL(), strings.NewReader("{}"))
	require.NoError(t, err)
	req.Header.Set("X-Request-Id", "run.q.1")
	resp, err := client.Do(req)
	require.NoError(t, err)
	var arrived []int64
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if strings.Contains(lines.Text(), `"content":" t`) {
			arrived = append(arrived, c.Now().MonoNS)
		}
	}
	require.NoError(t, resp.Body.Close())
	require.Len(t, arrived, 20)

	r := records(t, s, 1)[0]
	require.Equal(t, "run.q.1", r.RequestID)
	require.Greater(t, r.Read, sent)
	require.Len(t, r.Before, 21)
	for i := range answer.Events {
		require.GreaterOrEqual(t, r.Lateness(answer, i), time.Duration(0))
		require.GreaterOrEqual(t, r.After[i], r.Before[i])
	}
	for i, at := range arrived {
		require.Greater(t, at, r.Before[i+1], "nothing arrives before it was written")
	}
}

func TestStreamIsWellFormed(t *testing.T) {
	for _, chat := range []bool{false, true} {
		s, client := serve(t, func(r Request) Answer {
			if r.Path == "/health" {
				return Plain(200, "text/plain", "")
			}
			return Tokens(Stream{Chat: chat, Model: "m", ID: "x", Count: 3, Prompt: 7, PerWrite: r.Number})
		})
		for range 3 { // on one connection
			resp, err := client.Post(s.URL(), "application/json", strings.NewReader("{}"))
			require.NoError(t, err)
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Equal(t, 200, resp.StatusCode)
			require.Equal(t, 3, strings.Count(string(body), `" t`))
			require.Contains(t, string(body), `"usage":{"prompt_tokens":7,"total_tokens":10,"completion_tokens":3}`)
			require.True(t, strings.HasSuffix(string(body), "data: [DONE]\n\n"))
		}
		resp, err := client.Get(s.URL() + "/health")
		require.NoError(t, err)
		require.Equal(t, 200, resp.StatusCode)
		require.NoError(t, resp.Body.Close())
	}
}

func TestBrokenStream(t *testing.T) {
	s, client := serve(t, func(Request) Answer {
		a := Tokens(Stream{Model: "m", ID: "x", Count: 5})
		a.Events, a.Close = a.Events[:3], true
		return a
	})
	resp, err := client.Post(s.URL(), "application/json", strings.NewReader("{}"))
	require.NoError(t, err)
	_, err = io.ReadAll(resp.Body)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.NoError(t, resp.Body.Close())
}

func TestManyStreamsKeepTheirTimes(t *testing.T) {
	plan := func(n int) Answer {
		return Tokens(Stream{Model: "m", ID: fmt.Sprint(n), First: time.Duration(n%17) * time.Millisecond, Gap: time.Duration(1+n%5) * time.Millisecond, Count: 20})
	}
	s, client := serve(t, func(r Request) Answer { return plan(r.Number) })
	var group sync.WaitGroup
	for range 64 {
		group.Go(func() {
			resp, err := client.Post(s.URL(), "application/json", strings.NewReader("{}"))
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			if body, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(body), "[DONE]") {
				t.Errorf("%v: %s", err, body)
			}
		})
	}
	group.Wait()
	var late []time.Duration
	for _, r := range records(t, s, 64) {
		a := plan(r.Number)
		require.Len(t, r.Before, len(a.Events))
		for i := range a.Events {
			require.GreaterOrEqual(t, r.Lateness(a, i), time.Duration(0))
			late = append(late, r.Lateness(a, i))
		}
	}
	slices.Sort(late)
	t.Logf("late: median %s, p99 %s, most %s", late[len(late)/2], late[len(late)*99/100], late[len(late)-1])
}

func TestCloseEndsStreams(t *testing.T) {
	s, err := Serve(t.Context(), "127.0.0.1:0", func(Request) Answer {
		return Tokens(Stream{Model: "m", ID: "x", Count: 5, Gap: time.Hour})
	})
	require.NoError(t, err)
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	resp, err := client.Post(s.URL(), "application/json", strings.NewReader("{}"))
	require.NoError(t, err)
	s.Close()
	_, err = io.ReadAll(resp.Body)
	require.Error(t, err)
	require.NoError(t, resp.Body.Close())
}

func TestClientThatLeavesEndsItsStreamOnly(t *testing.T) {
	s, client := serve(t, func(r Request) Answer {
		return Tokens(Stream{Model: "m", ID: "x", Count: 200, Gap: time.Millisecond / 4})
	})
	ctx, leave := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL(), strings.NewReader("{}"))
	require.NoError(t, err)
	resp, err := client.Do(req)
	require.NoError(t, err)
	leave()
	require.NoError(t, resp.Body.Close())
	resp, err = client.Post(s.URL(), "application/json", strings.NewReader("{}"))
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Contains(t, string(body), "[DONE]")
	require.NoError(t, resp.Body.Close())
}

// BenchmarkUnpaced is how fast one stream goes out when every event is due at
// once, by tokens in a write.
func BenchmarkUnpaced(b *testing.B) {
	for _, per := range []int{1, 16} {
		b.Run(fmt.Sprint(per), func(b *testing.B) { unpaced(b, per) })
	}
}

func unpaced(b *testing.B, per int) {
	b.Helper()
	const count = 20_000
	a := Tokens(Stream{Chat: true, Model: "simulated-8b", ID: "x", Count: count, PerWrite: per})
	s, client := serve(b, func(Request) Answer { return a })
	for b.Loop() {
		resp, err := client.Post(s.URL(), "application/json", strings.NewReader("{}"))
		require.NoError(b, err)
		_, err = io.Copy(io.Discard, resp.Body)
		require.NoError(b, err)
		require.NoError(b, resp.Body.Close())
	}
	b.ReportMetric(float64(b.N*count)/b.Elapsed().Seconds(), "chunks/s")
}

// BenchmarkLateness is how late events are with 256 streams of 100 tokens/s.
func BenchmarkLateness(b *testing.B) {
	const streams = 256
	a := Tokens(Stream{Model: "m", ID: "x", First: 20 * time.Millisecond, Gap: 10 * time.Millisecond, Count: 100})
	s, client := serve(b, func(Request) Answer { return a })
	for b.Loop() {
		var group sync.WaitGroup
		for range streams {
			group.Go(func() {
				resp, err := client.Post(s.URL(), "application/json", strings.NewReader("{}"))
				if err != nil {
					b.Error(err)
					return
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			})
		}
		group.Wait()
	}
	var late []time.Duration
	for _, r := range records(b, s, streams*b.N) {
		for i := range r.Before {
			late = append(late, r.Lateness(a, i))
		}
	}
	slices.Sort(late)
	b.ReportMetric(float64(late[len(late)/2].Microseconds()), "µs-late-p50")
	b.ReportMetric(float64(late[len(late)*99/100].Microseconds()), "µs-late-p99")
}
