package config

import (
	"os"
	"reflect"
	"strings"
)

// LoadService fills cfg, a pointer to a struct that holds the defaults, from the
// file at path (none when path is empty) and then from the environment: the key
// nats.url is set by prefix + "NATS_URL". Lists are written a,b or [a,b]. A
// [Secret] can also be given as a file's content, by the variable with _FILE at
// its end. Problems come back all at once, as an *[Error].
//
// Variables with the prefix that name no key are ignored: the services of one
// deployment share an environment.
func LoadService(path, prefix string, cfg any) error {
	return NewLoader().LoadService(path, prefix, cfg)
}

// LoadService is the method form of the function LoadService.
func (l Loader) LoadService(path, prefix string, cfg any) error {
	target, err := structOf(cfg)
	if err != nil {
		return err
	}
	c := l.composition(target)
	c.read(path, nil)
	c.environment(prefix)
	c.finish(target)
	return c.err()
}

func (c *composition) environment(prefix string) {
	all := leaves(c.typ, "")
	taken := map[string]bool{}
	for _, l := range all {
		taken[variableName(prefix, l.path)] = true
	}
	for _, l := range all {
		name := variableName(prefix, l.path)
		at := origin{name: "environment " + name}
		if text, ok := c.env(name); ok {
			c.setVariable(l, at, text)
			continue
		}
		fileName := name + "_FILE"
		if l.typ != secretType || taken[fileName] {
			continue
		}
		if file, ok := c.env(fileName); ok && file != "" {
			at.name += "_FILE"
			text, err := os.ReadFile(file)
			if err != nil {
				c.add(at, l.path, "read %s: %s", file, reason(err))
				continue
			}
			c.setVariable(l, at, strings.TrimSpace(string(text)))
		}
	}
}

func variableName(prefix, path string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}

func (c *composition) setVariable(l leaf, at origin, text string) {
	path := splitPath(l.path)
	value := newVariable(at, text)
	switch deref(l.typ).Kind() {
	case reflect.Slice:
		value = listVariable(at, text)
	case reflect.Map:
		parsed, err := parseValue(at, text)
		if err != nil {
			c.add(at, l.path, "%s", err)
			return
		}
		value = parsed
	}
	c.tree.within(path[:len(path)-1], at).set(path[len(path)-1], value)
}

// listVariable reads a,b or [a,b].
func listVariable(at origin, text string) *node {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "[") {
		if n, err := parseValue(at, text); err == nil {
			return n
		}
	}
	out := &node{kind: listNode, at: at}
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			out.items = append(out.items, newVariable(at, item))
		}
	}
	return out
}
