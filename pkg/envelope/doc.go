// Package envelope puts events on the wire and takes them off: [event.Event] to
// and from [nats.Msg] as CloudEvents 1.0.
//
// It promises:
//   - [Encode] writes binary mode: context attributes as ce- headers, the data as
//     plain JSON, and the event's id a second time as Nats-Msg-Id, so that the
//     broker drops a retry.
//   - [Decode] reads binary and structured mode, headers in any case, values
//     percent-encoded or not, and returns only events that are valid and agree
//     with themselves: id, source, subject, run and the message's subject.
//   - [Marshal] and [Unmarshal] are structured mode alone, one JSON object, for
//     files.
//
// A field that the payload does not declare is an error: a misspelt measurement
// would otherwise be a measurement that is silently missing. Unknown extension
// attributes are ignored, as CloudEvents asks.
//
// It does not send, number or retry anything; pkg/bus does.
package envelope
