// Package sampling is the energy-sampler's part in a run: it waits for runs that
// measure energy, claims the host, describes it, measures it idle, samples it
// under load and a while after, and closes.
//
// It promises that two runs never measure one host at once, that the loop which
// reads sensors never waits for the broker, that what could not be measured is
// on the stream as a gap with its reason, and that a run which cannot be
// measured at all fails with the class "sampler" instead of going on silently.
//
// It does not know sensors (device and its sources) nor what energy is
// attributed to (the reporter).
package sampling
