package wire

import (
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Measurable asks of a run, before its first prompt, whether its requests can be
// written at all: reasoning and extra fields are the same in each of them. The error
// is the Unsupported that each would end with.
func Measurable(c config.Run) error {
	_, err := Body(c, &event.PromptQueued{Prompt: "any", Generate: event.Generate{Extra: c.Scenario.GenerateKwargs.Extra}})
	return err
}

// refuseLacking names a parameter of the request that the server would not see: a
// config with one is refused when it is read, but a dataset may declare one too.
func refuseLacking(d config.Dialect, b config.Backend, body map[string]any) error {
	for _, name := range d.Lacks {
		if _, ok := body[name]; ok {
			return fail(Unsupported, "%s", b.Lacking(name))
		}
	}
	return nil
}
