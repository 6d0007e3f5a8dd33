// Package stack is a whole pipeline in one process, or a client of one that runs
// elsewhere: broker, database and the four services.
//
// It promises that engines are real (nats-server and ClickHouse), listen on
// loopback only, keep their data in one folder that one process uses at a time,
// and end with the process. Where ClickHouse cannot be had it goes on without
// tables and says so.
package stack
