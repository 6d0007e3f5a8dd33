package loading

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/rerun"
)

// rerun opens a run that drives another one's prompts again.
func (s *stage) rerun(c config.Run, of event.RunID) event.RunID {
	s.t.Helper()
	id := event.NewRunID(time.Unix(0, s.clock.Now().WallNS))
	require.NoError(s.t, s.store.Create(s.t.Context(), run.State{
		Run: id, Name: c.Name, Phase: run.Requested, Config: config.Effective(c), ConfigDigest: config.Digest(c),
		Samplers: c.Metrics.Samplers, RerunOf: of, RequestedNS: s.clock.Now().WallNS,
	}))
	return id
}

// bare is a prompt without what belongs to the time of its run.
func bare(prompts []*event.PromptQueued) (out []event.PromptQueued) {
	for _, p := range prompts {
		b := *p
		b.ScheduledNS = nil
		out = append(out, b)
	}
	return out
}

func TestRerunKeepsPromptsAndArrivalTimes(t *testing.T) {
	s := newStage(t)
	s.loader("a", s.bus)
	open := configure(40, func(c *config.Run) {
		c.Load.Type, c.Load.RatePerS, c.Load.Warmup = config.LoadPoisson, 400, 4
		c.Scenario.Shuffle, c.Scenario.Seed = true, 7
	})
	first := s.request(open)
	s.ready(first, everyone...)
	s.left(first)

	// The dataset is another one now; a rerun does not look at it.
	open.Scenario.DatasetName = "./gone.jsonl"
	second := s.rerun(open, first)
	s.ready(second, everyone...)
	state := s.left(second)
	require.EqualValues(t, 40, *state.Prompts)
	was, again := s.prompts(first), s.prompts(second)
	require.Equal(t, bare(was), bare(again))
	for i := range was {
		require.Equal(t, *was[i].ScheduledNS-*was[0].ScheduledNS, *again[i].ScheduledNS-*again[0].ScheduledNS)
	}
	require.Greater(t, *again[0].ScheduledNS, *was[39].ScheduledNS)

	// As fast as possible, and in a closed loop, the same prompts have other times.
	open.Load.Type = config.LoadClosed
	third := s.rerun(open, first)
	s.ready(third, everyone...)
	s.left(third)
	require.Equal(t, bare(was), bare(s.prompts(third)))
	require.Nil(t, s.prompts(third)[0].ScheduledNS)

	// A rerun of a rerun, of its first prompts.
	open.Scenario.NumSamples = 5
	fourth := s.rerun(open, second)
	s.ready(fourth, everyone...)
	s.left(fourth)
	require.Equal(t, bare(was)[:5], bare(s.prompts(fourth)))
}

func TestRerunOfWhatWasNotKeptIsRefused(t *testing.T) {
	s := newStage(t)
	c := configure(3, nil)
	publish := func(prompts ...*event.PromptQueued) event.RunID {
		id := s.request(c)
		publisher := s.bus.NewPublisher(event.Producer{Service: "prompt-loader", Instance: "old"}, s.clock)
		for _, p := range prompts {
			require.NoError(t, publisher.PublishNow(t.Context(), id, p))
		}
		require.NoError(t, publisher.PublishNow(t.Context(), id, &event.RunLoaded{Prompts: 3, AtNS: 1}))
		return id
	}
	prompt := func(i int64, text string) *event.PromptQueued {
		p := &event.PromptQueued{RequestID: requestID(i), Index: i, Prompt: text, PromptSHA256: digest(text)}
		return p
	}
	hashed := prompt(0, "secret")
	hashed.Prompt = ""
	for _, given := range []struct {
		id   event.RunID
		want error
	}{
		{publish(hashed), rerun.ErrNotKept},
		{publish(prompt(0, "a"), prompt(2, "c")), rerun.ErrIncomplete},
		{publish(prompt(0, "a"), prompt(1, "b")), rerun.ErrIncomplete},
		{publish(), rerun.ErrGone},
	} {
		_, err := rerun.Read(t.Context(), s.bus, given.id)
		require.ErrorIs(t, err, given.want)
	}
	whole, err := rerun.Read(t.Context(), s.bus, publish(prompt(0, "a"), prompt(1, ""), prompt(2, "c"), prompt(2, "c")))
	require.NoError(t, err)
	require.EqualValues(t, 3, whole.Len())
	require.False(t, whole.Timed)

	// A loader that meets such a run all the same fails it with the reason.
	s.loader("a", s.bus)
	state := s.left(s.rerun(c, publish(hashed)))
	require.Equal(t, run.Failed, state.Phase)
	require.Contains(t, state.Failure.Reason, "keep_prompts")
	require.Equal(t, "dataset", state.Failure.Class)
}
