// Package realtransformers drives transformers serve itself through the pipeline, from
// a config of type pytorch to the CSV, with the aeb command that starts and ends it.
//
// It has tests only, behind the build tag realtransformers: they need the packages and
// the model, so small that a CPU serves it, that deploy/real/transformers brings. They
// promise nothing about other versions or energy.
package realtransformers
