// Package recordtest makes the record of a small run for tests: two drivers, two
// accelerators and a modelled CPU on one host, with every way an attempt can end.
//
// It promises the same events every time. Nothing of it is used outside tests.
package recordtest
