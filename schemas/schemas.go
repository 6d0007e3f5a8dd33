// Package schemas embeds the project's contracts: a JSON Schema and an example
// for every event, the AsyncAPI document, and the ClickHouse migrations.
//
// It promises that each schema admits nothing that is not written down and says
// what every field means and its unit, and that each example is valid. It has no
// dependencies, so that any module can hold itself to the contracts; validation
// itself is in pkg/contract.
package schemas

import (
	"embed"
	"io/fs"
	"slices"
	"strings"
)

//go:embed events examples asyncapi.yaml
var files embed.FS

const (
	schemaSuffix  = ".schema.json"
	exampleSuffix = ".json"
)

// Names lists every event that has a schema, as <noun>.<verb>.v1, sorted.
func Names() []string {
	entries, err := fs.ReadDir(files, "events")
	if err != nil {
		return nil
	}
	out := make([]string, 0, len(entries))
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), schemaSuffix); ok {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// EventSchema is the JSON Schema (2020-12) of the data of an event, such as
// power.sampled.v1; false when there is none.
func EventSchema(name string) ([]byte, bool) { return read("events/" + name + schemaSuffix) }

// Example is valid, realistic data of an event; false when there is none.
func Example(name string) ([]byte, bool) { return read("examples/" + name + exampleSuffix) }

// ID is the schema's own identifier: what CloudEvents calls dataschema.
func ID(name string) string { return "urn:neuralwatt:aeb:event:" + name }

// AsyncAPI is the AsyncAPI 3 document in YAML: channels, messages, streams.
func AsyncAPI() []byte {
	text, _ := read("asyncapi.yaml")
	return text
}

func read(path string) ([]byte, bool) {
	text, err := files.ReadFile(path)
	return text, err == nil
}
