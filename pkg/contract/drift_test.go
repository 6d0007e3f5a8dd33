package contract

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/schemas"
)

// schema is the part of JSON Schema that the event schemas use.
type schema struct {
	Dialect     string             `json:"$schema"`
	ID          string             `json:"$id"`
	Title       string             `json:"title"`
	Description string             `json:"description"`
	Ref         string             `json:"$ref"`
	Type        types              `json:"type"`
	Enum        []string           `json:"enum"`
	Additional  json.RawMessage    `json:"additionalProperties"`
	Required    []string           `json:"required"`
	Properties  map[string]*schema `json:"properties"`
	Items       *schema            `json:"items"`
	Defs        map[string]*schema `json:"$defs"`
}

// types is one type or a list of them.
type types []string

func (t *types) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*t = types{one}
		return nil
	}
	return json.Unmarshal(data, (*[]string)(t))
}

// TestSchemasMatchGoTypes walks every payload beside its schema: the same names,
// required exactly where Go always writes, the same types, all the way down.
func TestSchemasMatchGoTypes(t *testing.T) {
	for _, typ := range event.Types() {
		t.Run(typ.Name(), func(t *testing.T) { checkSchema(t, typ) })
	}
}

func checkSchema(t *testing.T, typ event.Type) {
	t.Helper()
	text, ok := schemas.EventSchema(typ.Name())
	require.True(t, ok)
	var s schema
	require.NoError(t, json.Unmarshal(text, &s))
	require.Equal(t, "https://json-schema.org/draft/2020-12/schema", s.Dialect)
	require.Equal(t, schemas.ID(typ.Name()), s.ID)
	payload, _ := event.NewPayload(typ)
	goType := reflect.TypeOf(payload).Elem()
	require.Equal(t, goType.Name(), s.Title)

	w := walker{defs: s.Defs, used: map[string]bool{}}
	w.object(goType.Name(), goType, &s)
	for name := range s.Defs {
		w.check(w.used[name], "$defs/%s is not used", name)
	}
	require.Empty(t, w.problems)
}

type walker struct {
	defs     map[string]*schema
	used     map[string]bool
	problems []string
}

func (w *walker) check(ok bool, format string, args ...any) {
	if !ok {
		w.problems = append(w.problems, fmt.Sprintf(format, args...))
	}
}

func (w *walker) object(path string, t reflect.Type, s *schema) {
	w.check(slices.Equal(s.Type, types{"object"}), "%s: type %v, want object", path, s.Type)
	w.check(string(s.Additional) == "false", "%s: additionalProperties is not false", path)
	w.check(s.Description != "", "%s: no description", path)
	known := map[string]bool{}
	var required []string
	for field := range t.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		known[name] = true
		property := s.Properties[name]
		if property == nil {
			w.check(false, "%s: the schema lacks %s", path, name)
			continue
		}
		w.check(property.Description != "", "%s.%s: no description", path, name)
		optional := options == "omitempty"
		if !optional {
			required = append(required, name)
		}
		w.value(path+"."+name, field.Type, property, !optional)
	}
	for name := range s.Properties {
		w.check(known[name], "%s: Go lacks %s", path, name)
	}
	slices.Sort(required)
	got := slices.Sorted(slices.Values(s.Required))
	w.check(slices.Equal(required, got), "%s: required %v, Go always writes %v", path, got, required)
}

func (w *walker) value(path string, t reflect.Type, s *schema, always bool) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	want := func(name string) {
		expected := types{name}
		// Go writes null for a list or map that is not there.
		if always && (t.Kind() == reflect.Slice || t.Kind() == reflect.Map) && t != reflect.TypeFor[json.RawMessage]() {
			expected = append(expected, "null")
		}
		w.check(slices.Equal(s.Type, expected), "%s: type %v, Go writes %v", path, s.Type, expected)
	}
	switch {
	case t == reflect.TypeFor[json.RawMessage]():
		want("object")
		return
	case t == reflect.TypeFor[event.Series]():
		want("array")
		w.check(s.Items != nil && slices.Equal(s.Items.Type, types{"integer", "null"}), "%s: a series holds integers and nulls", path)
		return
	case len(s.Enum) > 0:
		w.check(t.Kind() == reflect.String, "%s: an enum, but Go has %s", path, t)
		w.enum(path, t, s.Enum)
		return
	}
	switch t.Kind() {
	case reflect.Struct:
		name := strings.TrimPrefix(s.Ref, "#/$defs/")
		w.check(name == t.Name() && w.defs[name] != nil, "%s: $ref %q, want the definition of %s", path, s.Ref, t.Name())
		if w.defs[name] != nil && !w.used[name] {
			w.used[name] = true
			w.object(name, t, w.defs[name])
		}
	case reflect.Slice:
		want("array")
		w.check(s.Items != nil, "%s: no items", path)
		if s.Items != nil {
			w.value(path+"[]", t.Elem(), s.Items, false)
		}
	case reflect.Map:
		want("object")
		var element schema
		if t.Elem().Kind() != reflect.Interface {
			w.check(json.Unmarshal(s.Additional, &element) == nil, "%s: additionalProperties is not a schema", path)
			w.value(path+"{}", t.Elem(), &element, false)
		}
	case reflect.String:
		want("string")
	case reflect.Bool:
		want("boolean")
	case reflect.Int, reflect.Int64, reflect.Uint64:
		want("integer")
	case reflect.Float64:
		want("number")
	default:
		w.check(false, "%s: Go type %s has no JSON Schema here", path, t)
	}
}

// enum holds the values of a Go string type to the schema's.
func (w *walker) enum(path string, t reflect.Type, got []string) {
	var want []string
	switch t {
	case reflect.TypeFor[event.Status]():
		want = []string{string(event.StatusOK), string(event.StatusFailed), string(event.StatusCancelled)}
	case reflect.TypeFor[event.TokenSource]():
		want = []string{string(event.TokensFromUsage), string(event.TokensMissing)}
	case reflect.TypeFor[event.Provenance]():
		want = []string{string(event.Measured), string(event.Derived), string(event.Modelled), string(event.Absent)}
	case reflect.TypeFor[event.DeviceKind]():
		want = []string{string(event.KindGPU), string(event.KindCPU), string(event.KindRAM), string(event.KindNode)}
	default:
		return
	}
	w.check(slices.Equal(want, got), "%s: enum %v, Go has %v", path, got, want)
}
