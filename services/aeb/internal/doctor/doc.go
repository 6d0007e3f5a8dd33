// Package doctor looks at a machine as a run would find it.
//
// It promises one finding per part, in words, with what to do when something is
// missing; what a run can go on without is a note and not a fault. Sensors are those
// that the sampler's settings choose. It changes nothing, but for fetching the
// ClickHouse engine when it is told to.
package doctor
