package aeb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	promptloader "github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader"
)

// RerunConfig is the config of a stored run with key=value overrides on top. It
// refuses keys that choose prompts or arrival times, since a rerun keeps both.
func (p *Pipeline) RerunConfig(ctx context.Context, id event.RunID, l config.Loader, overrides ...string) (config.Run, error) {
	state, err := p.stack.Store.Get(ctx, id)
	if err != nil {
		return config.Run{}, err
	}
	was, err := config.Parse(state.Config)
	if err != nil {
		return config.Run{}, fmt.Errorf("rerun %s: %w", id, err)
	}
	givesUp := slices.ContainsFunc(overrides, func(o string) bool {
		return o == "load.type="+config.LoadClosed || o == "load.type="+config.LoadASAP
	})
	if givesUp && was.Load.OpenLoop() {
		overrides = append(slices.Clone(withoutTimes), overrides...)
	}
	c, err := l.Again(state.Config, overrides...)
	if err != nil {
		return config.Run{}, err
	}
	return c, checkRerun(was, c)
}

// free are the keys of scenario and load that a rerun may change: what is said
// around a prompt, how many of them, and how they are marked and held back.
var free = []string{
	"scenario.num_samples", "scenario.keep_prompts", "scenario.system_prompt",
	"scenario.reasoning", "scenario.reasoning_params", "scenario.reasoning_format",
	"load.concurrency", "load.duration_s", "load.fail_fast", "load.max_errors", "load.max_error_rate", "load.retries", "load.slo",
	"load.warmup", "load.warmup_share", "load.warmup_s", "load.cooldown", "load.cooldown_share", "load.cooldown_s",
}

// isFree reports whether a rerun may change a key, which may be part of a free one.
func isFree(key string) bool {
	return slices.ContainsFunc(free, func(f string) bool { return key == f || strings.HasPrefix(key, f+".") })
}

// withoutTimes takes away what describes the arrivals that load.type=closed and
// load.type=asap give up.
var withoutTimes = []string{"load.rate_per_s=0", "load.stages=null", "load.burstiness=0", "load.time_scale=0"}

// timeless reports whether a key is one that a load without times has at zero.
func timeless(key string, l config.Load) bool {
	if l.Type != config.LoadClosed && l.Type != config.LoadASAP {
		return false
	}
	return key == "load.type" || slices.ContainsFunc(withoutTimes, func(o string) bool { return strings.HasPrefix(o, key+"=") })
}

func checkRerun(was, now config.Run) error {
	for _, key := range config.Differences(was, now) {
		bound := strings.HasPrefix(key, "scenario.") || strings.HasPrefix(key, "load.")
		if !bound || isFree(key) || timeless(key, now.Load) {
			continue
		}
		return service.Usage(fmt.Errorf("rerun: %s cannot change: a rerun sends the same prompts at the same times (load.type=closed and load.type=asap give up the times; `aeb run` makes another load)", key))
	}
	return nil
}

// Rerun drives the prompts of a stored run again as a new run, in an open loop at
// the same times from its start. It is refused when they are not all stored.
func (p *Pipeline) Rerun(ctx context.Context, id event.RunID, c config.Run, show func(Snapshot)) (Result, error) {
	result, err := p.run(ctx, c, promptloader.Opening{RerunOf: id}, show)
	if errors.Is(err, promptloader.ErrNotKept) || errors.Is(err, promptloader.ErrGone) || errors.Is(err, promptloader.ErrIncomplete) {
		err = service.Usage(err)
	}
	return result, err
}
