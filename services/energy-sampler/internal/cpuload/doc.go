// Package cpuload models processor power from its thermal design power and its
// load, for hosts whose energy counters cannot be read.
//
// It promises that the figure is marked as modelled and that the description
// says which row of the table, or which assumption, it rests on. It does not
// claim to follow a real processor: clock, voltage and vector width are not in
// the model.
package cpuload
