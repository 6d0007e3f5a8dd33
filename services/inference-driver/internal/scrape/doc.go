// Package scrape reads the metrics that an inference server offers about itself
// and reduces them to what explains a run.
//
// It promises that what a server does not offer is absent and not zero, under
// vLLM's names old and new. It reads the Prometheus text format and no other.
package scrape
