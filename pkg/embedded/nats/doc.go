// Package nats runs the real nats-server inside this process, with JetStream on
// disk.
//
// It promises that the server listens on loopback at most (not at all by default:
// clients connect in process), that what it acknowledged is on disk within a
// second, and that after Stop no goroutine and no open file is left. The store can
// be opened again by a later Start.
//
// It declares no streams: natsbus.Ensure does. It is the only package that imports
// the server, so that services which connect to a remote one do not carry it.
package nats
