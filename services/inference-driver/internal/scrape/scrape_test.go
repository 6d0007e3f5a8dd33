package scrape

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

func page(tb testing.TB, name string) []byte {
	tb.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	require.NoError(tb, err)
	return raw
}

func TestNewNames(t *testing.T) {
	var s event.ServerSampled
	found, err := Parse(page(t, "new.prom"), &s)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, 7.0, *s.RequestsRunning, "all engines together")
	require.Equal(t, 2.0, *s.RequestsWaiting)
	require.Equal(t, 0.5, *s.KVCacheUsageRatio, "a ratio is averaged")
	require.Equal(t, 2604.0, *s.PromptTokensTotal)
	require.Equal(t, 5196.0, *s.GenerationTokensTotal)
	require.Equal(t, 25.0, *s.RequestSuccessTotal, "for every reason")
	require.Equal(t, 1.0, *s.PreemptionsTotal)
}

func TestOldNames(t *testing.T) {
	var s event.ServerSampled
	found, err := Parse(page(t, "old.prom"), &s)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, 0.5, *s.KVCacheUsageRatio)
	require.Nil(t, s.RequestsWaiting, "what is not offered is absent")
	require.Nil(t, s.PromptTokensTotal)
}

// The pages have the names of the servers' documentation; they were not recorded.
func TestOtherServers(t *testing.T) {
	var sglang, tgi event.ServerSampled
	for name, s := range map[string]*event.ServerSampled{"sglang.prom": &sglang, "tgi.prom": &tgi} {
		found, err := Parse(page(t, name), s)
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, 6.0, *s.RequestsRunning, name)
		require.Equal(t, 2.0, *s.RequestsWaiting, name)
		require.Equal(t, 812.0, *s.PromptTokensTotal, name)
		require.Equal(t, 755.0, *s.GenerationTokensTotal, name)
		require.Nil(t, s.PreemptionsTotal, name)
	}
	require.Equal(t, 0.28, *sglang.KVCacheUsageRatio)
	require.Nil(t, sglang.RequestSuccessTotal, "its count of requests is not one of successes")
	require.Nil(t, tgi.KVCacheUsageRatio)
	require.Equal(t, 9.0, *tgi.RequestSuccessTotal)
}

func TestOtherPages(t *testing.T) {
	for _, text := range []string{"", "# TYPE x gauge\nx 1\n", "vllm:num_requests_running NaN\n", "vllm:num_requests_running +Inf\n"} {
		var s event.ServerSampled
		found, err := Parse([]byte(text), &s)
		require.NoError(t, err)
		require.False(t, found, text)
		require.Equal(t, event.ServerSampled{}, s)
	}
	for _, text := range []string{"<html>", `{"detail":"Not Found"}`, "vllm:num_requests_running{ 1\n"} {
		_, err := Parse([]byte(text), &event.ServerSampled{})
		require.Error(t, err, text)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(page(f, "new.prom"))
	f.Add(page(f, "old.prom"))
	f.Add(page(f, "sglang.prom"))
	f.Add(page(f, "tgi.prom"))
	f.Fuzz(func(_ *testing.T, text []byte) {
		var s event.ServerSampled
		_, _ = Parse(text, &s)
	})
}

func BenchmarkParse(b *testing.B) {
	text := page(b, "new.prom")
	for b.Loop() {
		if _, err := Parse(text, &event.ServerSampled{}); err != nil {
			b.Fatal(err)
		}
	}
}
