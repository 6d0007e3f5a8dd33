// Package report draws a run's result as one HTML page that needs nothing else: no
// script, no font, no network. It is light or dark as the reader's system is, and
// prints.
//
// It promises the same bytes for the same record and result. It computes no figure
// of its own: what it shows is in the summary, the rows and the readings.
package report
