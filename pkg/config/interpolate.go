package config

import (
	"slices"
	"strings"
)

// resolver replaces ${…} in a tree:
//
//	${oc.env:VAR}, ${oc.env:VAR,default}   environment; the default when unset
//	${VAR:-default}                        environment; the default when unset or empty
//	${other.key}, ${.sibling}              another value of the config
//
// A value that is nothing but one ${…} takes the type of what it becomes; inside
// other text it is pasted. \${ stands for itself.
type resolver struct {
	root     *node
	env      func(string) (string, bool)
	busy     map[*node]bool
	copied   int
	problems *problems
}

// tree resolves everything below n, in place.
func (r *resolver) tree(n *node, path []string) *node {
	switch n.kind {
	case listNode:
		for i, item := range n.items {
			n.items[i] = r.tree(item, path)
		}
	case mapNode:
		for _, key := range n.keys {
			n.fields[key] = r.tree(n.fields[key], append(slices.Clip(path), key))
		}
	default:
		resolved := r.scalar(n, path, strings.Join(path, "."))
		*n = *resolved
	}
	return n
}

// scalar returns n with every ${…} in it replaced. path is where n stands.
func (r *resolver) scalar(n *node, path []string, name string) *node {
	text, ok := n.value.(string)
	if !ok || n.resolved || !strings.Contains(text, "${") {
		return n
	}
	if r.busy[n] {
		r.problems.add(n.at, name, "refers to itself through ${…}")
		return bad(n.at)
	}
	if len(r.busy) > maxDepth {
		r.problems.add(n.at, name, "${…} is nested too deep")
		return bad(n.at)
	}
	if r.busy == nil {
		r.busy = map[*node]bool{}
	}
	r.busy[n] = true
	defer delete(r.busy, n)
	out, err := r.paste(n, text, path, name)
	if err != "" {
		r.problems.add(n.at, name, "%s", err)
	}
	if out == nil {
		return bad(n.at)
	}
	out.resolved = true
	return out
}

func bad(at origin) *node { return &node{at: at, value: "", resolved: true, bad: true} }

// paste works through text from left to right. It returns nil after a problem,
// which is the string unless it has been reported already.
func (r *resolver) paste(n *node, text string, path []string, name string) (*node, string) {
	var out strings.Builder
	for rest := text; rest != ""; {
		start := strings.Index(rest, "${")
		if start < 0 {
			out.WriteString(rest)
			break
		}
		if start > 0 && rest[start-1] == '\\' {
			out.WriteString(rest[:start-1] + "${")
			rest = rest[start+2:]
			continue
		}
		length := closing(rest[start:])
		if length < 0 {
			return nil, "a ${ is not closed"
		}
		inner := rest[start+2 : start+length]
		value := r.expression(n, inner, path, name)
		if value == nil {
			return nil, ""
		}
		if length+1 == len(text) {
			if r.copied += value.size(); r.copied > maxNodes {
				return nil, "${" + inner + "} makes the config too large"
			}
			value = value.clone()
			value.relocate(n.at)
			return value, ""
		}
		if value.kind != scalarNode {
			return nil, "${" + inner + "} is " + value.what() + " and cannot stand inside text"
		}
		out.WriteString(rest[:start] + value.text)
		if out.Len() > maxFileBytes {
			return nil, "${" + inner + "} makes the text too long"
		}
		rest = rest[start+length+1:]
	}
	return newText(n.at, out.String()), ""
}

// closing is the index of the brace that closes the ${ at the start of s, or -1.
func closing(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// expression evaluates the inside of ${…}; nil after a problem.
func (r *resolver) expression(n *node, inner string, path []string, name string) *node {
	inner = strings.TrimSpace(inner)
	if args, ok := strings.CutPrefix(inner, "oc.env:"); ok {
		variable, fallback, hasFallback := strings.Cut(args, ",")
		return r.variable(n, strings.TrimSpace(variable), fallback, hasFallback, false, path, name)
	}
	if variable, fallback, ok := strings.Cut(inner, ":-"); ok && !strings.Contains(variable, "${") {
		return r.variable(n, strings.TrimSpace(variable), fallback, true, true, path, name)
	}
	if function, _, ok := strings.Cut(inner, ":"); ok {
		r.problems.add(n.at, name, "${%s:…} is not known here; there are ${oc.env:VAR,default}, ${VAR:-default} and ${other.key}", function)
		return nil
	}
	return r.reference(n, inner, path, name)
}

// variable reads the environment. With emptyIsUnset an empty value takes the
// default too, as in a shell.
func (r *resolver) variable(n *node, variable, fallback string, hasFallback, emptyIsUnset bool, path []string, name string) *node {
	value, ok := r.env(variable)
	if ok && (value != "" || !emptyIsUnset) {
		return newVariable(n.at, value)
	}
	if !hasFallback {
		r.problems.add(n.at, name, "the environment variable %s is not set, and ${oc.env:%s} has no default", variable, variable)
		return nil
	}
	inner := &node{at: n.at, text: fallback, value: strings.TrimSpace(fallback)}
	resolved := r.scalar(inner, path, name)
	if resolved.kind != scalarNode || resolved != inner {
		return resolved
	}
	parsed, err := parseValue(n.at, fallback)
	if err != nil {
		return newText(n.at, fallback)
	}
	return parsed
}

// newVariable types the text of an environment variable. A string field reads
// the text as it is, so that a key such as 0123 keeps its zero.
func newVariable(at origin, text string) *node {
	n := newPlain(at, text)
	if text == "" {
		n = newText(at, "")
	}
	n.resolved = true
	return n
}

func (r *resolver) reference(n *node, key string, path []string, name string) *node {
	target := splitPath(key)
	if strings.HasPrefix(key, ".") {
		// One dot is the section that n stands in, each further one the section
		// around it.
		up := len(key) - len(strings.TrimLeft(key, "."))
		if up > len(path) {
			r.problems.add(n.at, name, "${%s} leads out of the config", key)
			return nil
		}
		target = append(path[:len(path)-up:len(path)-up], splitPath(key[up:])...)
	}
	found := r.find(target)
	if found == nil {
		hint := r.nearestKey(target)
		if _, ok := r.env(key); ok || strings.ToUpper(key) == key {
			hint = "; an environment variable is written ${oc.env:" + key + "}"
		}
		r.problems.add(n.at, name, "${%s} refers to a key that is not there%s", key, hint)
		return nil
	}
	if contains(found, n) {
		r.problems.add(n.at, name, "refers to itself through ${%s}", key)
		return nil
	}
	return r.tree(found, target)
}

func (r *resolver) find(path []string) *node {
	if r.root == nil {
		return nil
	}
	return r.root.find(path)
}

// nearestKey suggests a spelling for the first part of path that is not there.
func (r *resolver) nearestKey(path []string) string {
	for i := range path {
		parent := r.find(path[:i])
		if parent == nil || parent.kind != mapNode {
			break
		}
		if parent.fields[path[i]] == nil {
			if near := nearest(path[i], parent.keys); near != "" {
				return "; did you mean ${" + joinPath(strings.Join(path[:i], "."), near) + "}?"
			}
			break
		}
	}
	return ""
}

func contains(tree, n *node) bool {
	if tree == n {
		return true
	}
	for _, item := range tree.items {
		if contains(item, n) {
			return true
		}
	}
	for _, child := range tree.fields {
		if contains(child, n) {
			return true
		}
	}
	return false
}
