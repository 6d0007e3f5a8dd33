package config

import (
	"errors"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Limits that no honest config comes near; they keep aliases and nesting from
// blowing up.
const (
	maxFileBytes = 1 << 20
	maxNodes     = 100_000
	maxDepth     = 64
)

// parseYAML reads one YAML document. An empty document is an empty mapping.
func parseYAML(name string, source []byte) (*node, error) {
	if len(source) > maxFileBytes {
		return nil, Problem{Where: name, Text: "larger than 1 MiB, which no config is"}
	}
	if depth := flowDepth(source); depth > maxDepth {
		return nil, Problem{Where: name, Text: "nested too deep"}
	}
	file, err := parser.ParseBytes(source, 0)
	if err != nil {
		p := Problem{Where: name, Text: err.Error()}
		if positioned, ok := errors.AsType[yaml.Error](err); ok {
			p.Text = positioned.GetMessage()
			if t := positioned.GetToken(); t != nil && t.Position != nil {
				p.Where = origin{name, t.Position.Line}.String()
			}
		}
		return nil, p
	}
	if len(file.Docs) > 1 && file.Docs[1].Body != nil {
		return nil, Problem{Where: name, Text: "holds more than one YAML document"}
	}
	c := converter{name: name, anchors: map[string]ast.Node{}}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return newMap(origin{name: name}), nil
	}
	return c.node(file.Docs[0].Body, origin{name, 1}, 0)
}

// flowDepth is how deep brackets nest: a cheap bound that is checked before the
// parser recurses.
func flowDepth(source []byte) int {
	depth, deepest := 0, 0
	for _, b := range source {
		switch b {
		case '[', '{':
			depth++
			deepest = max(deepest, depth)
		case ']', '}':
			depth--
		}
	}
	return deepest
}

// converter turns the parser's tree into nodes, following anchors.
type converter struct {
	name    string
	anchors map[string]ast.Node
	count   int
}

func (c *converter) node(n ast.Node, at origin, depth int) (*node, error) {
	c.count++
	if c.count > maxNodes || depth > maxDepth {
		return nil, Problem{Where: at.String(), Text: "too large or nested too deep"}
	}
	switch n := n.(type) {
	case *ast.AnchorNode:
		c.anchors[n.Name.GetToken().Value] = n.Value
		return c.node(n.Value, at, depth+1)
	case *ast.AliasNode:
		name := n.Value.GetToken().Value
		target, ok := c.anchors[name]
		if !ok {
			return nil, Problem{Where: at.String(), Text: "the anchor *" + name + " is not defined above"}
		}
		return c.node(target, at, depth+1)
	case *ast.TagNode:
		return c.node(n.Value, at, depth+1)
	case *ast.MappingNode:
		return c.mapping(n.Values, at, depth)
	case *ast.MappingValueNode:
		return c.mapping([]*ast.MappingValueNode{n}, at, depth)
	case *ast.SequenceNode:
		out := &node{kind: listNode, at: at}
		for _, value := range n.Values {
			item, err := c.node(value, c.at(value, at), depth+1)
			if err != nil {
				return nil, err
			}
			out.items = append(out.items, item)
		}
		return out, nil
	case *ast.LiteralNode:
		return newText(at, n.Value.Value), nil
	case nil:
		return newPlain(at, ""), nil
	}
	t := n.GetToken()
	switch t.Type {
	case token.SingleQuoteType, token.DoubleQuoteType:
		return newText(at, t.Value), nil
	case token.ImplicitNullType:
		return newPlain(at, ""), nil
	}
	if s, ok := n.(*ast.StringNode); ok {
		return newPlain(at, s.Value), nil
	}
	return newPlain(at, t.Value), nil
}

func (c *converter) mapping(values []*ast.MappingValueNode, at origin, depth int) (*node, error) {
	out := newMap(at)
	for _, pair := range values {
		here := c.at(pair.Key, at)
		child, err := c.node(pair.Value, here, depth+1)
		if err != nil {
			return nil, err
		}
		if pair.Key.IsMergeKey() {
			if child.kind != mapNode {
				return nil, Problem{Where: here.String(), Text: "<< wants a mapping, got " + child.what()}
			}
			// What is written beside << wins over what it brings in.
			out = child.merge(out)
			continue
		}
		key, err := c.node(keyContent(pair.Key), here, depth+1)
		if err != nil {
			return nil, err
		}
		if key.kind != scalarNode {
			return nil, Problem{Where: here.String(), Text: "a key must be a plain word, not " + key.what()}
		}
		out.set(key.text, child)
	}
	return out, nil
}

func keyContent(key ast.MapKeyNode) ast.Node {
	if explicit, ok := key.(*ast.MappingKeyNode); ok {
		return explicit.Value
	}
	return key
}

func (c *converter) at(n ast.Node, fallback origin) origin {
	if n == nil {
		return fallback
	}
	if t := n.GetToken(); t != nil && t.Position != nil && t.Position.Line > 0 {
		return origin{c.name, t.Position.Line}
	}
	return fallback
}
