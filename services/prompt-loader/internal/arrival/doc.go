// Package arrival decides when the requests of an open loop are due.
//
// An arrival process is a clock that ticks once per request on average, evenly or
// by chance ([gaps]), bent by how the rate changes over time ([profile]); or it
// is a trace. It promises a schedule that depends on its config and seed only, as
// offsets from the start of the load. It does not wait: the loading loop does.
package arrival
