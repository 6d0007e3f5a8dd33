// Package simulate is one program: a server that speaks like vLLM and batches
// continuously, GPUs whose power follows that batch, and a ledger of the true
// energy of every request. Demo and tests compare what the pipeline attributes
// with what this package knows.
//
// It promises that energy is an exact integral of a piecewise constant power, and
// that the ledger's accounts add up to it: per-request energies plus idle equal
// the integral over the devices. The sensors show that power the way real ones do:
// a counter that moves in steps, an averaged reading, gain, noise, faults.
//
// It does not compute with a model, and its physics is a small one of its own
// (README.md has the formulas), not that of any device sold. Every device it
// describes says that it is simulated.
package simulate
