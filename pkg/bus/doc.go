// Package bus moves events: it publishes them under ids that make a retry
// harmless, shares work between replicas, replays what is stored, and keeps
// small state with compare-and-swap.
//
// A bus comes from a driver: natsbus.Connect(ctx, bus.Options) reaches a NATS
// server, membus.New() is one within the process for tests. natsbus.Ensure
// declares the streams once; nothing here creates them.
//
//	b, err := natsbus.Connect(ctx, bus.Options{URL: "nats://127.0.0.1:4222"})
//	p := b.NewPublisher(event.Producer{Service: "reporter", Instance: "r1"}, clock.System(""))
//	err = p.Publish(ctx, run, &event.RunDrained{AtNS: now})
//	err = p.CloseRun(ctx, run)
//	for record, err := range b.Replay(ctx, run) { … }
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
// It does not know what events mean. Package driver says what a broker must
// offer; bustest holds the contract that natsbus and membus both pass.
package bus
