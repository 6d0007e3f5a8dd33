// Package natstest runs the broker of a server's own config file in a test, and
// tells what each of its users asked and was refused.
//
// It promises that users, passwords and permissions are those of the file, read by
// the server itself. Where it listens and stores is the test's.
package natstest
