package dataset

import (
	_ "embed"
	"strings"
)

//go:embed builtin.txt
var builtinText string

// builtin yields the built-in prompts: everyday questions of mixed length, ours.
func builtin() Source {
	return func(yield func(Prompt, error) bool) {
		for line := range strings.Lines(builtinText) {
			if text := strings.TrimSpace(line); text != "" && !yield(Prompt{Text: text}, nil) {
				return
			}
		}
	}
}
