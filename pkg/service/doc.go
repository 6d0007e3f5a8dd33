// Package service is the chassis that every service's main uses: it loads the
// service's config, builds the fx application with logging, telemetry, the
// broker connection and health checks, runs it until a signal, and maps the way
// it ended to an exit code.
//
// # Lifecycle contract
//
// Constructors do not block, dial or start goroutines. A [Loop] starts under the
// application's root context, not the start hook's, and its stop waits for it up
// to the drain budget. Stop order is the reverse of start: readiness goes false,
// loops stop taking work and finish what they hold, publishers flush, the
// connection drains. The budgets nest: drain 20 s < stop 30 s < the container's
// 40 s grace period.
//
// It knows no service and no business; fx appears here, in module.go and in main
// only.
package service
