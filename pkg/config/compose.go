package config

import (
	"bufio"
	"bytes"
	"path"
	"slices"
	"strings"
)

// composer builds one tree out of a config, the configs its defaults list names,
// and theirs. Later ones win; a file's own keys come last unless _self_ is listed
// elsewhere, as in Hydra since 1.1.
type composer struct {
	roots []Root
	env   func(string) (string, bool)
	tree  *node

	// chosen are group options picked from outside the file that declares the
	// group: by the command line, or by an override entry further out.
	chosen map[string]*choice
	stack  []string
	files  int
	// unread is set when a file could not be had, so that the tree is not whole.
	unread bool
	problems
}

type choice struct {
	options []string
	at      origin
	used    bool
	// must is set when picking a group that no defaults list has is an error.
	must bool
}

// entry is one line of a defaults list.
type entry struct {
	at       origin
	self     bool
	override bool
	optional bool
	// group is absolute within the search path, "" for a config that is named
	// directly; options are the configs in it.
	group   string
	pkg     string
	hasPkg  bool
	options []string
}

const maxFiles = 200

// compose merges a file into the tree at package pkg.
func (c *composer) compose(s *source, pkg string) {
	if slices.Contains(c.stack, s.display) {
		c.add(origin{name: s.display}, "defaults", "is included by itself: %s", strings.Join(append(c.stack, s.display), " → "))
		return
	}
	if c.files++; c.files > maxFiles {
		c.add(origin{name: s.display}, "defaults", "more than %d config files are composed", maxFiles)
		return
	}
	c.stack = append(c.stack, s.display)
	defer func() { c.stack = c.stack[:len(c.stack)-1] }()

	body, err := parseYAML(s.display, s.text)
	if err != nil {
		c.unreadable(err)
		return
	}
	if body.isNull() {
		body = newMap(body.at)
	}
	if body.kind != mapNode {
		c.add(origin{name: s.display}, "", "a config is a mapping of keys, got %s", body.what())
		return
	}
	entries := []entry{{self: true}}
	if list := body.fields["defaults"]; list != nil {
		body.remove("defaults")
		entries = c.entries(list, s.group)
	}
	for _, e := range entries {
		if e.override {
			c.choose(e.group, e.options, e.at, true)
		}
	}
	for _, e := range entries {
		switch {
		case e.override:
		case e.self:
			c.mergeAt(pkg, body)
		default:
			c.include(e, pkg)
		}
	}
}

// choose picks a group's options; what was picked further out stays.
func (c *composer) choose(group string, options []string, at origin, must bool) {
	if c.chosen[group] == nil {
		c.chosen[group] = &choice{options: options, at: at, must: must}
	}
}

func (c *composer) include(e entry, pkg string) {
	options, at := e.options, e.at
	if picked := c.chosen[e.group]; e.group != "" && picked != nil {
		picked.used = true
		options, at = picked.options, picked.at
	}
	for _, option := range options {
		name := path.Join(e.group, option)
		s, err := open(c.roots, name)
		if err != nil {
			c.unreadable(err)
			continue
		}
		if s == nil {
			if !e.optional {
				c.noOption(at, e.group, option)
			}
			continue
		}
		c.compose(s, c.packageOf(s, e, pkg))
	}
}

func (c *composer) noOption(at origin, group, option string) {
	where := group
	if where == "" {
		where = "."
	}
	known := options(c.roots, where)
	switch near := nearest(option, known); {
	case near != "":
		c.add(at, group, "there is no config %s; did you mean %s?", quoted(option), near)
	case len(known) > 0:
		c.add(at, group, "there is no config %s; there are: %s", quoted(option), strings.Join(known, ", "))
	default:
		c.add(at, group, "there is no config %s, nor any other in this group", quoted(option))
	}
}

