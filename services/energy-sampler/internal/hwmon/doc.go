// Package hwmon reads power and energy sensors that the kernel's hardware monitoring
// interface exposes under /sys/class/hwmon: socket counters of a processor, the ACPI
// power meter, power supplies.
//
// It promises that what a sensor is of is what the config says, processor or node, and
// nothing that a chip's name suggests; that of an energy counter and a power reading of
// one channel the counter is taken, so that nothing is there twice; and that a sensor
// which may not be read is an error that says so and what to do. Sensors of accelerators
// are refused: they belong to neither.
//
// It does not know which sensors make up a whole. Patterns that name a socket and its
// cores, or a supply and what it feeds, add up to more than there is.
package hwmon
