// Package reporter turns what a run's services published into its result: it
// seals the run, splits the measured energy over the requests, prices it, and
// writes ClickHouse, CSV and JSON.
//
// It promises one code path: a live run, a run taken over from a killed replica
// and a replay all read the stored streams, join them, and write the same bytes.
// What is missing is counted and stands on the result; nothing is made up.
//
// It does not measure, and it keeps nothing that the streams do not hold: every
// output can be deleted and computed again.
package reporter
