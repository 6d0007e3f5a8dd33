// Package membus carries the bus within one process, in memory: for tests of
// services, under testing/synctest too, since it only waits on channels and timers.
//
// It promises what pkg/bus/bustest asks of every broker: shared work, redelivery,
// dead letters, replay, compare-and-swap with a time to live, duplicates dropped.
// It does not outlive the process, does not enforce size limits of streams, and
// does not copy what a reader gets: treat events as read-only.
package membus
