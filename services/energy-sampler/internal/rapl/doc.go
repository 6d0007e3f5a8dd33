// Package rapl reads the energy counters that the kernel's powercap interface
// exposes for processors and memory.
//
// It promises one device for each zone that counts energy of its own: a package
// or die and its memory, or else the platform. Zones that stand inside
// another (cores, graphics) are left out, of two interfaces to one counter one is
// read, and a counter that wraps goes on. Counters that only root may read are
// an error that says so and what to do.
//
// It does not model: where it returns device.ErrNone another source may.
package rapl
