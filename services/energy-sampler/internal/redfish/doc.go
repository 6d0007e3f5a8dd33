// Package redfish reads the power of a whole node from its management controller
// (BMC), over HTTPS, by DMTF's Redfish: EnvironmentMetrics of a chassis, or where a
// chassis has none the older Power.
//
// It promises that a controller which refuses, is away or answers nonsense makes a gap
// with the reason and never a figure; that what the controller has no reading of is not
// a zero; and that the password and the session's token go to the configured controller
// alone, over TLS, and stand in no error. A controller that refuses the account is left
// alone for a while, since some lock it after a few tries.
//
// It does not keep time: a request takes from milliseconds to seconds, so package paced
// calls it beside the sampling loop. What the figure is a mean of, and how old, the
// controller does not say.
package redfish
