// Package device is the seam between the sampling loop and whatever can say how
// much power is drawn: NVML, a simulator, RAPL, a model.
//
// It promises that a [Source] which cannot read says so in its [Reading]: a
// value that was not measured is event.Missing with a flag and a reason, never a
// zero and never the value before.
//
// It does not know time or batches: the loop in tick decides when to read, and
// batch collects what is read.
package device
