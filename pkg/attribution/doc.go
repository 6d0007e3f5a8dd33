// Package attribution splits the measured energy of shared devices over the
// requests that they served. It is the core of the product, and pure: it imports
// the standard library and pkg/event only, does no I/O, and reads no clock.
//
// It promises, each as a property test:
//   - Conservation: per device, Σ requests + idle + unattributed + gap =
//     measured, to 1e-9 relative.
//   - Order independence: duplicates, reordering and other splits of the input
//     give the same result, bit for bit.
//   - A request outside the measured time gets nothing, and says so by its
//     coverage; k times the power gives k times the energy.
//   - Nothing is silently zero: what is not known is absent, and flagged.
//
// It does not choose sensors, correct clocks or know carbon: times arrive in one
// clock, devices with their sources described.
//
// # How it works
//
// Between two neighbouring event times the set of requests in flight and their
// weights are constant, so each request's share of the power is constant too,
// and its energy is a difference of two running integrals ∫ P·dt / W where W is
// the sum of weights. One merge of the sorted samples with the sorted starts,
// first tokens and ends therefore gives every request its energy in one pass:
// O(S + R log R), never samples × concurrency. One method, fitted/v1, needs the
// whole run before it can split it, and keeps a tape of it.
//
// README.md has the methods, the intervals, how accurate each is against
// simulated physics, how fast, and why it is built so.
package attribution
