package loading

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
)

// TestTextsThatAreNotKept: the stream never holds them, the key opens them while
// the run is driven, and afterwards there is no key.
func TestTextsThatAreNotKept(t *testing.T) {
	s := newStage(t)
	stop := s.loader("a", s.connect())
	id := s.request(configure(5, func(c *config.Run) { c.Scenario.KeepPrompts = false }))
	s.ready(id, everyone...)
	s.loaded(id)
	texts := run.NewTexts(s.bus)
	key, err := texts.Key(t.Context(), id)
	require.NoError(t, err)
	prompts := s.prompts(id)
	requireEachOnce(t, prompts, 5)
	for _, p := range prompts {
		text, err := json.Marshal(p)
		require.NoError(t, err)
		require.Empty(t, p.Prompt)
		require.NoError(t, p.Open(key))
		require.Equal(t, digest(p.Prompt), p.PromptSHA256)
		require.NotContains(t, string(text), p.Prompt)
	}
	forgotten := func() bool {
		_, err := texts.Key(t.Context(), id)
		return errors.Is(err, bus.ErrNotFound)
	}
	require.False(t, forgotten())
	// No loader is there when the run ends; the next one to start forgets.
	s.left(id)
	stop()
	_, err = s.store.Update(t.Context(), id, func(state run.State) (run.State, error) { return state.Drain(1) })
	require.NoError(t, err)
	s.loader("b", s.connect())
	require.Eventually(t, forgotten, 10*time.Second, 10*time.Millisecond)

	// One is there, and the run fails.
	id = s.request(configure(5, func(c *config.Run) { c.Scenario.KeepPrompts = false }))
	s.ready(id, everyone...)
	s.loaded(id)
	_, err = s.store.Update(t.Context(), id, func(state run.State) (run.State, error) { return state.Cancel("enough", 1) })
	require.NoError(t, err)
	require.Eventually(t, forgotten, 10*time.Second, 10*time.Millisecond)
}
