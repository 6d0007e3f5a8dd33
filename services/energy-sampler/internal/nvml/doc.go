// Package nvml reads NVIDIA GPUs through the driver's management library.
//
// It promises that the library is loaded at run time and only then: a machine
// without a driver gets [ErrNoDriver] in words and no crash, and a driver too
// old for a call is told apart from a device that does not support it. For each
// device it chooses the best power reading and the best energy counter, says
// which and why, and uses the time that the driver stamped on the value. A
// counter that goes backwards or stands still, a device that is lost and a
// figure that is not offered are flags on the readings, never zeros.
//
// It does not attribute, integrate or correct: a one-second average is
// published as such with its window. This is the only package that imports
// go-nvml.
package nvml
