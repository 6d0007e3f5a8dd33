// Package accuracy holds attribution against the truth. It simulates a server
// with continuous batching on a device with known physics, reads that device
// through sensors with known faults, and compares what the engine gives each
// request, and what people use today would give it, with what the request
// really drew.
//
// It is a benchmark of errors, not of speed, and nothing in the product imports
// it. The table in ../README.md is made by
//
//	go test ./attribution/accuracy -run TestTable -update
package accuracy
