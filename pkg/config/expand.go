package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Variant is one of the runs that a config and its overrides stand for.
type Variant struct {
	// Label tells the run from its siblings, such as "short, load.concurrency=8".
	// It is empty when there is none to be told from, and never holds a secret.
	Label string
	// Swept are the same things by key: what was swept, and under "scenarios" the
	// name of the entry.
	Swept map[string]string
	Run   Run
}

// LoadRuns is [Loader.LoadRuns] with [NewLoader].
func LoadRuns(path string, sweep bool, overrides ...string) ([]Variant, error) {
	return NewLoader().LoadRuns(path, sweep, overrides...)
}

// LoadRuns composes every run that the config at path stands for: one for each
// entry of its scenarios list, and with sweep one for each combination of the
// overrides' key=a,b and key=range(…) too, as [Sweep] orders them. All are checked
// before any is returned, and every problem comes back at once, as an *[Error].
func (l Loader) LoadRuns(path string, sweep bool, overrides ...string) ([]Variant, error) {
	lists := [][]string{overrides}
	if sweep {
		var err error
		if lists, err = Sweep(overrides...); err != nil {
			return nil, err
		}
	}
	var out []Variant
	var wrong problems
	for _, list := range lists {
		for at, count := 0, 1; at < count; at++ {
			run, picked, err := l.variant(path, at, list)
			wrong.once(err)
			if count = max(1, picked.of); count*len(lists) > maxSweep {
				return nil, &Error{[]Problem{{Path: scenariosKey, Text: fmt.Sprintf("the sweep has more than %d runs", maxSweep)}}}
			}
			differ := varying(lists, list)
			out = append(out, Variant{Label: label(picked.name, differ), Swept: swept(picked.name, differ), Run: run})
		}
	}
	return out, wrong.err()
}

// variant loads the run of one entry of the scenarios list; the first one stands
// for a config without such a list.
func (l Loader) variant(path string, at int, overrides []string) (Run, picked, error) {
	run := Default()
	c := l.composition(reflect.ValueOf(&run).Elem())
	c.scenario = at
	c.read(path, overrides)
	if c.finish(reflect.ValueOf(&run).Elem()) {
		run.settle(func(key string) bool { return c.given(key) != origin{} })
		if c.picked.name != "" {
			run.Name += "-" + c.picked.name
		}
		c.locate(run.Validate())
	}
	return run, c.picked, c.err()
}

// once takes over the problems that are not known yet: those of what all variants
// share come with each of them.
func (p *problems) once(err error) {
	e, ok := err.(*Error) //nolint:errorlint // err returns it bare
	if !ok {
		return
	}
	for _, problem := range e.Problems {
		if !slices.Contains(p.list, problem) {
			p.list = append(p.list, problem)
		}
	}
}

// varying are the overrides of a list that are not the same in all lists.
func varying(lists [][]string, list []string) []string {
	var out []string
	for i, override := range list {
		key, _, _ := strings.Cut(override, "=")
		key = strings.TrimLeft(key, "+")
		if key == scenariosKey {
			continue // its name is in the label already
		}
		for _, other := range lists {
			if other[i] == override {
				continue
			}
			if typeAt(reflect.TypeFor[Run](), splitPath(key)) == secretType {
				override = key + "=" + Secret("set").String()
			}
			out = append(out, strings.TrimLeft(override, "+"))
			break
		}
	}
	return out
}

// swept is what label says, by key.
func swept(scenario string, overrides []string) map[string]string {
	if scenario == "" && len(overrides) == 0 {
		return nil
	}
	out := map[string]string{}
	if scenario != "" {
		out[scenariosKey] = scenario
	}
	for _, override := range overrides {
		key, value, _ := strings.Cut(override, "=")
		out[key] = value
	}
	return out
}

func label(scenario string, overrides []string) string {
	if scenario != "" {
		overrides = append([]string{scenario}, overrides...)
	}
	return strings.Join(overrides, ", ")
}
