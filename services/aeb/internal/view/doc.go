// Package view turns a run's progress and result into text for a person: a live
// line in a terminal, plain lines in a pipe, and the summary at the end.
//
// It promises that no figure appears without its unit, that what is modelled,
// simulated or missing says so, and that it computes nothing: every number comes
// from the summary as the reporter wrote it.
package view
