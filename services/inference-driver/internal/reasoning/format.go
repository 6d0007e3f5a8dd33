package reasoning

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

// The types of formats: where a request says whether the model is to reason.
const (
	// typeEffort sets reasoning_effort; there is no off.
	typeEffort = "effort"
	// typeKwarg sets a variable of the chat template to true or false.
	typeKwarg = "kwarg"
	// typeSystemPrompt puts a line before the system prompt.
	typeSystemPrompt = "system_prompt"
	// typePrompt puts a line before the prompt.
	typePrompt = "prompt"
)

// format is how one family is told. On and Off are the values or lines of the two
// states; an empty one means that the family has no way to say it.
type format struct {
	Name     string   `json:"name"`
	Patterns []string `json:"patterns"`
	Type     string   `json:"type"`
	Kwarg    string   `json:"kwarg"`
	On       string   `json:"on"`
	Off      string   `json:"off"`
	// Source is where the rule is from, for readers.
	Source string `json:"source"`

	matches []*regexp.Regexp
}

//go:embed formats.json
var data []byte

// formats are in the order in which a model's name is tried on them.
var formats = mustParse(data)

// mustParse panics on bad data, as it is compiled in.
func mustParse(data []byte) []format {
	parsed, err := parse(data)
	if err != nil {
		panic(err)
	}
	return parsed
}

func parse(data []byte) ([]format, error) {
	var out []format
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&out); err != nil {
		return nil, fmt.Errorf("parse reasoning formats: %w", err)
	}
	for i := range out {
		f := &out[i]
		if err := f.check(); err != nil {
			return nil, fmt.Errorf("reasoning format %q: %w", f.Name, err)
		}
		for _, pattern := range f.Patterns {
			r, err := regexp.Compile(pattern)
			if err != nil {
				return nil, fmt.Errorf("reasoning format %q: %w", f.Name, err)
			}
			f.matches = append(f.matches, r)
		}
	}
	return out, nil
}

func (f *format) check() error {
	if f.Name == "" || f.Source == "" || len(f.Patterns) == 0 {
		return fmt.Errorf("%w: name, source and patterns are required", errFormat)
	}
	switch f.Type {
	case typeKwarg:
		if f.Kwarg == "" || f.On != "" || f.Off != "" {
			return fmt.Errorf("%w: %s takes kwarg alone", errFormat, f.Type)
		}
	case typeEffort, typeSystemPrompt, typePrompt:
		if f.Kwarg != "" || f.On == "" || (f.Type == typeEffort && f.Off != "") {
			return fmt.Errorf("%w: %s takes on, and no kwarg", errFormat, f.Type)
		}
	default:
		return fmt.Errorf("%w: unknown type %q", errFormat, f.Type)
	}
	return nil
}

// find is the format of that name, or, without one, the first whose pattern is
// found in the model's name, lower case; nil for an unknown family.
func find(name, model string) *format {
	model = strings.ToLower(model)
	for i := range formats {
		f := &formats[i]
		if name != "" {
			if f.Name == name {
				return f
			}
			continue
		}
		for _, r := range f.matches {
			if r.MatchString(model) {
				return f
			}
		}
	}
	return nil
}

// Formats lists the names of all formats in order of the data, and none.
func Formats() []string {
	names := make([]string, 0, len(formats)+1)
	for _, f := range formats {
		names = append(names, f.Name)
	}
	return append(names, config.ReasoningNone)
}
