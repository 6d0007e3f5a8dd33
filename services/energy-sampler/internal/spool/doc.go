// Package spool is the queue between the sampling loop and the broker: a few
// events in memory, the rest in a folder, all of it bounded.
//
// It promises that Put never waits for the broker; that events come out in the
// order in which they went in, also after the process was killed; and that
// nothing disappears silently: when the bound is reached the oldest events make
// room, and a power.gap that covers exactly their time comes out in their place.
//
// It is no journal: an event leaves the queue when the publisher has taken it,
// and the few that are in memory are lost with the process. Event ids and counts
// show that, as they show every loss.
package spool
