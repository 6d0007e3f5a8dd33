package config

import (
	"math"
	"reflect"
	"strings"
	"time"
)

// decoder fills a struct from a tree and collects everything that does not fit.
type decoder struct {
	root reflect.Type
	problems
}

func (d *decoder) decode(n *node, path string, into reflect.Value) {
	if n.bad {
		return
	}
	if into.Kind() == reflect.Pointer {
		if n.isNull() {
			into.SetZero()
			return
		}
		fresh := reflect.New(into.Type().Elem())
		d.decode(n, path, fresh.Elem())
		into.Set(fresh)
		return
	}
	switch {
	case into.Type() == durationType:
		d.duration(n, path, into)
		return
	case into.Kind() == reflect.Struct:
		d.section(n, path, into)
		return
	}
	switch into.Kind() {
	case reflect.Map:
		d.mapping(n, path, into)
	case reflect.Slice:
		d.sequence(n, path, into)
	case reflect.Interface:
		if v := n.plain(); v != nil {
			into.Set(reflect.ValueOf(v))
		} else {
			into.SetZero()
		}
	case reflect.String:
		d.text(n, path, into)
	case reflect.Bool:
		d.boolean(n, path, into)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		d.integer(n, path, into)
	case reflect.Float32, reflect.Float64:
		d.number(n, path, into)
	default:
		d.add(n.at, path, "a value of Go type %s cannot come from a config", into.Type())
	}
}

func (d *decoder) section(n *node, path string, into reflect.Value) {
	if n.isNull() {
		return
	}
	if n.kind != mapNode {
		d.add(n.at, path, "wants a mapping, got %s", n.what())
		return
	}
	known := map[string]field{}
	for _, f := range fieldsOf(into.Type()) {
		known[f.key] = f
	}
	for _, key := range n.keys {
		f, ok := known[key]
		if !ok {
			d.add(n.fields[key].at, joinPath(path, key), "unknown key; %s", suggest(d.root, into.Type(), path, key))
			continue
		}
		d.decode(n.fields[key], joinPath(path, key), into.FieldByIndex(f.index))
	}
}

func (d *decoder) mapping(n *node, path string, into reflect.Value) {
	if n.isNull() {
		into.SetZero()
		return
	}
	if n.kind != mapNode {
		d.add(n.at, path, "wants a mapping, got %s", n.what())
		return
	}
	out := reflect.MakeMapWithSize(into.Type(), len(n.keys))
	for _, key := range n.keys {
		value := reflect.New(into.Type().Elem()).Elem()
		d.decode(n.fields[key], joinPath(path, key), value)
		out.SetMapIndex(reflect.ValueOf(key).Convert(into.Type().Key()), value)
	}
	into.Set(out)
}

func (d *decoder) sequence(n *node, path string, into reflect.Value) {
	if n.isNull() {
		into.SetZero()
		return
	}
	if n.kind != listNode {
		d.add(n.at, path, "wants a list, got %s", n.what())
		return
	}
	if len(n.items) == 0 {
		// No list and an empty one mean the same, so they are the same.
		into.SetZero()
		return
	}
	out := reflect.MakeSlice(into.Type(), len(n.items), len(n.items))
	for i, item := range n.items {
		d.decode(item, indexPath(path, i), out.Index(i))
	}
	into.Set(out)
}

func (d *decoder) text(n *node, path string, into reflect.Value) {
	if n.kind != scalarNode {
		d.add(n.at, path, "wants text, got %s", n.what())
		return
	}
	if n.isNull() {
		into.SetString("")
		return
	}
	into.SetString(n.text)
}

func (d *decoder) boolean(n *node, path string, into reflect.Value) {
	if v, ok := n.typed().(bool); ok {
		into.SetBool(v)
		return
	}
	d.add(n.at, path, "wants true or false, got %s", n.what())
}

func (d *decoder) integer(n *node, path string, into reflect.Value) {
	v := n.typed()
	// 1e3 is a whole number too; 2^53 is where floats stop being exact.
	if f, ok := v.(float64); ok && f == math.Trunc(f) && math.Abs(f) <= 1<<53 {
		v = int64(f)
	}
	i, ok := v.(int64)
	switch {
	case !ok:
		d.add(n.at, path, "wants a whole number, got %s", n.what())
	case into.OverflowInt(i):
		d.add(n.at, path, "%d is too large", i)
	default:
		into.SetInt(i)
	}
}

func (d *decoder) number(n *node, path string, into reflect.Value) {
	var f float64
	switch v := n.typed().(type) {
	case int64:
		f = float64(v)
	case float64:
		f = v
	default:
		d.add(n.at, path, "wants a number, got %s", n.what())
		return
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		d.add(n.at, path, "wants a finite number, got %s", n.what())
		return
	}
	into.SetFloat(f)
}

func (d *decoder) duration(n *node, path string, into reflect.Value) {
	v, err := time.ParseDuration(n.text)
	if n.kind != scalarNode || err != nil {
		d.add(n.at, path, "wants a duration such as 5s or 2m30s, got %s", n.what())
		return
	}
	into.SetInt(int64(v))
}

// typed is a scalar's value where quotes do not matter: "100" is a number to a
// field that wants one, which is how environment variables arrive.
func (n *node) typed() any {
	if n.kind != scalarNode {
		return nil
	}
	if s, ok := n.value.(string); ok {
		return resolveScalar(strings.TrimSpace(s))
	}
	return n.value
}
