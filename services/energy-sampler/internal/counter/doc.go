// Package counter follows an energy counter of the kernel, in microjoules, from one
// reading to the next.
//
// It promises a total that goes on over the wraps of a counter whose range is known,
// power as the difference of two readings, and a flag where the counter was reset:
// what was drawn across a reset is missing then, and nothing is made up for it.
package counter
