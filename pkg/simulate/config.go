package simulate

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Config is everything about one simulator. Start from [DefaultConfig].
type Config struct {
	// Model is the served name; MaxModelLen its context in tokens.
	Model       string
	MaxModelLen int
	// APIKey guards the paths under /v1 when it is not empty.
	APIKey string
	// Seed decides every text and every length that a request leaves open.
	Seed uint64
	// MeanOutputTokens is how long answers are on average that end by themselves.
	MeanOutputTokens float64

	Engine  Engine
	Physics Physics
	Sensor  Sensor
	Options Options
	Devices []Device
	// TimeScale runs everything that many times as fast: steps take 1/TimeScale
	// of their time at TimeScale times the power, so energies stay what they are.
	TimeScale float64
	// Keep is how long power and requests are remembered for the ledger.
	Keep time.Duration
}

// Engine is the scheduler: how much goes into one step and how long it takes.
type Engine struct {
	// MaxNumSeqs is how many sequences run at once; the rest queue.
	MaxNumSeqs int
	// MaxBatchedTokens is the budget of one step: decoding sequences take one
	// each, prefill gets what is left, in chunks.
	MaxBatchedTokens int
	// KVTokens is the cache's size; a request waits until its prompt fits.
	KVTokens int
	// StepBase, StepPerSeq and PrefillTokensPerS make the step's duration:
	// StepBase + StepPerSeq × decoding + prefill tokens ÷ PrefillTokensPerS.
	StepBase          time.Duration
	StepPerSeq        time.Duration
	PrefillTokensPerS float64
}

// Physics is what the devices draw, all of them together but for IdleW.
type Physics struct {
	// IdleW is one device's power, in watts, always.
	IdleW float64
	// ActiveW is added while anything runs.
	ActiveW float64
	// PrefillJPerToken and DecodeJPerToken are added by each token processed.
	PrefillJPerToken float64
	DecodeJPerToken  float64
}

// Sensor is how the true power shows.
type Sensor struct {
	// CounterStep is how often the energy counter moves; 0: at every reading.
	CounterStep time.Duration
	// AverageWindow is the window of the power reading; 0: instantaneous.
	AverageWindow time.Duration
	// GainErrorRel multiplies power and counter by 1 + GainErrorRel.
	GainErrorRel float64
	// NoiseRel is the standard deviation of the power reading, relative.
	NoiseRel float64
}

// Options are the server's switches, named after vLLM's.
type Options struct {
	// PerRequestMetrics adds the metrics object to usage chunks and answers.
	PerRequestMetrics bool
	// Reasoning makes chat answers begin with thinking.
	Reasoning bool
	// PromptTokensDetails adds prompt_tokens_details to usage.
	PromptTokensDetails bool
	// RequestIDHeaders echoes X-Request-Id.
	RequestIDHeaders bool
	// ForceIncludeUsage sends usage on every chunk, asked or not.
	ForceIncludeUsage bool
}

// Device is one simulated GPU. The load is spread evenly over all of them.
type Device struct {
	ID           string
	Name         string
	Architecture string
	PowerLimitMW int64
	MemoryBytes  int64
}

// DefaultConfig is one GPU that serves a model of about 8 billion parameters.
func DefaultConfig() Config {
	return Config{
		Model: "simulated-8b", MaxModelLen: 32768, Seed: 1, MeanOutputTokens: 120,
		Engine: Engine{
			MaxNumSeqs: 256, MaxBatchedTokens: 2048, KVTokens: 400_000,
			StepBase: 6 * time.Millisecond, StepPerSeq: 100 * time.Microsecond, PrefillTokensPerS: 25_000,
		},
		Physics:   Physics{IdleW: 70, ActiveW: 120, PrefillJPerToken: 0.02, DecodeJPerToken: 0.05},
		Sensor:    Sensor{CounterStep: 100 * time.Millisecond},
		Devices:   Devices(1),
		TimeScale: 1,
		Keep:      2 * time.Hour,
	}
}

// Devices is n alike GPUs.
func Devices(n int) []Device {
	out := make([]Device, n)
	for i := range out {
		out[i] = Device{
			ID: "SIM-GPU-" + strconv.Itoa(i), Name: "Simulated GPU", Architecture: "simulated",
			PowerLimitMW: 700_000, MemoryBytes: 80 << 30,
		}
	}
	return out
}

// Validate returns ErrConfig with every problem.
func (c Config) Validate() error {
	var problems []error
	check := func(ok bool, format string, args ...any) {
		if !ok {
			problems = append(problems, fmt.Errorf(format, args...))
		}
	}
	check(c.Model != "", "model: empty")
	check(c.MaxModelLen > 1, "max_model_len: %d must be over 1", c.MaxModelLen)
	check(c.MeanOutputTokens >= 2, "mean_output_tokens: %g must be at least 2", c.MeanOutputTokens)
	check(c.TimeScale > 0, "time_scale: %g must be positive", c.TimeScale)
	check(c.Keep > 0, "keep: %s must be positive", c.Keep)
	e := c.Engine
	check(e.MaxNumSeqs > 0, "engine: max_num_seqs: %d must be positive", e.MaxNumSeqs)
	check(e.MaxBatchedTokens > e.MaxNumSeqs, "engine: max_batched_tokens: %d must be over max_num_seqs (%d)", e.MaxBatchedTokens, e.MaxNumSeqs)
	check(e.KVTokens >= c.MaxModelLen, "engine: kv_tokens: %d must hold one context (%d)", e.KVTokens, c.MaxModelLen)
	check(e.StepBase > 0 && e.StepPerSeq >= 0 && e.PrefillTokensPerS > 0, "engine: step_base, step_per_seq, prefill_tokens_per_s: not a duration")
	p := c.Physics
	check(p.IdleW >= 0 && p.ActiveW >= 0 && p.PrefillJPerToken >= 0 && p.DecodeJPerToken >= 0, "physics: negative")
	s := c.Sensor
	check(s.CounterStep >= 0 && s.AverageWindow >= 0 && s.GainErrorRel > -1 && s.NoiseRel >= 0, "sensor: out of range")
	check(len(c.Devices) > 0, "devices: none")
	seen := map[string]bool{}
	for _, d := range c.Devices {
		check(d.ID != "" && !seen[d.ID], "devices: id %q is empty or used twice", d.ID)
		seen[d.ID] = true
	}
	if len(problems) > 0 {
		return fmt.Errorf("%w: %w", ErrConfig, errors.Join(problems...))
	}
	return nil
}

// scaled is d at k times the speed, at least a nanosecond unless it was none.
func scaled(d time.Duration, k float64) time.Duration {
	if d == 0 {
		return 0
	}
	return max(1, time.Duration(float64(d)/k))
}
