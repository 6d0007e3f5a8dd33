// Package joinbench holds the engine of pkg/attribution against the same join
// written in SQL: who had how much of a device's energy, shared equally among
// those in flight. It is tests and a benchmark only, here because this module is
// where ClickHouse is spoken to.
//
//   - equal_share.sql is the join as well as SQL does it: a cumulative sum of
//     energy, an ASOF join that reads it at every start and end, and window
//     functions over these. Its cost is that of sorting, like the engine's.
//   - range_join.sql is the join as one would write it first: requests BETWEEN
//     samples. Its cost is samples × requests.
//   - the scan is the same in Go, without a database.
//
// The test holds the first one to the engine's figures at a small size; the
// benchmark does so at full size, and reports the ratios of the times.
package joinbench
