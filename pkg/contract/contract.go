package contract

import (
	"bytes"
	"errors"
	"fmt"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/schemas"
)

// Errors that Validate returns, wrapped with what was wrong.
var (
	ErrUnknownType = errors.New("event type has no schema")
	ErrInvalid     = errors.New("event data does not match its schema")
)

// Validate checks the JSON data of an event against the schema of its type. It
// returns ErrUnknownType or ErrInvalid.
func Validate(t event.Type, data []byte) error {
	schema, ok := compiled()[t]
	if !ok {
		return fmt.Errorf("%w: %s", ErrUnknownType, t)
	}
	// The library's own reader keeps integers beyond 2^53 exact.
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrInvalid, t.Name(), err)
	}
	if err := schema.Validate(value); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrInvalid, t.Name(), err)
	}
	return nil
}

// compiled holds one schema per event type. A schema that does not compile is a
// broken build, which the tests of this package catch.
var compiled = sync.OnceValue(func() map[event.Type]*jsonschema.Schema {
	c := jsonschema.NewCompiler()
	out := map[event.Type]*jsonschema.Schema{}
	for _, t := range event.Types() {
		text, ok := schemas.EventSchema(t.Name())
		if !ok {
			continue
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			panic(fmt.Sprintf("schema %s: %v", t.Name(), err))
		}
		if err := c.AddResource(schemas.ID(t.Name()), doc); err != nil {
			panic(fmt.Sprintf("schema %s: %v", t.Name(), err))
		}
		out[t] = c.MustCompile(schemas.ID(t.Name()))
	}
	return out
})
