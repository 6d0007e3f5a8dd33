// Package transformers starts a `transformers serve` for one model, and ends it.
//
// It promises that a server which Start returned answers and has its model loaded, and
// that nothing of it is left after Stop, nor on Linux when this process dies. Which
// program runs is the caller's to say and never the run config's: configs are events.
package transformers
