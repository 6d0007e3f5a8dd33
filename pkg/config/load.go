package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// SearchVariable names the environment variable that lists further folders of
// configs and groups, separated like PATH.
const SearchVariable = "AEB_CONFIG_PATH"

// Loader composes configs. The zero value reads no environment and searches only
// the config's own folder.
type Loader struct {
	// Roots are searched, in order, after the config's own folder.
	Roots []Root
	// LookupEnv answers ${oc.env:…} and the variables of a service.
	LookupEnv func(string) (string, bool)
}

// NewLoader reads the process environment and searches the folders of
// AEB_CONFIG_PATH, then ./configs.
func NewLoader() Loader {
	l := Loader{LookupEnv: os.LookupEnv}
	for _, dir := range filepath.SplitList(os.Getenv(SearchVariable)) {
		if dir != "" {
			l.Roots = append(l.Roots, Dir(dir))
		}
	}
	l.Roots = append(l.Roots, Dir("configs"))
	return l
}

// LoadRun composes, checks and returns the run config at path, with the overrides
// on top. An empty path means the defaults. Every problem comes back at once, as
// an *[Error]; a config of several scenarios is one: [LoadRuns] takes it.
func LoadRun(path string, overrides ...string) (Run, error) {
	return NewLoader().LoadRun(path, overrides...)
}

// LoadInto is [LoadRun] for any struct with yaml tags, which holds the defaults. It
// does not call the struct's Validate.
func LoadInto(path string, into any, overrides ...string) error {
	return NewLoader().LoadInto(path, into, overrides...)
}

// LoadRun is the method form of the function LoadRun.
func (l Loader) LoadRun(path string, overrides ...string) (Run, error) {
	run, _, err := l.variant(path, noScenario, overrides)
	return run, err
}

// LoadInto is the method form of the function LoadInto.
func (l Loader) LoadInto(path string, into any, overrides ...string) error {
	target, err := structOf(into)
	if err != nil {
		return err
	}
	c := l.composition(target)
	c.read(path, overrides)
	c.finish(target)
	return c.err()
}

func structOf(into any) (reflect.Value, error) {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return reflect.Value{}, fmt.Errorf("load config into %T: want a pointer to a struct", into)
	}
	return v.Elem(), nil
}

// composition is one load under way.
type composition struct {
	composer
	typ reflect.Type
	// scenario is the entry of the scenarios list that is wanted, and picked what
	// was found of it.
	scenario int
	picked   picked
}

func (l Loader) composition(target reflect.Value) *composition {
	env := l.LookupEnv
	if env == nil {
		env = func(string) (string, bool) { return "", false }
	}
	return &composition{
		composer: composer{roots: l.Roots, env: env, tree: encode(target), chosen: map[string]*choice{}},
		typ:      target.Type(),
	}
}

// read composes the file and applies the overrides.
func (c *composition) read(path string, texts []string) {
	overrides := make([]override, 0, len(texts))
	for _, text := range texts {
		o, err := parseOverride(text)
		if err != nil {
			c.fail(err)
			continue
		}
		overrides = append(overrides, o)
	}
	var s *source
	if path != "" {
		var err error
		if s, c.roots, err = primary(c.roots, path); err != nil {
			c.unreadable(err)
			return
		}
	}
	var scenarios *override
	values := slices.DeleteFunc(overrides, func(o override) bool {
		if o.key == scenariosKey && c.typ == reflect.TypeFor[Run]() {
			scenarios = &o
			return true
		}
		return c.pickGroup(o)
	})
	if s != nil {
		c.compose(s, "")
	}
	c.addGroups()
	c.overlay(scenarios)
	for _, o := range values {
		c.apply(o)
	}
}

