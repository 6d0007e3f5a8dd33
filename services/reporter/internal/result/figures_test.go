package result_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
)

// with computes the record after a change to its config and its items.
func with(t *testing.T, change func(*config.Run), items ...recordtest.Item) event.Summary {
	t.Helper()
	c := recordtest.Config("/tmp/x")
	if change != nil {
		change(&c)
	}
	return compute(t, recordtest.Number(recordtest.Run, append(recordtest.Items(c), items...))).Summary
}

// Every ok attempt waits 80 ms and takes 23 ms a token; their ends differ.
func TestGoodput(t *testing.T) {
	g := func(slo config.SLO) *event.Goodput {
		return with(t, func(c *config.Run) { c.Load.SLO = &slo }).Goodput
	}
	all := g(config.SLO{TTFTS: 0.1, ITLS: 0.03, E2ES: 10})
	require.EqualValues(t, 9, all.Good)
	require.InDelta(t, 9.0/10, all.Share, 1e-12, "request 3 failed; warm-up and cancelled ones do not count")
	require.InEpsilon(t, 1 / *all.JPerRequest, *all.RequestsPerJ, 1e-12)
	require.InEpsilon(t, 9/(4.343-0.037), all.RequestsPerS, 1e-9, "the next request is sent 37 ms after the one that warms up")

	late := g(config.SLO{TTFTS: 0.05, E2ES: 1.1})
	require.Zero(t, late.Good)
	require.EqualValues(t, 9, late.MissedTTFT)
	require.Positive(t, late.MissedE2E)
	require.Less(t, late.MissedE2E, int64(9))
	require.Zero(t, late.MissedITL, "it has no bound")
	require.Nil(t, late.JPerRequest)

	// Request 9 has no token counts, so its time per token is not known.
	require.EqualValues(t, 1, g(config.SLO{TPOTS: 1}).MissedTPOT)
	require.Nil(t, with(t, nil).Goodput)
}

// reading is what a server says of itself at a second of the record.
func reading(second int, running, generated float64) recordtest.Item {
	at := time.Duration(second) * time.Second
	return recordtest.Item{Producer: recordtest.DriverA, Data: &event.ServerSampled{
		Endpoint: "http://127.0.0.1:8000", Clock: recordtest.Clock, At: recordtest.Stamp(at),
		RequestsRunning: &running, GenerationTokensTotal: &generated,
	}}
}

func TestServerGauges(t *testing.T) {
	counted := func(c *config.Run) { c.Load.Concurrency = 4 }
	servers := with(t, counted, reading(3, 4, 1000), reading(2, 2, 900), reading(7, 0, 1500)).Servers
	require.Len(t, servers, 1)
	s := servers[0]
	require.EqualValues(t, 3, s.Samples)
	require.InDelta(t, 2, *s.RunningMean, 1e-12)
	require.InDelta(t, 4, *s.RunningMax, 1e-12)
	require.InDelta(t, 600, *s.GenerationTokens, 1e-12)
	require.Nil(t, s.WaitingMean, "not offered")
	require.Contains(t, s.NotCompared, "own tokens", "failed attempts have none")
	require.Nil(t, s.ForeignShare)

	require.Contains(t, with(t, nil, reading(3, 1, 10)).Servers[0].NotCompared, "only once")
	require.Contains(t, with(t, nil, reading(3, 1, 10), reading(4, 1, 5)).Servers[0].NotCompared, "anew")
}

// A server that worked for somebody else makes the run's energy somebody else's too.
func TestForeignLoadOnTheServer(t *testing.T) {
	foreign := func(generated float64) event.Summary {
		var items []recordtest.Item
		for _, item := range recordtest.Items(recordtest.Config("/tmp/x")) {
			if f, ok := item.Data.(*event.RequestFinished); ok && f.Tokens.Output == nil {
				whole := *f
				whole.Tokens = event.Tokens{Source: event.TokensFromUsage, Input: new(int64(1)), Output: new(int64(10))}
				item.Data = &whole
			}
			items = append(items, item)
		}
		items = append(items, reading(2, 1, 0), reading(7, 1, generated))
		return compute(t, recordtest.Number(recordtest.Run, items)).Summary
	}
	own := *foreign(1000).Servers[0].OwnGenerationTokens
	require.InDelta(t, 0, *foreign(own).Servers[0].ForeignShare, 1e-12)
	require.NotContains(t, text(foreign(own).Verdict), "somebody else")
	s := foreign(2 * own)
	require.InDelta(t, 0.5, *s.Servers[0].ForeignShare, 1e-12)
	require.Contains(t, text(s.Verdict), "50 % of its tokens for somebody else")
	require.Contains(t, text(foreign(own/2).Verdict), "fewer tokens than it sent")
}

