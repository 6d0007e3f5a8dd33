package hub

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// repository lists a revision's own data files, and sorts them into configs and
// splits: by the dataset's card where that says, else by their names.
func (c Client) repository(ctx context.Context, q Query) (listing, error) {
	to, err := c.at(append(apiPath(q.Dataset), "revision", q.Revision)...)
	if err != nil {
		return listing{}, err
	}
	var info struct {
		SHA   string `json:"sha"`
		Files []struct {
			Name string `json:"rfilename"`
		} `json:"siblings"`
		Card struct {
			Configs []cardConfig `json:"configs"`
		} `json:"cardData"`
	}
	if err := c.getJSON(ctx, to, &info); err != nil {
		return listing{}, err
	}
	var names []string
	for _, f := range info.Files {
		if slices.Contains(q.Endings, ending(f.Name)) && !strings.HasPrefix(path.Base(f.Name), ".") {
			names = append(names, f.Name)
		}
	}
	all := sorted(names, info.Card.Configs)
	all.Commit = info.SHA
	commit := cmp.Or(info.SHA, q.Revision)
	for _, splits := range all.Configs {
		for split, files := range splits {
			for i, f := range files {
				segments := append([]string{"datasets"}, strings.Split(q.Dataset, "/")...)
				segments = append(segments, "resolve", commit)
				at, err := c.at(append(segments, strings.Split(f.Name, "/")...)...)
				if err != nil {
					return listing{}, err
				}
				splits[split][i] = File{at.String(), q.Dataset, f.Name}
			}
		}
	}
	return all, nil
}

// cardConfig is an entry of configs: in a dataset card.
type cardConfig struct {
	Name    string    `json:"config_name"`
	Default bool      `json:"default"`
	Files   dataFiles `json:"data_files"`
}

// dataFiles are glob patterns by split. The card may write one pattern, a list,
// or {split, path} pairs.
type dataFiles map[string][]string

func (d *dataFiles) UnmarshalJSON(raw []byte) error {
	*d = dataFiles{}
	var one string
	if json.Unmarshal(raw, &one) == nil {
		(*d)["train"] = []string{one}
		return nil
	}
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		return nil // a form of which the file names must tell
	}
	for _, item := range items {
		var pair struct {
			Split string          `json:"split"`
			Path  json.RawMessage `json:"path"`
		}
		var paths []string
		switch {
		case json.Unmarshal(item, &one) == nil:
			pair.Split, paths = "train", []string{one}
		case json.Unmarshal(item, &pair) != nil:
			continue
		case json.Unmarshal(pair.Path, &one) == nil:
			paths = []string{one}
		default:
			_ = json.Unmarshal(pair.Path, &paths)
		}
		(*d)[pair.Split] = append((*d)[pair.Split], paths...)
	}
	return nil
}

// sorted puts file names into configs and splits.
func sorted(names []string, card []cardConfig) listing {
	all := listing{Configs: map[string]map[string][]File{}}
	for _, config := range card {
		splits := map[string][]File{}
		for split, patterns := range config.Files {
			for _, name := range names {
				if matches(patterns, name) {
					splits[split] = append(splits[split], File{Name: name})
				}
			}
		}
		if len(splits) == 0 {
			continue
		}
		all.Configs[config.Name] = splits
		if config.Default {
			all.Default = config.Name
		}
	}
	if len(all.Configs) == 0 {
		all.guess(names)
	}
	return all
}

// convertedPath is how the hub lays out its own conversion: config, split, shard.
var convertedPath = regexp.MustCompile(`^([^/]+)/([^/]+)/\d{4,}\.parquet$`)

// guess goes by names: those of the hub's conversion when all are, else the
// split's name somewhere in the path, in files of the commonest format.
func (l *listing) guess(names []string) {
	names = commonest(names)
	if len(names) == 0 {
		return
	}
	add := func(config, split, name string) {
		if l.Configs[config] == nil {
			l.Configs[config] = map[string][]File{}
		}
		l.Configs[config][split] = append(l.Configs[config][split], File{Name: name})
	}
	if !slices.ContainsFunc(names, func(n string) bool { return !convertedPath.MatchString(n) }) {
		for _, name := range names {
			m := convertedPath.FindStringSubmatch(name)
			add(m[1], m[2], name)
		}
		return
	}
	named := slices.ContainsFunc(names, func(n string) bool { return splitOf(n) != "" })
	for _, name := range names {
		switch split := splitOf(name); {
		case !named:
			add("default", "train", name)
		case split != "":
			add("default", split, name)
		}
	}
}

// commonest keeps the files of one format: Parquet where there is any.
func commonest(names []string) []string {
	byEnding := map[string][]string{}
	for _, name := range names {
		byEnding[ending(name)] = append(byEnding[ending(name)], name)
	}
	best := "parquet"
	if len(byEnding[best]) == 0 {
		best = slices.MaxFunc(append(slices.Sorted(maps.Keys(byEnding)), ""), func(a, b string) int {
			return cmp.Compare(len(byEnding[a]), len(byEnding[b]))
		})
	}
	out := byEnding[best]
	slices.Sort(out)
	return out
}

// splitWords are the words by which datasets names a split.
var splitWords = map[string]string{
	"train": "train", "training": "train",
	"validation": "validation", "valid": "validation", "val": "validation", "dev": "validation",
	"test": "test", "testing": "test", "eval": "test", "evaluation": "test",
}

var (
	wordPattern  = regexp.MustCompile(`[A-Za-z]+`)
	shardPattern = regexp.MustCompile(`^(.+)-\d{5}-of-\d{5}\.`)
)

// splitOf is the split that a path names; "" when it names none.
func splitOf(name string) string {
	if m := shardPattern.FindStringSubmatch(path.Base(name)); m != nil {
		return m[1]
	}
	for _, word := range wordPattern.FindAllString(strings.ToLower(name), -1) {
		if split := splitWords[word]; split != "" {
			return split
		}
	}
	return ""
}

func ending(name string) string { return strings.TrimPrefix(strings.ToLower(path.Ext(name)), ".") }

// matches reports whether a name fits one of the patterns, in which * stays
// within a folder and ** does not.
func matches(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		quoted := regexp.QuoteMeta(strings.TrimPrefix(pattern, "./"))
		quoted = strings.NewReplacer(`\*\*/`, `(?:.*/)?`, `\*\*`, `.*`, `\*`, `[^/]*`, `\?`, `[^/]`).Replace(quoted)
		fits, err := regexp.MatchString("^"+quoted+"$", name)
		return err == nil && fits
	})
}
