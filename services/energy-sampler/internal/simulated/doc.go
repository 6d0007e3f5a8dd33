// Package simulated reads GPUs that do not exist: those of the simulator, over
// HTTP, through the same seam as real ones.
//
// It promises that every device says it is simulated, and that a simulator which
// does not answer is an error at the start and a failed reading afterwards. It
// has no physics of its own; those are pkg/simulate's.
package simulated
