package contract

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/schemas"
)

func TestSchemasAndTypesAreTheSameSet(t *testing.T) {
	want := make([]string, 0, len(event.Types()))
	for _, typ := range event.Types() {
		want = append(want, typ.Name())
	}
	require.ElementsMatch(t, want, schemas.Names())
}

// An example must be valid by the schema and by Go, and must survive Go unchanged.
func TestExamples(t *testing.T) {
	for _, typ := range event.Types() {
		t.Run(typ.Name(), func(t *testing.T) { checkExample(t, typ) })
	}
}

func checkExample(t *testing.T, typ event.Type) {
	t.Helper()
	example, ok := schemas.Example(typ.Name())
	require.True(t, ok, "no example")
	require.NoError(t, Validate(typ, example))

	payload, ok := event.NewPayload(typ)
	require.True(t, ok)
	decoder := json.NewDecoder(bytes.NewReader(example))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(payload))
	require.NoError(t, payload.Validate())

	again, err := json.Marshal(payload)
	require.NoError(t, err)
	var compact bytes.Buffer
	require.NoError(t, json.Compact(&compact, example))
	require.Equal(t, compact.String(), string(again))
}

func TestValidateRefuses(t *testing.T) {
	typ := event.TypePowerGap
	example, _ := schemas.Example(typ.Name())
	f := func(old, replacement, want string) {
		t.Helper()
		require.Contains(t, string(example), old)
		err := Validate(typ, bytes.Replace(example, []byte(old), []byte(replacement), 1))
		require.ErrorIs(t, err, ErrInvalid)
		require.ErrorContains(t, err, want)
	}
	f(`"reason"`, `"raeson"`, "raeson")
	f(`"device_lost"`, `7`, "/reason")
	f(`"host": "gpu-a"`, `"host": "GPU.A"`, "/host")
	f(`}`, ``, "unexpected EOF")

	require.ErrorIs(t, Validate("com.neuralwatt.aeb.run.exploded.v1", example), ErrUnknownType)
}

// A wall time in nanoseconds is beyond 2^53: the validator must not round it.
func TestLargeIntegersStayIntegers(t *testing.T) {
	require.NoError(t, Validate(event.TypeRunDrained, []byte(`{"at_ns":1795518000000000001}`)))
	require.ErrorIs(t, Validate(event.TypeRunDrained, []byte(`{"at_ns":1795518000000000001.5}`)), ErrInvalid)
}

func BenchmarkValidatePowerSampled(b *testing.B) {
	example, _ := schemas.Example(event.TypePowerSampled.Name())
	for b.Loop() {
		if err := Validate(event.TypePowerSampled, example); err != nil {
			b.Fatal(err)
		}
	}
}
