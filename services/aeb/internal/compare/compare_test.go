package compare

import (
	"bytes"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/schemas"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, got, 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

func summary(t *testing.T) *event.Summary {
	t.Helper()
	raw, ok := schemas.Example("result.run.v1")
	require.True(t, ok)
	var r event.ResultRun
	require.NoError(t, json.Unmarshal(raw, &r))
	return &r.Summary
}

// three are a run, one that differs clearly, and one that has no result.
func three(t *testing.T) []Run {
	t.Helper()
	samples := func(scale float64) (s Samples) {
		for i := range 40 {
			v := scale * (1 + float64(i%7)/100)
			s.TTFTS, s.TPOTS = append(s.TTFTS, v/50), append(s.TPOTS, v/100)
			s.Energy = append(s.Energy, Energy{J: v, LowJ: 0.95 * v, HighJ: 1.05 * v, OutputTokens: 20})
		}
		return s
	}
	a, b := summary(t), summary(t)
	b.RunID, b.Name = "01k4q0v6r8h2m9d5c7b3a1z0xy", "other"
	b.Throughput.RequestsPerS *= 2
	b.Methods[0].PerRequestJ.P50 *= 0.5
	return []Run{
		{ID: a.RunID, Name: a.Name, Label: "load.concurrency=4", Config: json.RawMessage(`{"name":"a","load":{"concurrency":4,"type":"closed"},"metrics":{"methods":["x"]}}`), Summary: a, Samples: samples(1)},
		{ID: b.RunID, Name: b.Name, Label: "load.concurrency=8", Config: json.RawMessage(`{"name":"a","load":{"concurrency":8,"type":"closed"},"metrics":{"methods":["x","y"]},"extra":true}`), Summary: b, Samples: samples(0.5)},
		{ID: "01k4q0v6r8h2m9d5c7b3a1z0xz", Name: "broken", Config: json.RawMessage(`{"name":"a","load":{"concurrency":16,"type":"closed"},"metrics":{"methods":["x"]}}`), Ended: "failed: server_unreachable"},
	}
}

func TestTable(t *testing.T) {
	table, err := New(three(t))
	require.NoError(t, err)
	require.Equal(t, []Key{
		{"extra", []string{"", "true", ""}},
		{"load.concurrency", []string{"4", "8", "16"}},
		{"metrics.methods", []string{`["x"]`, `["x","y"]`, `["x"]`}},
	}, table.Config)
	at := func(name string) Figure {
		return table.Figures[slices.IndexFunc(table.Figures, func(f Figure) bool { return f.Name == name })]
	}
	require.InDelta(t, 2, *at("requests_per_s").Values[1].Ratio, 1e-12)
	require.Nil(t, at("requests_per_s").Values[1].Distinguishable, "nothing is known of how sure it is")
	require.True(t, *at("j_per_request_p50").Values[1].Distinguishable)
	require.Equal(t, Value{}, at("ttft_p50_ms").Values[2], "what is missing is not zero")
	var text, lines bytes.Buffer
	require.NoError(t, table.WriteJSON(&text))
	golden(t, "table.json", text.Bytes())
	require.NoError(t, table.WriteCSV(&lines))
	golden(t, "table.csv", lines.Bytes())
}

func TestUnknownConfigIsSaid(t *testing.T) {
	runs := three(t)
	runs[1].Config = nil
	table, err := New(runs)
	require.NoError(t, err)
	require.True(t, table.UnknownConfig)
	require.Empty(t, table.Config)
}

// TestQuantileCovers: the interval holds the true median of the distribution in at
// least 95 % of samples (ranks are rounded outwards), and 99 % quantiles of short samples have no upper bound.
func TestQuantileCovers(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const tries = 2000
	inside := 0
	for range tries {
		values := make([]float64, 60)
		for i := range values {
			values[i] = random.ExpFloat64()
		}
		got := exact(values, 0.5)
		const median = 0.6931471805599453
		if *got.Low <= median && median <= *got.High {
			inside++
		}
	}
	require.InDelta(t, 0.97, float64(inside)/tries, 0.02)
	require.Nil(t, exact(make([]float64, 60), 0.99).High)
	require.Nil(t, exact(make([]float64, leastSamples-1), 0.5))
}

func TestRatioCovers(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	const tries = 1000
	inside := 0
	for range tries {
		var s Samples
		for range 80 {
			tokens := float64(20 + random.IntN(100))
			s.Energy = append(s.Energy, Energy{J: 0.3*tokens + random.NormFloat64(), OutputTokens: tokens})
		}
		got := s.ratio(1, func(e Energy) float64 { return e.OutputTokens })
		if *got.Low <= 0.3 && 0.3 <= *got.High {
			inside++
		}
	}
	require.InDelta(t, 0.95, float64(inside)/tries, 0.02)
}

func TestIntervalLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(0, 1e6), leastSamples, 200).Draw(t, "values")
		q := rapid.Float64Range(0.01, 0.99).Draw(t, "q")
		i := exact(values, q)
		if i.Low != nil && i.High != nil {
			require.LessOrEqual(t, *i.Low, *i.High)
		}
		require.True(t, overlap(*i, *i))
		other := exact(rapid.SliceOfN(rapid.Float64Range(0, 1e6), leastSamples, 200).Draw(t, "other"), q)
		require.Equal(t, overlap(*i, *other), overlap(*other, *i))
		require.True(t, overlap(*i, Interval{}), "what is not bounded is not apart")
	})
}

const header = "method,status,warmup,ttft_s,tpot_s,energy_j,energy_low_j,energy_high_j,output_tokens,flags\n"

func TestReadRequests(t *testing.T) {
	s, err := readRequests(strings.NewReader(header+
		"m,ok,false,0.5,0.01,3,2,4,7,simulated\nm,ok,true,9,9,5,5,5,,\nm,ok,false,9,9,6,6,6,,a cooldown\nother,ok,false,1,1,1,1,1,1,\nm,failed,false,,,,,,,\nm,ok,false,,,,,,,\n"), "m")
	require.NoError(t, err)
	require.Equal(t, Samples{TTFTS: []float64{0.5}, TPOTS: []float64{0.01}, Energy: []Energy{
		{J: 3, LowJ: 2, HighJ: 4, OutputTokens: 7}, {J: 5, LowJ: 5, HighJ: 5, Apart: true}, {J: 6, LowJ: 6, HighJ: 6, Apart: true},
	}}, s)
	_, err = readRequests(strings.NewReader("method,status\n"), "m")
	require.ErrorContains(t, err, "no column warmup")
	_, err = readRequests(strings.NewReader(header+"m,ok,false,1,1,1,1,1,1,\nm,ok,false,x,1,1,1,1,1,\n"), "m")
	require.ErrorContains(t, err, "line 3")
	s, err = ReadRequests(filepath.Join(t.TempDir(), "requests.csv"), "m")
	require.NoError(t, err)
	require.Equal(t, Samples{}, s)
}

func FuzzReadRequests(f *testing.F) {
	f.Add(header + "m,ok,false,0.5,0.01,3,2,4,7,a b\n")
	f.Add(header + "m,ok,false,NaN,Inf,1e999,,,-1,\n")
	f.Add("\"")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := readRequests(strings.NewReader(text), "m")
		if err == nil {
			_ = s.perRequestJ(0.5)
			_ = perToken(s)
		}
	})
}
