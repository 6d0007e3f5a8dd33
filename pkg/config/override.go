package config

import (
	"errors"
	"strings"
)

// verb is what an override does.
type verb uint8

const (
	assign   verb = iota // key=value: the key must be known
	add                  // +key=value: the key must not be there yet
	forceAdd             // ++key=value: there or not
	remove               // ~key, ~key=value: back to the default
)

// override is one parsed command-line setting.
type override struct {
	verb verb
	// key is as written: dotted, or with slashes for a config group.
	key   string
	value *node
}

// origin never repeats the value: it may be a secret.
func (o override) origin() origin { return origin{name: "override"} }

// names reads key=NAME and key=[NAME,…]; ~key and key=null name nothing. It reports
// false for a mapping, which names nothing either.
func (o override) names() (names []string, ok bool) {
	switch {
	case o.verb == remove:
	case o.value.kind == listNode:
		for _, item := range o.value.items {
			names = append(names, item.text)
		}
	case o.value.kind == mapNode:
		return nil, false
	case !o.value.isNull():
		names = []string{o.value.text}
	}
	return names, true
}

func (o override) path() []string { return splitPath(strings.ReplaceAll(o.key, "/", ".")) }

// parseOverride reads key=value, +key=value, ++key=value, ~key or ~key=value. A
// value is typed the way YAML types it; lists, mappings and quoted text are YAML
// flow style. A bare comma would be a sweep, which is for [Sweep].
func parseOverride(text string) (override, error) {
	var o override
	rest := text
	switch {
	case strings.HasPrefix(rest, "++"):
		o.verb, rest = forceAdd, rest[2:]
	case strings.HasPrefix(rest, "+"):
		o.verb, rest = add, rest[1:]
	case strings.HasPrefix(rest, "~"):
		o.verb, rest = remove, rest[1:]
	}
	key, value, hasValue := strings.Cut(rest, "=")
	o.key = key
	if !validKey(key) {
		return o, Problem{Where: "override", Text: "want key=value, +key=value or ~key with a dotted key, got " + quoteKey(text)}
	}
	if !hasValue {
		if o.verb == remove {
			return o, nil
		}
		return o, Problem{Where: "override", Path: key, Text: "wants a value: " + key + "=…"}
	}
	choices, err := splitTop(value)
	if err != nil {
		return o, Problem{Where: "override", Path: key, Text: err.Error()}
	}
	if len(choices) > 1 {
		return o, Problem{Where: "override", Path: key, Text: "several values are a sweep, which needs --multirun; quote text that has a comma, and write a list as [a,b]"}
	}
	if o.value, err = parseValue(o.origin(), value); err != nil {
		return o, Problem{Where: "override", Path: key, Text: err.Error()}
	}
	return o, nil
}

var errNotFlow = errors.New("the value is not a YAML list, mapping or quoted text")

// parseValue types the text of one value.
func parseValue(at origin, text string) (*node, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return newText(at, ""), nil
	}
	if !strings.ContainsRune(`[{"'`, rune(text[0])) {
		return newPlain(at, text), nil
	}
	n, err := parseYAML(at.name, []byte(text))
	if err != nil {
		return nil, errNotFlow
	}
	n.relocate(at)
	return n, nil
}

// relocate gives a whole subtree one origin.
func (n *node) relocate(at origin) {
	n.at = at
	for _, item := range n.items {
		item.relocate(at)
	}
	for _, child := range n.fields {
		child.relocate(at)
	}
}

func validKey(key string) bool {
	if key == "" {
		return false
	}
	for part := range strings.FieldsFuncSeq(key, func(r rune) bool { return r == '.' || r == '/' }) {
		if strings.ContainsAny(part, " \t\n\r\"'[]{}$,:=+~") {
			return false
		}
	}
	trimmed := strings.Trim(key, "./")
	return trimmed == key && !strings.Contains(key, "..") && !strings.Contains(key, "//")
}

// quoteKey shows an override up to its value, which may be a secret.
func quoteKey(text string) string {
	key, _, hasValue := strings.Cut(text, "=")
	if hasValue {
		key += "=…"
	}
	return `"` + key + `"`
}
