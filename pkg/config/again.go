package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Again is the run of an effective config, with overrides on top: a config that
// was published, asked for anew. Its secrets are not known, so each is empty until
// an override gives it.
func (l Loader) Again(effective json.RawMessage, overrides ...string) (Run, error) {
	run, err := Parse(effective)
	if err != nil {
		return Run{}, err
	}
	forget(reflect.ValueOf(&run).Elem())
	c := l.composition(reflect.ValueOf(&run).Elem())
	// What was published is meant as it stands: nothing in it is a reference.
	c.tree.settled()
	c.scenario = noScenario
	c.read("", overrides)
	if c.finish(reflect.ValueOf(&run).Elem()) {
		c.locate(run.Validate())
	}
	return run, c.err()
}

// forget empties secrets of which only their being set is known.
func forget(v reflect.Value) {
	for _, f := range fieldsOf(v.Type()) {
		switch at := v.FieldByIndex(f.index); {
		case f.typ == secretType:
			at.SetString("")
		case at.Kind() == reflect.Struct:
			forget(at)
		}
	}
}

// settled marks a tree as holding no references.
func (n *node) settled() {
	n.resolved = true
	for _, item := range n.items {
		item.settled()
	}
	for _, child := range n.fields {
		child.settled()
	}
}

// Differences lists the keys, sorted by their place in the config, in which two
// runs are not the same. A list or a free mapping counts as one.
func Differences(a, b Run) []string {
	var out []string
	left, right := reflect.ValueOf(a), reflect.ValueOf(b)
	for _, l := range leaves(reflect.TypeFor[Run](), "") {
		x, y := valueAt(left, splitPath(l.path)), valueAt(right, splitPath(l.path))
		if text(x) != text(y) {
			out = append(out, l.path)
		}
	}
	return out
}

// valueAt follows the keys of a struct; the zero Value below a nil pointer.
func valueAt(v reflect.Value, path []string) reflect.Value {
	for _, key := range path {
		for v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if !v.IsValid() {
			return v
		}
		for _, f := range fieldsOf(v.Type()) {
			if f.key == key {
				v = v.FieldByIndex(f.index)
				break
			}
		}
	}
	return v
}

// text is a value as it would be published, which tells a secret only from none.
func text(v reflect.Value) string {
	if !v.IsValid() {
		return "null"
	}
	out, err := json.Marshal(v.Interface())
	if err != nil {
		return fmt.Sprint(v.Interface())
	}
	return strings.TrimSpace(string(out))
}
