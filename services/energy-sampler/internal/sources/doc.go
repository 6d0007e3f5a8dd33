// Package sources puts together what a host measures for one run: its GPUs, its
// processor, its memory.
//
// It promises that a measurement is preferred to a model, that a model is chosen
// only when the config allows it and says so, that simulated GPUs are used only
// when the config names them, that whatever is left out is a note in the
// description with the reason, and that a host which measures its processor or its
// memory says how busy it is.
//
// It does not read; the sampling loop does.
package sources
