// Package attempt sends one prompt to the server once and takes the times.
//
// It promises one valid request.finished for every attempt, whatever the server
// does. Times are monotonic offsets from the moment before the request is
// written, taken when the bytes have been read. Nothing but reading happens
// between two chunks: no allocation, no lock, no event that is published.
package attempt
