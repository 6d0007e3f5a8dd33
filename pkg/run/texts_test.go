package run_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
)

func TestTextKeysAreMadeOnceAndForgotten(t *testing.T) {
	texts := run.NewTexts(broker(t))
	require.NoError(t, texts.Forget(t.Context(), "01"), "there is none")
	key, err := texts.Make(t.Context(), "01")
	require.NoError(t, err)
	again, err := texts.Make(t.Context(), "01")
	require.NoError(t, err)
	require.Equal(t, key, again, "a loader that takes over goes on with the same key")
	other, err := texts.Make(t.Context(), "02")
	require.NoError(t, err)
	require.NotEqual(t, key, other)
	require.NoError(t, texts.Forget(t.Context(), "01"))
	_, err = texts.Key(t.Context(), "01")
	require.ErrorIs(t, err, bus.ErrNotFound)
	still, err := texts.Key(t.Context(), "02")
	require.NoError(t, err)
	require.Equal(t, other, still)
}
