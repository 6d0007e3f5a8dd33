// Package compare sets the results of runs side by side: the config keys in which
// they differ, and each figure with its interval, its ratio to the first run, and
// whether the two can be told apart.
//
// It promises that every figure is the reporter's own, that a missing one stays
// missing, and that a difference is called distinguishable only when the intervals
// do not touch. An interval covers what is known to be uncertain: which requests
// happened to be made (95 %), and for energy the bounds of each request's share. It
// does not cover what changes between two days, such as another driver or a warmer
// room.
package compare
