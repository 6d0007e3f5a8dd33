// Package batch packs readings into host-seconds: one event per second with a
// column per quantity and device, which costs a sixth to a twelfth of the bytes
// of an event per reading.
//
// It promises that a value which was not read is missing and never zero, that
// times within a device are in order, and that a device without readings leaves
// a power.gap behind, with the reason that the sensor gave.
//
// Gauges (utilisation, temperature and so on) are read far less often than
// power. They stand in a second entry of the same device, whose rows have no
// power and no energy: as columns beside the power they would be nearly all
// nulls.
package batch
