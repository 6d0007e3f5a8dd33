// Package subject is the only place where a JetStream subject is built or
// parsed: aeb.v1.run.<run>.<kind>.<token>.
//
// It promises that [Subject.String] and [Parse] are inverse to each other and
// that no subject carries a request id: subjects are indexed by the broker, so
// their number stays small whatever the load. It does not know streams;
// pkg/stream says which subjects a stream holds.
package subject
