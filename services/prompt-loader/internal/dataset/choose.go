package dataset

import (
	"errors"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

// errNoPrompt marks a row without a prompt, such as a conversation in which no
// user speaks.
var errNoPrompt = errors.New("row without a prompt")

// choose takes NumSamples prompts: the first ones, or with Shuffle a uniform
// sample in random order, both fixed by Seed. A smaller source is taken whole, or
// over again with Repeat. A timed source is put in order of arrival, from zero
// on; its repetitions follow each other at its mean gap.
func choose(source Source, s config.Scenario, timed bool) (Set, error) {
	var all []Prompt
	var skipped int64
	for p, err := range source {
		if errors.Is(err, errNoPrompt) {
			skipped++
			continue
		}
		if err != nil {
			return Set{}, err
		}
		all = append(all, p)
		if int64(len(all)) == s.NumSamples && !s.Shuffle {
			break
		}
	}
	if len(all) == 0 {
		return Set{Skipped: skipped}, ErrEmpty
	}
	if s.Shuffle {
		draw := rand.New(rand.NewPCG(uint64(s.Seed), 1))
		draw.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	}
	all = all[:min(int64(len(all)), s.NumSamples)]
	period := time.Duration(0)
	if timed && !s.Shuffle {
		period = rebase(all)
	}
	n := int64(len(all))
	set := Set{Timed: timed, Skipped: skipped, n: n}
	if s.Repeat {
		set.n = s.NumSamples
	}
	set.at = func(i int64) Prompt {
		p := all[i%n]
		p.Arrival += time.Duration(i/n) * period
		return p
	}
	return set, nil
}

// rebase sorts prompts by arrival, makes the first one zero, and returns the
// time after which the trace can begin again.
func rebase(all []Prompt) (period time.Duration) {
	slices.SortStableFunc(all, func(a, b Prompt) int { return int(min(1, max(-1, a.Arrival-b.Arrival))) })
	first := all[0].Arrival
	for i := range all {
		all[i].Arrival -= first
	}
	last := all[len(all)-1].Arrival
	if len(all) == 1 {
		return time.Second
	}
	return last + last/time.Duration(len(all)-1)
}