// pickGroup takes an override such as backend=vllm, which names an option of a
// config group: a section cannot be anything else. ~backend drops the group.
func (c *composition) pickGroup(o override) bool {
	t := typeAt(c.typ, o.path())
	if !strings.Contains(o.key, "/") && (t == nil || !isSection(t)) {
		return false
	}
	group := strings.ReplaceAll(o.key, ".", "/")
	names, ok := o.names()
	if !ok {
		return false
	}
	c.chosen[group] = &choice{options: names, at: o.origin()}
	return true
}

// addGroups composes the groups that were picked and that no defaults list has.
func (c *composition) addGroups() {
	groups := make([]string, 0, len(c.chosen))
	for group := range c.chosen {
		groups = append(groups, group)
	}
	slices.Sort(groups)
	for _, group := range groups {
		picked := c.chosen[group]
		if picked.used {
			continue
		}
		if picked.must {
			c.add(picked.at, "defaults", "override %s: no defaults list has that group", group)
			continue
		}
		c.include(entry{at: picked.at, group: group, options: picked.options}, "")
	}
}

func (c *composition) apply(o override) {
	path := o.path()
	parent, key := path[:len(path)-1], path[len(path)-1]
	if typeAt(c.typ, path) == nil {
		section, base := c.typ, ""
		for i := range path {
			t := typeAt(c.typ, path[:i])
			if t == nil || !isSection(t) {
				break
			}
			if typeAt(c.typ, path[:i+1]) == nil {
				section, base, key = t, strings.Join(path[:i], "."), path[i]
				break
			}
		}
		c.add(o.origin(), joinPath(base, key), "unknown key; %s", suggest(c.typ, section, base, key))
		return
	}
	present := c.tree.find(path)
	switch o.verb {
	case remove:
		if present == nil || (o.value != nil && present.text != o.value.text) {
			c.add(o.origin(), strings.Join(path, "."), "there is no such value to take away")
			return
		}
		c.tree.find(parent).remove(key)
		return
	case add:
		if present != nil && !present.isNull() && present.at.name != "" {
			c.add(o.origin(), strings.Join(path, "."), "has a value already (%s); use %s=… or ++%s=…", present.at, o.key, o.key)
			return
		}
	}
	within := c.tree.within(parent, o.origin())
	if o.value.kind == mapNode && present != nil && present.kind == mapNode {
		within.set(key, present.merge(o.value))
		return
	}
	within.set(key, o.value)
}

// finish turns the tree into the struct. It returns false when a file could not
// be read, so that what it would have said is not missed too.
func (c *composition) finish(into reflect.Value) bool {
	if c.unread {
		return false
	}
	r := resolver{root: c.tree, env: c.env, problems: &c.problems}
	r.tree(c.tree, nil)
	d := decoder{root: c.typ}
	d.decode(c.tree, "", into)
	c.list = append(c.list, d.list...)
	return true
}

// given is where the value of a key came from; the zero origin when nobody gave
// one. An index such as methods[1] points at the list's item.
func (c *composition) given(key string) origin {
	n, at := c.tree, origin{}
	for _, part := range splitPath(key) {
		name, index, indexed := strings.Cut(part, "[")
		if n = n.find([]string{name}); n == nil {
			break
		}
		if n.kind != mapNode || !n.section {
			at = n.at
		}
		if i, err := strconv.Atoi(strings.TrimSuffix(index, "]")); indexed && err == nil && n.kind == listNode && i < len(n.items) {
			n = n.items[i]
			at = n.at
		}
	}
	return at
}

// locate takes over the problems that a Validate found, adding to each where its
// value came from. A key that has a problem already is not reported again.
func (c *composition) locate(err error) {
	var e *Error
	if !errors.As(err, &e) {
		return
	}
	before := c.list
	for _, p := range e.Problems {
		if slices.ContainsFunc(before, func(b Problem) bool { return b.Path == p.Path || strings.HasPrefix(b.Path, p.Path+"[") }) {
			continue
		}
		if p.Where == "" {
			p.Where = c.given(p.Path).String()
		}
		c.list = append(c.list, p)
	}
}

func indexPath(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }
