// Package usage reads how busy a host's processors are and how much of its memory is
// in use, once a second, whoever measures the power of either.
//
// It promises gauges of the host as a whole, beside the readings of one device: a mean
// over readings is the mean over time, fractions of a percent included. What the
// kernel does not tell is not said. It does not tell one process, container or
// processor from another.
package usage
