// Package parity holds the sampler's figures beside those of CodeCarbon, run at
// the same time on the same machine and the same fake GPUs.
//
// It promises nothing to other packages and has no code of its own: its test
// needs a Python with codecarbon 3.3.0, so it is built with the tag codecarbon
// only, and `go tool task real:codecarbon` brings both.
package parity
