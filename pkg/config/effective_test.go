package config

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestEffectiveHidesSecretsAndReadsBack(t *testing.T) {
	run := Default()
	run.Backend.APIKey = "sk-very-secret"
	run.Scenario.SystemPrompt = "<b> & \u2028"
	raw := Effective(run)
	require.NotContains(t, string(raw), "sk-very-secret")
	require.Contains(t, string(raw), `"api_key":"set"`)
	require.Contains(t, string(raw), "<b> &")

	back, err := Parse(raw)
	require.NoError(t, err)
	require.Equal(t, Effective(run), Effective(back))
	require.Empty(t, back.Backend.APIKey.Reveal(), "a published secret reveals nothing")
	require.Equal(t, Digest(run), Digest(back))

	_, err = Parse(json.RawMessage(`{"name":`))
	require.Error(t, err)
}

func TestSecretsNeverPrint(t *testing.T) {
	s := Secret("sk-1")
	for _, format := range []string{"%s", "%v", "%+v", "%#v", "%q"} {
		require.NotContains(t, fmt.Sprintf(format, s), "sk-1", format)
		require.NotContains(t, fmt.Sprintf(format, struct{ S Secret }{s}), "sk-1", format)
	}
}

func TestDigestIsOfTheCanonicalForm(t *testing.T) {
	a := Default()
	b := Default()
	b.Backend.APIKey = "one"
	c := Default()
	c.Backend.APIKey = "two"
	require.Len(t, Digest(a), 64)
	require.Equal(t, Digest(b), Digest(c), "the value of a secret is not part of it")
	d := Default()
	d.Load.Concurrency = 2
	require.NotEqual(t, Digest(a), Digest(d))
	// Held still, because results of other versions are compared by it.
	require.Equal(t, goldenDigest, Digest(a))
}

const goldenDigest = "76135781fae1dc7deac99e2cfbf47f3516d1945fa565c4f35ea8aa2c2087c463"

// Any config that loads publishes itself and reads back to the same digest.
func TestDigestSurvivesTheWire(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		run := Default()
		run.Name = rapid.StringN(1, 20, -1).Draw(t, "name")
		run.Scenario.NumSamples = rapid.Int64Range(1, 1<<62).Draw(t, "samples")
		run.Metrics.PUE = rapid.Float64Range(1, 10).Draw(t, "pue")
		run.Scenario.ReasoningParams = map[string]any{
			rapid.String().Draw(t, "key"): rapid.Float64().Draw(t, "value"),
		}
		back, err := Parse(Effective(run))
		if err != nil {
			t.Fatal(err)
		}
		if Digest(back) != Digest(run) {
			t.Fatalf("digest changed: %s", Effective(run))
		}
	})
}
