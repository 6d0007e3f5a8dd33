// Package sink writes a result's files: requests.csv, summary.json, power.csv,
// the appended row with the seed's columns, and CodeCarbon's emissions.csv.
//
// It promises that a file is there whole or not at all, that numbers read back
// to the same bits, that what is missing is an empty field, and that an existing
// file whose header is another one is kept under another name. A run that is
// reported again replaces its row in the files that collect runs.
package sink
