package config

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// origin is where a value was given; the zero origin is a default.
type origin struct {
	name string
	line int
}

func (o origin) String() string {
	if o.line == 0 {
		return o.name
	}
	return o.name + ":" + strconv.Itoa(o.line)
}

type nodeKind uint8

const (
	scalarNode nodeKind = iota
	listNode
	mapNode
)

// node is one value of a config under composition, with the place it came from.
type node struct {
	kind nodeKind
	at   origin

	// text is a scalar as it was written, without quotes; value is what YAML
	// makes of it: nil, bool, int64, float64 or string.
	text  string
	value any
	// resolved is set once ${…} has been replaced, so that what came out of it,
	// an environment variable say, is not expanded again.
	resolved bool
	// bad marks a value whose problem has been reported already.
	bad bool

	items []*node

	// keys keeps the order of fields. A section is a mapping whose keys are
	// fixed by a Go struct: an empty one leaves the defaults as they are.
	keys    []string
	fields  map[string]*node
	section bool
}

func newMap(at origin) *node {
	return &node{kind: mapNode, at: at, fields: map[string]*node{}}
}

func newText(at origin, text string) *node {
	return &node{at: at, text: text, value: text}
}

// newPlain is an unquoted scalar, typed by its looks.
func newPlain(at origin, text string) *node {
	return &node{at: at, text: text, value: resolveScalar(text)}
}

func (n *node) isNull() bool { return n.kind == scalarNode && n.value == nil }

func (n *node) set(key string, child *node) {
	if _, ok := n.fields[key]; !ok {
		n.keys = append(n.keys, key)
	}
	n.fields[key] = child
}

func (n *node) remove(key string) {
	delete(n.fields, key)
	n.keys = slices.DeleteFunc(n.keys, func(k string) bool { return k == key })
}

// find follows a path of keys; nil when it is not there.
func (n *node) find(path []string) *node {
	for _, key := range path {
		if n == nil || n.kind != mapNode {
			return nil
		}
		n = n.fields[key]
	}
	return n
}

// within returns the mapping at path, making empty ones on the way. A value of
// another kind on the way is replaced.
func (n *node) within(path []string, at origin) *node {
	for _, key := range path {
		child := n.fields[key]
		if child == nil || child.kind != mapNode {
			child = newMap(at)
			n.set(key, child)
		}
		n = child
	}
	return n
}

// merge puts from over n: mappings key by key, anything else whole. It returns
// the result, which shares nothing with from that a later merge would change.
func (n *node) merge(from *node) *node {
	if n == nil || n.kind != mapNode {
		return from.clone()
	}
	if n.section && from.isNull() {
		return n
	}
	if from.kind != mapNode {
		return from.clone()
	}
	for _, key := range from.keys {
		n.set(key, n.fields[key].merge(from.fields[key]))
	}
	if from.at.name != "" {
		n.at = from.at
	}
	return n
}

func (n *node) clone() *node {
	c := *n
	c.items = make([]*node, len(n.items))
	for i, item := range n.items {
		c.items[i] = item.clone()
	}
	c.keys = slices.Clone(n.keys)
	c.fields = maps.Clone(n.fields)
	for key, child := range c.fields {
		c.fields[key] = child.clone()
	}
	return &c
}

// size counts the nodes of a subtree.
func (n *node) size() int {
	total := 1
	for _, item := range n.items {
		total += item.size()
	}
	for _, child := range n.fields {
		total += child.size()
	}
	return total
}

// plain is the node as untyped Go values.
func (n *node) plain() any {
	switch n.kind {
	case listNode:
		out := make([]any, len(n.items))
		for i, item := range n.items {
			out[i] = item.plain()
		}
		return out
	case mapNode:
		out := make(map[string]any, len(n.keys))
		for key, child := range n.fields {
			out[key] = child.plain()
		}
		return out
	default:
		return n.value
	}
}

// what names the node's kind in a message.
func (n *node) what() string {
	switch n.kind {
	case listNode:
		return "a list"
	case mapNode:
		return "a mapping"
	}
	switch n.value.(type) {
	case nil:
		return "nothing"
	case bool:
		return n.text
	case string:
		return strconv.Quote(n.text)
	}
	return n.text
}

func splitPath(path string) []string { return strings.Split(path, ".") }

func joinPath(base, key string) string {
	if base == "" {
		return key
	}
	return base + "." + key
}
