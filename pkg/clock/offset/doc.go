// Package offset estimates how far the wall clock of one host is ahead of
// another's, by round trips, and says how sure it is.
//
// The reference answers ([Answer]); every other host asks ([Probe], [Track]). Each
// round trip has four timestamps and bounds the offset from both sides whatever
// the delays are: the midpoint is the estimate, half the round trip its error, and
// the quickest of a burst is kept. [Model] joins the estimates of a run: straight
// lines between them, with an error that grows away from them by [DriftPPM].
//
// It promises that the true offset lies within the error of the estimate for any
// split of the delay over both ways, as long as the two clocks drift apart by no
// more than DriftPPM. An estimate has both monotonic clocks too: a wall clock that is
// set between two of them is seen there, and whoever goes by the monotonic clocks is
// not misled. It does not set clocks and does not know the broker.
package offset
