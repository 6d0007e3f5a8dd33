// Package natsbus carries the bus over NATS JetStream.
//
// [Connect] waits for a server that is not there yet and then reconnects for
// ever: a service waits for its broker and does not die of it. [Ensure] is the
// one administrative step, which declares streams and buckets.
//
// It promises what pkg/bus/bustest asks of a broker, on a single server or a
// cluster, over a restart of the server too. Reading uses a short-lived consumer
// that is made anew from the last message after every reconnect and every gap, so
// a reader sees each message once and in order.
package natsbus
