// Package contract holds events to their JSON Schemas.
//
// It promises that [Validate] knows every event type, reports every problem of a
// payload with its place in the JSON, and is safe for concurrent use. Its own
// tests keep Go types, schemas, examples and the AsyncAPI document from drifting
// apart.
//
// It does not decode: pkg/envelope does, and a decoded payload's own Validate
// checks what a schema cannot say, such as the order of times. It is not on the
// publishing path; tests of every service call it on what they publish.
package contract
