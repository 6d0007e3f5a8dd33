package config

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// scenariosKey is the list of a config's scenarios. Like defaults it is no key of
// Run: it says which runs the config stands for, and each of them is a whole Run.
const scenariosKey = "scenarios"

// noScenario asks for the one run of a config without scenarios.
const noScenario = -1

// scenarioName is what may stand in the name of a run and in an override.
var scenarioName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)

// picked is the entry of the scenarios list that a composition took.
type picked struct {
	name string
	// of is how many entries there are.
	of int
}

// overlay takes the scenarios out of the tree and puts the one that is asked for
// over the rest, below the command line.
func (c *composition) overlay(names *override) {
	list := c.tree.fields[scenariosKey]
	if c.typ != reflect.TypeFor[Run]() || list == nil && names == nil {
		return
	}
	c.tree.remove(scenariosKey)
	entries := c.choosing(c.entriesOf(list), names)
	if len(entries) == 0 {
		return
	}
	c.picked.of = len(entries)
	if c.scenario == noScenario {
		c.add(list.at, scenariosKey, "the config stands for %d runs, where one is wanted; take one with scenarios=%s", len(entries), entries[0].name)
		return
	}
	if c.scenario >= len(entries) {
		return
	}
	chosen := entries[c.scenario]
	c.picked.name = chosen.name
	chosen.body.at = origin{}
	c.tree.merge(chosen.body)
}

type scenarioEntry struct {
	name string
	body *node
}

// entriesOf reads the list: mappings with a name each, and any key of a run.
func (c *composition) entriesOf(list *node) []scenarioEntry {
	if list == nil || list.isNull() {
		return nil
	}
	if list.kind != listNode {
		c.add(list.at, scenariosKey, "wants a list of mappings with a name each, got %s", list.what())
		return nil
	}
	var out []scenarioEntry
	for i, item := range list.items {
		path := indexPath(scenariosKey, i)
		if item.kind != mapNode {
			c.add(item.at, path, "wants a mapping with a name and the keys that differ, got %s", item.what())
			continue
		}
		body := item.clone()
		name := body.fields["name"]
		body.remove("name")
		switch {
		case name == nil:
			c.add(item.at, path+".name", "missing")
		case name.kind != scalarNode || !scenarioName.MatchString(name.text):
			c.add(name.at, path+".name", "wants letters, digits, '.', '_' and '-', got %s", name.what())
		case slices.ContainsFunc(out, func(e scenarioEntry) bool { return e.name == name.text }):
			c.add(name.at, path+".name", "there are two scenarios of the name %s", name.text)
		default:
			out = append(out, scenarioEntry{name.text, body})
		}
	}
	return out
}

// choosing keeps the entries that scenarios=NAME or scenarios=[NAME,…] names, in
// the order of the list; ~scenarios drops all.
func (c *composition) choosing(entries []scenarioEntry, names *override) []scenarioEntry {
	if names == nil {
		return entries
	}
	wanted, ok := names.names()
	if !ok {
		c.add(names.origin(), scenariosKey, "wants names of the config's scenarios")
	}
	known := make([]string, len(entries))
	for i, e := range entries {
		known[i] = e.name
	}
	for _, name := range wanted {
		if !slices.Contains(known, name) {
			c.add(names.origin(), scenariosKey, "there is no scenario %s; there are: %s", quoted(name), strings.Join(known, ", "))
		}
	}
	return slices.DeleteFunc(entries, func(e scenarioEntry) bool { return !slices.Contains(wanted, e.name) })
}
