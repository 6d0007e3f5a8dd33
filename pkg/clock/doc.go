// Package clock reads wall and monotonic time together and says whose time it is.
//
// It promises that a [event.Stamp] holds both clocks of one host read back to
// back, and that stamps of one boot can be subtracted by their monotonic part.
// Everything that takes the time takes a [Clock], so tests can hold it.
//
// It does not correct clocks: offsets between hosts are estimated as events and
// applied where the streams are joined.
package clock
