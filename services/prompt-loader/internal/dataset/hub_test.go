package dataset

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/hub"
	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/hubtest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"),
		goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

func fixture(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name)
	require.NoError(t, err)
	return raw
}

func TestHubDatasets(t *testing.T) {
	h := hubtest.New(t)
	h.Add("AIEnergyScore/text_generation", hubtest.Dataset{Converted: map[string]map[string][][]byte{
		"default": {"train": {fixture(t, "rows.parquet"), fixture(t, "groups.parquet")}},
	}})
	h.Add("acme/talks", hubtest.Dataset{Files: map[string][]byte{"a.jsonl": []byte(`{"text":"one"}`), "b.jsonl": []byte(`{"text":"two"}`)}})
	c := hub.Client{Endpoint: h.URL, CacheDir: t.TempDir()}

	s := scenario("AIEnergyScore/text_generation", "text", 3)
	s.Split = "train"
	set, err := Load(t.Context(), s, c)
	require.NoError(t, err)
	require.Equal(t, three, texts(set))
	require.Contains(t, set.Origin, "hub dataset AIEnergyScore/text_generation")
	require.Len(t, h.Downloads(), 1, "the second shard is not needed")

	s.NumSamples = 1000
	set, err = Load(t.Context(), s, c)
	require.NoError(t, err)
	require.EqualValues(t, 303, set.Len())

	s = scenario("acme/talks", "text", 10)
	s.Revision = "main"
	set, err = Load(t.Context(), s, c)
	require.NoError(t, err)
	require.Equal(t, []string{"one", "two"}, texts(set))

	for _, f := range []struct {
		change func(*config.Scenario)
		class  string
	}{
		{func(s *config.Scenario) { s.DatasetName = "acme/none" }, "dataset_access"},
		{func(s *config.Scenario) { s.Split = "dev" }, "dataset_not_found"},
		{func(s *config.Scenario) { s.Revision = "v1" }, "dataset_not_found"},
		{func(s *config.Scenario) { s.TextColumnName = "prompt" }, "dataset_column"},
	} {
		s := scenario("acme/talks", "text", 10)
		f.change(&s)
		_, err := Load(t.Context(), s, c)
		require.Error(t, err)
		require.Equal(t, f.class, Class(err), err)
		require.ErrorContains(t, err, "dataset acme/")
	}

	c.Endpoint, c.Offline = "http://127.0.0.1:1", true
	_, err = Load(t.Context(), scenario("acme/talks", "text", 10), c)
	require.Equal(t, "dataset_offline", Class(err))
}
