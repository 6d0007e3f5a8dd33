package loading

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/dataset"
)

// queue makes the event of the i-th prompt. A failed replica's successor makes
// the same event again, so nothing here may depend on time or chance.
func queue(c config.Run, i int64, p dataset.Prompt) *event.PromptQueued {
	p = shorten(c.Scenario, p)
	return &event.PromptQueued{
		RequestID:            requestID(i),
		Index:                i,
		Prompt:               p.Text,
		PromptSHA256:         digest(p.Text),
		ExpectedInputTokens:  p.InputTokens,
		ExpectedOutputTokens: p.OutputTokens,
		Turns:                turns(c.Scenario, p.Turns),
		Generate:             generate(c.Scenario, p),
		Cancel:               cancellation(c.Load, c.Scenario.Seed, i),
	}
}

func requestID(i int64) string { return fmt.Sprintf("r%07d", i) }

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// generate maps the seed's names to the wire's. do_sample: false means greedy,
// which on the wire is temperature 0. A dataset that declares an output length
// asks for exactly that many tokens.
func generate(s config.Scenario, p dataset.Prompt) event.Generate {
	k := s.GenerateKwargs
	g := event.Generate{
		MaxTokens: k.MaxNewTokens, MinTokens: k.MinNewTokens,
		Temperature: k.Temperature, TopP: k.TopP, TopK: k.TopK,
		Seed: k.Seed, Stop: k.Stop, IgnoreEOS: k.IgnoreEOS, Extra: k.Extra,
	}
	if s.TruncatedBy() == config.TruncateServer {
		g.Extra = maps.Clone(g.Extra)
		if g.Extra == nil {
			g.Extra = map[string]any{}
		}
		g.Extra[truncatePromptTokens] = s.MaxInputTokens
	}
	if k.DoSample != nil && !*k.DoSample {
		var greedy float64
		g.Temperature = &greedy
	}
	if p.OutputTokens != nil {
		ignore := true
		g.MaxTokens, g.MinTokens, g.IgnoreEOS = p.OutputTokens, p.OutputTokens, &ignore
	}
	return g
}
