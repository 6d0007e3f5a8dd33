package config

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"time"
)

// encode turns a struct's present values into the bottom of the tree, so that
// references and merges see the defaults.
func encode(v reflect.Value) *node {
	if v.Type() == durationType {
		return newText(origin{}, time.Duration(v.Int()).String())
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return newPlain(origin{}, "")
		}
		return encode(v.Elem())
	case reflect.Struct:
		out := newMap(origin{})
		out.section = true
		for _, f := range fieldsOf(v.Type()) {
			out.set(f.key, encode(v.FieldByIndex(f.index)))
		}
		return out
	case reflect.Map:
		if v.IsNil() {
			return newPlain(origin{}, "")
		}
		out := newMap(origin{})
		keys := v.MapKeys()
		slices.SortFunc(keys, func(a, b reflect.Value) int { return compareText(a, b) })
		for _, key := range keys {
			out.set(fmt.Sprint(key.Interface()), encode(v.MapIndex(key)))
		}
		return out
	case reflect.Slice:
		if v.IsNil() {
			return newPlain(origin{}, "")
		}
		out := &node{kind: listNode}
		for i := range v.Len() {
			out.items = append(out.items, encode(v.Index(i)))
		}
		return out
	case reflect.String:
		return newText(origin{}, v.String())
	case reflect.Float32, reflect.Float64:
		return &node{value: v.Float(), text: strconv.FormatFloat(v.Float(), 'g', -1, 64)}
	default:
		return newPlain(origin{}, fmt.Sprint(v.Interface()))
	}
}

func compareText(a, b reflect.Value) int {
	left, right := fmt.Sprint(a.Interface()), fmt.Sprint(b.Interface())
	switch {
	case left < right:
		return -1
	case left > right:
		return 1
	}
	return 0
}