// The fitted method says what it learned, or why not; the methods how far apart
// they are.
func TestFitAndSpread(t *testing.T) {
	s := with(t, func(c *config.Run) { c.Metrics.Methods = []string{"fitted/v1", "equal-share/v1"} })
	require.Len(t, s.Methods[0].Fits, 2)
	require.Empty(t, s.Methods[1].Fits)
	for _, fit := range s.Methods[0].Fits {
		require.Positive(t, fit.Bins)
		require.Equal(t, fit.Usable, fit.Unusable == "")
		require.Equal(t, fit.Usable, !strings.Contains(text(s.Verdict), "learned nothing of "+fit.Device))
	}
	require.EqualValues(t, 9, s.MethodSpreadRel.Count)
	require.Less(t, s.MethodSpreadRel.P50, 0.2)
	require.Nil(t, with(t, func(c *config.Run) { c.Metrics.Methods = []string{"equal-share/v1"} }).MethodSpreadRel)
}

// A token after reasoning has a time of its own.
func TestFirstOutputAfterReasoning(t *testing.T) {
	var items []recordtest.Item
	for _, item := range recordtest.Items(recordtest.Config("/tmp/x")) {
		if f, ok := item.Data.(*event.RequestFinished); ok {
			thinking := *f
			thinking.FirstOutputAfterNS = new(*f.FirstTokenAfterNS + 230e6)
			item.Data = &thinking
		}
		items = append(items, item)
	}
	l := compute(t, recordtest.Number(recordtest.Run, items)).Summary.Latency
	require.InDelta(t, 0.080, l.TTFTS.P50, 1e-12)
	require.InDelta(t, 0.310, l.FirstOutputS.P50, 1e-12)
}

func text(v event.Verdict) string {
	out := v.Result
	for _, reason := range v.Reasons {
		out += "; " + reason
	}
	return out
}

// A driver that was itself the bottleneck is warned of.
func TestClientsAccountForThemselves(t *testing.T) {
	sampled := func(after time.Duration, cpu, sched int64) recordtest.Item {
		return recordtest.Item{Producer: recordtest.DriverA, Data: &event.DriverSampled{
			Clock: recordtest.Clock, At: recordtest.Stamp(after), PID: 7, Cores: 2, InFlight: int64(after / time.Second),
			ElapsedNS: int64(after), CPUNS: &cpu, SchedCount: 10, SchedP50NS: 1e4, SchedP99NS: sched, SchedMaxNS: sched, GCCount: 3, GCPauseNS: 1e6,
		}}
	}
	s := with(t, nil, sampled(4*time.Second, 4e9, 1e5), sampled(2*time.Second, 1e9, 1e5))
	require.Len(t, s.Clients, 1)
	c := s.Clients[0]
	require.Equal(t, "inference-driver.a", c.Producer)
	require.InDelta(t, 4, c.ElapsedS, 1e-12)
	require.InDelta(t, 0.5, *c.CPUShare, 1e-12)
	require.EqualValues(t, 4, c.InFlightMax)
	require.InDelta(t, 1e-4, c.SchedP99S, 1e-12)
	require.NotContains(t, text(s.Verdict), "bottleneck")

	require.Contains(t, text(with(t, nil, sampled(4*time.Second, 76e8, 1e5)).Verdict), "95 % of its 2 cores")
	require.Contains(t, text(with(t, nil, sampled(4*time.Second, 1e9, 8e6)).Verdict), "waited over 8 ms")
}

// Requests that went out late were not the load that was asked for.
func TestLateRequestsAreWarnedOf(t *testing.T) {
	edit := recordtest.NewEdit("/tmp/x")
	edit.Attempts(func(f *event.RequestFinished) { f.ScheduledNS = new(f.Sent.WallNS - 60e6) })
	s := compute(t, recordtest.Number(recordtest.Run, edit.Items())).Summary
	require.Contains(t, text(s.Verdict), "over 60 ms after it was due")
}
