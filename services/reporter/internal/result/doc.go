// Package result computes a run's result from its collected record: attributed
// energy per attempt and method, the rows of requests.csv, and the summary.
//
// It promises a pure function: the same record and options give the same result,
// bit for bit, in a live run, in a recovery and in a replay. It writes nothing.
package result
