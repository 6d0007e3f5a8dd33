// Package bustest is the contract that every broker under pkg/bus passes, one file
// for each promise.
//
// A driver's test calls [Run] with a function that starts a fresh broker, and with
// the [Features] that the broker offers beyond the contract. What a broker does
// not offer is not tested; nothing else is skipped.
package bustest
