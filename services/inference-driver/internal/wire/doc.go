// Package wire speaks the OpenAI-compatible HTTP API as vLLM serves it.
//
// It promises to read streams as the server-sent-events standard allows them
// (any line end, comments, data split over lines or reads), to take token counts
// from usage only, and to give every way a server can fail a class of its own.
// It measures nothing: package attempt takes the times.
package wire
