// Package nvmltest is a fake libnvidia-ml.so.1 for tests: our own C source,
// compiled with cc, whose GPUs draw what a script says and whose energy counters
// are the exact integral of it.
//
// It promises that what the library answers and what [Script.EnergyMJ] computes
// are the same physics, so that a sampler can be held against the truth through
// the real binding. A process that has loaded the library keeps it, so all tests
// of a process use one file; each opening of the library reads the script anew.
//
// It does not imitate a driver's timing unless the script asks for a latency.
package nvmltest