// packageOf is where in the tree a file's keys go: as the entry says (group@package),
// else as its first comment says (# @package …), else under its group's name.
func (c *composer) packageOf(s *source, e entry, parent string) string {
	group := strings.ReplaceAll(s.group, "/", ".")
	name, given := e.pkg, e.hasPkg
	if !given {
		name, given = packageComment(s.text)
	}
	switch {
	case !given || name == "_group_":
		if e.group == "" && s.group == "" {
			return parent
		}
		return group
	case name == "_global_":
		return ""
	}
	return name
}

func packageComment(text []byte) (string, bool) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		comment, ok := strings.CutPrefix(line, "#")
		if !ok {
			return "", false
		}
		if name, ok := strings.CutPrefix(strings.TrimSpace(comment), "@package "); ok {
			return strings.TrimSpace(name), true
		}
	}
	return "", false
}

func (c *composer) mergeAt(pkg string, body *node) {
	target := c.tree
	if pkg != "" {
		target = c.tree.within(splitPath(pkg), body.at)
	}
	target.merge(body)
}

func (c *composer) unreadable(err error) {
	c.unread = true
	c.fail(err)
}

func (c *composer) fail(err error) {
	if p, ok := err.(Problem); ok { //nolint:errorlint // parse and open return it bare
		c.list = append(c.list, p)
		return
	}
	c.list = append(c.list, Problem{Text: err.Error()})
}

// entries reads a defaults list. Without _self_ the file itself comes last.
func (c *composer) entries(list *node, group string) []entry {
	if list.kind != listNode {
		c.add(list.at, "defaults", "wants a list, got %s", list.what())
		return []entry{{self: true}}
	}
	var out []entry
	hasSelf := false
	for _, item := range list.items {
		e, ok := c.entry(item, group)
		if !ok {
			continue
		}
		if e.self && hasSelf {
			c.add(e.at, "defaults", "_self_ is listed twice")
			continue
		}
		hasSelf = hasSelf || e.self
		out = append(out, e)
	}
	if !hasSelf {
		out = append(out, entry{self: true})
	}
	return out
}

func (c *composer) entry(item *node, group string) (entry, bool) {
	e := entry{at: item.at}
	if item.kind == scalarNode && !item.isNull() {
		name := c.expand(item)
		if name == "_self_" {
			e.self = true
			return e, true
		}
		name, e.pkg, e.hasPkg = strings.Cut(name, "@")
		e.options = []string{strings.TrimPrefix(within(group, name), "/")}
		return e, true
	}
	if item.kind != mapNode || len(item.keys) != 1 {
		c.add(item.at, "defaults", "an entry is a config name or one group: option, got %s", item.what())
		return e, false
	}
	key := item.keys[0]
	value := item.fields[key]
	for {
		word, rest, ok := strings.Cut(key, " ")
		if !ok || (word != "override" && word != "optional") {
			break
		}
		e.override = e.override || word == "override"
		e.optional = e.optional || word == "optional"
		key = strings.TrimSpace(rest)
	}
	key, e.pkg, e.hasPkg = strings.Cut(key, "@")
	e.group = strings.TrimPrefix(within(group, key), "/")
	switch {
	case value.isNull():
	case value.kind == scalarNode:
		e.options = []string{c.expand(value)}
	case value.kind == listNode:
		for _, v := range value.items {
			e.options = append(e.options, c.expand(v))
		}
	default:
		c.add(value.at, "defaults", "the option of %s is a name or a list of names, got %s", key, value.what())
		return e, false
	}
	return e, true
}

// expand resolves ${…} in a defaults list, where there are no keys to refer to yet.
func (c *composer) expand(n *node) string {
	r := resolver{env: c.env, problems: &c.problems}
	return r.scalar(n, nil, "defaults").text
}

// within reads a name relative to the folder of the file it stands in; a leading
// slash makes it absolute.
func within(group, name string) string {
	if strings.HasPrefix(name, "/") {
		return name
	}
	return path.Join(group, name)
}
