package view

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Everything that a run may have beside its account.
func TestSummaryOfALoad(t *testing.T) {
	s := example(t)
	thought := *s.Latency.TTFTS
	thought.P50 += 0.5
	s.Latency.FirstOutputS = &thought
	s.Steady = &event.Steady{InFlight: 20, Within: 200, Account: &event.Stretch{
		DurationS: 60, RequestsPerS: 3.5, OutputTokensPerS: new(900.0), JPerRequest: new(80.0), JPerOutputToken: new(0.31), Method: "equal-share/v1",
		Intervals: &event.Intervals{JPerRequest: &event.Interval{Low: 77, High: 84}},
	}}
	s.Goodput = &event.Goodput{TTFTS: 0.5, E2ES: 20, Share: 0.93, RequestsPerS: 3.2, JPerRequest: new(91.0)}
	s.MethodSpreadRel = &event.Distribution{P50: 0.02, P95: 0.11}
	s.Methods[0].Fits = []event.Fit{
		{Device: "GPU-0", Usable: true, PrefillTokenJ: 0.01, DecodeTokenJ: 0.2, ActiveW: 250, IdleW: new(70.0), R2: 0.97, ResidualW: 8},
		{Device: "GPU-1", Unusable: "too short"},
	}
	s.Servers = []event.ServerResult{{Endpoint: "http://localhost:8000", RunningMean: new(18.2), RunningMax: new(20.0), ForeignShare: new(0.25)}}
	s.Clients = []event.ClientResult{{Producer: "inference-driver.a", Cores: 4, CPUShare: new(0.12), SchedP99S: 0.0003, SchedMaxS: 0.002}}
	var out bytes.Buffer
	require.NoError(t, Summary(&out, s))
	golden(t, "load", out.String())

	s.Steady = &event.Steady{Absent: "the load was over before its first wave of prompts was"}
	out.Reset()
	require.NoError(t, Summary(&out, s))
	require.Contains(t, out.String(), "no steady state")
}
