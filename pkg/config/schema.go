package config

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"
)

// field is one key that a struct takes.
type field struct {
	key   string
	index []int
	typ   reflect.Type
}

var (
	secretType   = reflect.TypeFor[Secret]()
	durationType = reflect.TypeFor[time.Duration]()
)

// fieldsOf lists the keys of a struct in order of declaration: the yaml tag, or
// the lower-case field name. An inlined struct's keys are the outer's.
func fieldsOf(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() && !f.Anonymous {
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "-" {
			continue
		}
		if slices.Contains(strings.Split(options, ","), "inline") {
			for _, inner := range fieldsOf(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				out = append(out, inner)
			}
			continue
		}
		if !f.IsExported() {
			continue
		}
		if name == "" {
			name = strings.ToLower(f.Name)
		}
		out = append(out, field{key: name, index: f.Index, typ: f.Type})
	}
	return out
}

// isSection reports whether t holds fixed keys of its own.
func isSection(t reflect.Type) bool { return deref(t).Kind() == reflect.Struct }

func deref(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// leaf is a key that takes a value, as opposed to a section.
type leaf struct {
	path string
	typ  reflect.Type
}

// leaves lists every leaf of a struct type, in order.
func leaves(t reflect.Type, base string) []leaf {
	var out []leaf
	for _, f := range fieldsOf(deref(t)) {
		path := joinPath(base, f.key)
		if isSection(f.typ) {
			out = append(out, leaves(f.typ, path)...)
			continue
		}
		out = append(out, leaf{path, f.typ})
	}
	return out
}

// typeAt is the Go type at a path of a struct; nil when there is no such key.
// Below a map or an any, everything is allowed and the type is any.
func typeAt(t reflect.Type, path []string) reflect.Type {
	for _, key := range path {
		t = deref(t)
		switch t.Kind() {
		case reflect.Struct:
			i := slices.IndexFunc(fieldsOf(t), func(f field) bool { return f.key == key })
			if i < 0 {
				return nil
			}
			t = fieldsOf(t)[i].typ
		case reflect.Map:
			t = t.Elem()
		case reflect.Interface:
		default:
			return nil
		}
	}
	return t
}

// suggest says what an unknown key was probably meant to be: a sibling that is
// spelt nearly so, else the same or nearly the same key elsewhere in root.
func suggest(root, section reflect.Type, base, key string) string {
	siblings := make([]string, 0, 16)
	for _, f := range fieldsOf(deref(section)) {
		siblings = append(siblings, f.key)
	}
	if near := nearest(key, siblings); near != "" {
		return "did you mean " + joinPath(base, near) + "?"
	}
	var elsewhere string
	for _, l := range leaves(root, "") {
		name := l.path[strings.LastIndexByte(l.path, '.')+1:]
		if name == key {
			return "did you mean " + l.path + "?"
		}
		if elsewhere == "" && len(key) > 3 && levenshtein.ComputeDistance(key, name) == 1 {
			elsewhere = l.path
		}
	}
	if elsewhere != "" {
		return "did you mean " + elsewhere + "?"
	}
	if near := sameStart(key, siblings); near != "" {
		return "did you mean " + joinPath(base, near) + "?"
	}
	slices.Sort(siblings)
	return "known here: " + strings.Join(siblings, ", ")
}

// nearest is the candidate with the fewest edits to word, or "" when none is
// within a third of its length (two edits for short words).
func nearest(word string, candidates []string) string {
	best, bestAt := "", max(2, len(word)/3)+1
	for _, c := range candidates {
		if d := levenshtein.ComputeDistance(word, c); d < bestAt && d < len(c) {
			best, bestAt = c, d
		}
	}
	return best
}

// sameStart is the candidate that shares the longest beginning with word, of at
// least five letters: sample_rate for sample_hz.
func sameStart(word string, candidates []string) string {
	best, length := "", 4
	for _, c := range candidates {
		n := 0
		for n < len(c) && n < len(word) && c[n] == word[n] {
			n++
		}
		if n > length {
			best, length = c, n
		}
	}
	return best
}
