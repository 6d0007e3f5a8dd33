// Package config composes run configs the way Hydra does and rejects what it
// does not know.
//
// It promises: defaults lists and groups compose in order, ${oc.env:VAR,default}
// and ${VAR:-default} are expanded, key=value overrides win, an unknown key is
// an error with its path and the nearest known key, every problem is reported at
// once with file and line, and secrets never reach the effective config that is
// published, nor a message.
//
// It does not act on a config, and knows no service: a service's own settings
// are loaded into the struct that the service declares ([LoadService]).
//
// # How a config becomes a struct
//
// The struct's defaults are the bottom of a tree. Files are merged over it in
// the order of their defaults lists, then overrides, then environment variables
// of a service; each value remembers where it came from. Then ${…} is replaced,
// and only then is the tree decoded, so that type errors can name the line that
// caused them. YAML is read by goccy/go-yaml for its positions; its own strict
// decoder stops at the first unknown field, so the decoder here is ours.
package config
