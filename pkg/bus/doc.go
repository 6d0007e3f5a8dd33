// Package bus moves events: it publishes them under ids that make a retry
// harmless, shares work between replicas, replays what is stored, and keeps
// small state with compare-and-swap.
//
// It promises:
//   - Publish is at least once and an event is stored once: a retry keeps its id
//     within the broker's duplicate window.
//   - A producer's events of a run carry gapless sequence numbers, and CloseRun
//     says how many there were, so that a reader can prove it has all of them.
//   - A worker never holds more than it asked for; what it does not acknowledge
//     comes back with a higher attempt.
//   - What cannot be decoded goes to the dead letters at once, with payload and
//     reason, and is never handed to a service.
//
// It does not know what events mean. Drivers for real brokers live in
// natsbus, the in-memory one in membus; bustest holds the contract that both
// pass.
package bus
