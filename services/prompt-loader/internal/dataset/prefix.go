package dataset

import "github.com/neuralwatt/ai-energy-benchmarks/pkg/config"

// withPrefixes puts one of a few shared texts before each prompt, drawn evenly.
func withPrefixes(set Set, shared config.SharedPrefix, seed int64) Set {
	pool := make([]string, shared.Count)
	for k := range pool {
		pool[k] = words(drawing(seed, drawPrefix, int64(k)), shared.Tokens)
	}
	plain := set.at
	set.at = func(i int64) Prompt {
		p := plain(i)
		prefix := pool[drawing(seed, drawPrefixChoice, i).IntN(len(pool))]
		text, whole := p.Text, p.text
		p.text = func() string {
			if whole != nil {
				text = whole()
			}
			return prefix + "\n\n" + text
		}
		if p.InputTokens != nil {
			total := *p.InputTokens + shared.Tokens
			p.InputTokens = &total
		}
		return p
	}
	return set
}
