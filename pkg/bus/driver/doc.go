// Package driver is what a broker must offer to carry the bus: a few verbs over
// stored messages, with [nats.Msg] as the plain shape of one (subject, headers,
// payload).
//
// It holds interfaces only. pkg/bus has the behaviour that is the same for every
// broker (numbering, retries, dead letters), natsbus and membus implement these
// interfaces, and bustest holds both to one contract.
package driver
