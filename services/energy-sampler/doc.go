// Package energysampler measures the power of one host while a run is on: its
// NVIDIA GPUs through NVML, its processor and memory through RAPL or by a
// model, or the simulator's GPUs.
//
// It promises one host-second per event with every device and tick in it, at
// 1 Hz to 1 kHz; that each device says which sensor was read and why; that what
// is modelled says so; and that what could not be measured is a flag or a gap on
// the stream, never a zero and never a silence. A broker that is away is waited
// for in a bounded spool on disk.
//
// It does not attribute energy to requests and does not price it: the reporter
// does.
package energysampler
