// Package cli is the command line: it parses, calls package aeb, and prints.
//
// It promises the exit codes of the README (0 done, 1 internal, 2 usage or
// config, 3 a dependency, 4 run failed, 5 result incomplete), results on
// standard output and everything else on standard error. It decides nothing
// about measuring.
package cli
