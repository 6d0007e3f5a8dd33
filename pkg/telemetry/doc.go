// Package telemetry sets up what a service says about itself: structured logs
// and Prometheus metrics.
//
// It promises JSON or text lines by slog with the service and instance on every
// line, and a registry that holds this process's metrics and nothing global.
// It does not decide what is logged: an error is logged once, where it is
// handled.
package telemetry
