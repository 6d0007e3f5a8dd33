// Package config composes run configs the way Hydra does and rejects what it
// does not know.
//
// It promises: defaults lists and groups compose in order, ${oc.env:VAR,default}
// and ${VAR:-default} are expanded, key=value overrides win, an unknown key is
// an error with its path and the nearest known key, every problem is reported at
// once with file and line, and secrets never reach the effective config that is
// published.
//
// It does not act on a config, and knows no service: a service's own settings
// are loaded into the struct that the service declares.
package config
