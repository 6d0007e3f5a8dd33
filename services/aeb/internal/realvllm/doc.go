// Package realvllm drives vLLM itself through the pipeline, from a config to the
// CSV, and holds the record against what the server says of itself.
//
// It has tests only, behind the build tag realvllm: they need the server that
// deploy/real/wire.sh starts and ends, with a model so small that a CPU serves it.
// They promise nothing about other servers, other versions or energy.
package realvllm
