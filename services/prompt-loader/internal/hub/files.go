package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Query says which files of a dataset are wanted.
type Query struct {
	// Dataset is owner/name, or name alone for the few old ones that have no
	// owner.
	Dataset string
	// Config may be empty where there is one, or one called default. Split is
	// "train" when empty.
	Config, Split string
	// Revision is a branch, tag or commit. Empty means the hub's own conversion
	// of the latest one to Parquet, and main where there is none.
	Revision string
	// Endings are those of files that can be read, without the dot.
	Endings []string
}

// File is one file of a dataset.
type File struct {
	URL string `json:"url"`
	// Dataset and Name say whose it is and what it is called there.
	Dataset string `json:"dataset"`
	Name    string `json:"name"`
}

// Files are the files of one split, in order.
type Files struct {
	Dataset, Config, Split string
	// Commit is what a revision pointed to; empty for the hub's conversion.
	Commit string
	List   []File
}

// String says where the rows come from.
func (f Files) String() string {
	s := fmt.Sprintf("hub dataset %s, config %s, split %s, %d file(s)", f.Dataset, f.Config, f.Split, len(f.List))
	if f.Commit != "" {
		return s + ", commit " + f.Commit
	}
	return s
}

// listing is what a dataset has: files by config and split.
type listing struct {
	Commit string `json:"commit,omitempty"`
	// Default names the config that the dataset's card declares to be it.
	Default string                       `json:"default,omitempty"`
	Configs map[string]map[string][]File `json:"configs"`
}

var datasetName = regexp.MustCompile(`^[A-Za-z0-9][\w.-]*(/[A-Za-z0-9_][\w.-]*)?$`)

// Files lists a split's files.
func (c Client) Files(ctx context.Context, q Query) (Files, error) {
	if !datasetName.MatchString(q.Dataset) || strings.Contains(q.Dataset, "..") {
		return Files{}, fmt.Errorf("%w: %q is neither a file nor owner/name", ErrNotFound, q.Dataset)
	}
	all, err := c.list(ctx, q)
	if err != nil {
		return Files{}, err
	}
	return all.choose(q)
}

// list asks the hub, or offline the cache, which keeps the hub's last answer.
func (c Client) list(ctx context.Context, q Query) (listing, error) {
	var all listing
	kept := c.listingPath(q)
	if c.Offline {
		err := readJSON(kept, &all)
		if err != nil {
			return all, fmt.Errorf("%w: the files of %s were never listed with hub_offline: false", ErrOffline, q.Dataset)
		}
		return all, nil
	}
	all, err := c.ask(ctx, q)
	if err != nil {
		return all, err
	}
	if len(all.Configs) == 0 {
		return all, fmt.Errorf("%w: %s has no file that can be read (%s)", ErrNotFound, q.Dataset, strings.Join(q.Endings, ", "))
	}
	return all, writeJSON(kept, all)
}

func (c Client) ask(ctx context.Context, q Query) (listing, error) {
	if q.Revision != "" {
		return c.repository(ctx, q)
	}
	all, err := c.converted(ctx, q.Dataset)
	if err == nil && len(all.Configs) > 0 {
		return all, nil
	}
	var passing *transient
	if errors.As(err, &passing) || ctx.Err() != nil {
		return all, err
	}
	// No conversion: the dataset is not there, or its owner's private ones have
	// none, or it is too new. Its own files tell.
	q.Revision = "main"
	return c.repository(ctx, q)
}

// converted lists the Parquet files that the hub itself makes of a dataset.
func (c Client) converted(ctx context.Context, dataset string) (listing, error) {
	to, err := c.at(append(apiPath(dataset), "parquet")...)
	if err != nil {
		return listing{}, err
	}
	var urls map[string]map[string][]string
	if err := c.getJSON(ctx, to, &urls); err != nil {
		return listing{}, err
	}
	all := listing{Configs: map[string]map[string][]File{}}
	for config, splits := range urls {
		all.Configs[config] = map[string][]File{}
		for split, list := range splits {
			for _, raw := range list {
				at, err := c.rebase(raw)
				if err != nil {
					return listing{}, err
				}
				name := strings.TrimPrefix(at.Path, to.Path+"/")
				all.Configs[config][split] = append(all.Configs[config][split], File{at.String(), dataset, name})
			}
		}
	}
	return all, nil
}

// rebase puts a URL that the hub's API names onto the endpoint: a mirror repeats
// those of the hub it mirrors.
func (c Client) rebase(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	if err != nil || !strings.HasPrefix(u.Path, "/api/datasets/") {
		return nil, fmt.Errorf("%w: the list of files holds something else", ErrUnavailable)
	}
	home, err := c.at()
	if err != nil {
		return nil, err
	}
	if sameOrigin(home, u) {
		return u, nil
	}
	return home.Parse(strings.TrimRight(home.EscapedPath(), "/") + u.EscapedPath())
}

// maxListBytes bounds a listing; the largest datasets have some 100,000 files.
const maxListBytes = 64 << 20

func (c Client) getJSON(ctx context.Context, to *url.URL, into any) error {
	return c.retry(ctx, func() (bool, error) {
		from := to
		for range maxRedirects {
			resp, err := c.send(ctx, "GET", from, nil)
			if err != nil {
				return false, err
			}
			onward, err := next(from, resp)
			if onward != nil || err != nil {
				resp.Body.Close()
				if err != nil {
					return false, err
				}
				from = onward // a renamed dataset
				continue
			}
			defer resp.Body.Close()
			if resp.StatusCode != 200 {
				return false, c.refusal(resp)
			}
			raw, err := io.ReadAll(io.LimitReader(resp.Body, maxListBytes))
			if err != nil {
				return false, &transient{fmt.Errorf("%w: %s: %w", ErrUnavailable, shown(to), err), 0}
			}
			if err := json.Unmarshal(raw, into); err != nil {
				return false, fmt.Errorf("%w: %s does not answer like a hub: %w", ErrUnavailable, shown(to), err)
			}
			return false, nil
		}
		return false, fmt.Errorf("%w: %s redirects without end", ErrUnavailable, shown(to))
	})
}

func apiPath(dataset string) []string {
	return append([]string{"api", "datasets"}, strings.Split(dataset, "/")...)
}

// choose picks a config and a split, and says what there is when it cannot.
func (l listing) choose(q Query) (Files, error) {
	config := q.Config
	configs := slices.Sorted(maps.Keys(l.Configs))
	switch {
	case config != "":
	case len(configs) == 1:
		config = configs[0]
	case l.Default != "":
		config = l.Default
	default:
		config = "default"
	}
	splits, ok := l.Configs[config]
	if !ok && q.Config == "" {
		return Files{}, fmt.Errorf("%w: %s has several configs: set dataset_config to one of %s", ErrNotFound, q.Dataset, strings.Join(configs, ", "))
	}
	if !ok {
		return Files{}, fmt.Errorf("%w: %s has no config %q; it has %s", ErrNotFound, q.Dataset, config, strings.Join(configs, ", "))
	}
	split := q.Split
	if split == "" {
		split = "train"
	}
	// Of what is too large the hub converts a first part, and calls it so.
	for _, name := range []string{split, "partial-" + split} {
		if list := splits[name]; len(list) > 0 {
			return Files{Dataset: q.Dataset, Config: config, Split: name, Commit: l.Commit, List: list}, nil
		}
	}
	return Files{}, fmt.Errorf("%w: %s has no split %q; it has %s", ErrNotFound, q.Dataset, split, strings.Join(slices.Sorted(maps.Keys(splits)), ", "))
}
