// Package own measures the process that it runs in: its CPU, how long its
// goroutines wait for a thread, and its pauses, so that a reader of a run can tell
// whether the driver kept up.
//
// It promises that reading costs microseconds and stops nothing. It measures the
// whole process, and cannot tell what else runs in it.
package own
