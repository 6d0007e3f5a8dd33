package reasoning

import (
	"strconv"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

// Change is what a chat request holds to switch reasoning; the zero Change leaves
// it as it is.
type Change struct {
	// Known is set when there is a rule for the model, even one that changes nothing.
	Known bool
	// Prompt goes before the prompt's text.
	Prompt string
	// Kwargs are variables of the chat template, Effort the reasoning_effort; nil
	// when nothing is sent.
	Kwargs map[string]any
	Effort any

	system string
}

// Of is the change that a scenario asks for of a backend's model. Nothing is known
// when scenario.reasoning is unset, and of completions, whose prompts are the
// whole of what the model reads. The scenario's parameters count only when it is
// true, and win over the format: enable_thinking over the state itself.
func Of(b config.Backend, s config.Scenario) Change {
	if s.Reasoning == nil || b.API == config.APICompletions {
		return Change{}
	}
	f := find(s.ReasoningFormat, b.Model)
	if f == nil {
		return Change{}
	}
	on, params := *s.Reasoning, s.ReasoningParams
	if !on {
		params = nil
	}
	if wanted, ok := state(params["enable_thinking"]); ok {
		on = wanted
	}
	c := f.change(on)
	for key, value := range params {
		switch key {
		case "enable_thinking":
		case "reasoning_effort":
			c.Effort = value
		default:
			if c.Kwargs == nil {
				c.Kwargs = map[string]any{}
			}
			c.Kwargs[key] = value
		}
	}
	return c
}

func (f *format) change(on bool) Change {
	c := Change{Known: true}
	value := f.Off
	if on {
		value = f.On
	}
	switch {
	case f.Type == typeKwarg:
		c.Kwargs = map[string]any{f.Kwarg: on}
	case value == "":
	case f.Type == typeEffort:
		c.Effort = value
	case f.Type == typeSystemPrompt:
		c.system = value
	case f.Type == typePrompt:
		c.Prompt = value + "\n"
	}
	return c
}

// SystemPrompt is the scenario's with the family's line before it.
func (c Change) SystemPrompt(given string) string {
	if c.system == "" || given == "" {
		return c.system + given
	}
	return c.system + "\n" + given
}

// state reads a switch: a boolean, or its text.
func state(v any) (on, ok bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case string:
		on, err := strconv.ParseBool(v)
		return on, err == nil
	}
	return false, false
}
