// Package configs embeds the run configs and groups of this folder, so that a
// binary finds them wherever it is started.
//
// It holds files only; pkg/config composes them.
package configs

import "embed"

// FS is this folder.
//
//go:embed *.yaml backend load metrics reporter scenario
var FS embed.FS
