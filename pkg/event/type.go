package event

import (
	"slices"
	"strings"
)

// Type is a CloudEvents type: com.neuralwatt.aeb.<noun>.<verb>.v1.
type Type string

const typePrefix = "com.neuralwatt.aeb."

// The types of the pipeline.
const (
	TypeRunRequested Type = typePrefix + "run.requested.v1"
	TypeRunStarted   Type = typePrefix + "run.started.v1"
	TypeRunLoaded    Type = typePrefix + "run.loaded.v1"
	TypeRunDrained   Type = typePrefix + "run.drained.v1"
	TypeRunSealed    Type = typePrefix + "run.sealed.v1"
	TypeRunReported  Type = typePrefix + "run.reported.v1"
	TypeRunFailed    Type = typePrefix + "run.failed.v1"
	TypeRunCancelled Type = typePrefix + "run.cancelled.v1"

	TypePromptQueued      Type = typePrefix + "prompt.queued.v1"
	TypeRequestStarted    Type = typePrefix + "request.started.v1"
	TypeRequestFirstToken Type = typePrefix + "request.first_token.v1"
	TypeRequestFinished   Type = typePrefix + "request.finished.v1"
	TypeServerSampled     Type = typePrefix + "server.sampled.v1"
	TypeDriverSampled     Type = typePrefix + "driver.sampled.v1"

	TypeHostDescribed     Type = typePrefix + "host.described.v1"
	TypePowerSampled      Type = typePrefix + "power.sampled.v1"
	TypePowerGap          Type = typePrefix + "power.gap.v1"
	TypeClockOffset       Type = typePrefix + "clock.offset.v1"
	TypeIntensityObserved Type = typePrefix + "intensity.observed.v1"
	TypeTruthRecorded     Type = typePrefix + "truth.recorded.v1"
	TypeProducerClosed    Type = typePrefix + "producer.closed.v1"

	TypeResultRequest Type = typePrefix + "result.request.v1"
	TypeResultRun     Type = typePrefix + "result.run.v1"
)

// Name is the short form <noun>.<verb>.v1, which also names the schema file.
func (t Type) Name() string { return strings.TrimPrefix(string(t), typePrefix) }

// Payload is the data of one event. Implementations are pointers to the structs
// of this package.
type Payload interface {
	// EventType is constant for the implementation.
	EventType() Type
	// EventSubject is the CloudEvents subject: the request or the host the
	// event is about, or "" when it is about the run.
	EventSubject() string
	// Validate reports every problem at once, joined.
	Validate() error
}

var constructors = map[Type]func() Payload{
	TypeRunRequested:      func() Payload { return new(RunRequested) },
	TypeRunStarted:        func() Payload { return new(RunStarted) },
	TypeRunLoaded:         func() Payload { return new(RunLoaded) },
	TypeRunDrained:        func() Payload { return new(RunDrained) },
	TypeRunSealed:         func() Payload { return new(RunSealed) },
	TypeRunReported:       func() Payload { return new(RunReported) },
	TypeRunFailed:         func() Payload { return new(RunFailed) },
	TypeRunCancelled:      func() Payload { return new(RunCancelled) },
	TypePromptQueued:      func() Payload { return new(PromptQueued) },
	TypeRequestStarted:    func() Payload { return new(RequestStarted) },
	TypeRequestFirstToken: func() Payload { return new(RequestFirstToken) },
	TypeRequestFinished:   func() Payload { return new(RequestFinished) },
	TypeServerSampled:     func() Payload { return new(ServerSampled) },
	TypeDriverSampled:     func() Payload { return new(DriverSampled) },
	TypeHostDescribed:     func() Payload { return new(HostDescribed) },
	TypePowerSampled:      func() Payload { return new(PowerSampled) },
	TypePowerGap:          func() Payload { return new(PowerGap) },
	TypeClockOffset:       func() Payload { return new(ClockOffset) },
	TypeIntensityObserved: func() Payload { return new(IntensityObserved) },
	TypeTruthRecorded:     func() Payload { return new(TruthRecorded) },
	TypeProducerClosed:    func() Payload { return new(ProducerClosed) },
	TypeResultRequest:     func() Payload { return new(ResultRequest) },
	TypeResultRun:         func() Payload { return new(ResultRun) },
}

// NewPayload returns an empty payload for t, and false for a type this version
// does not know.
func NewPayload(t Type) (Payload, bool) {
	c, ok := constructors[t]
	if !ok {
		return nil, false
	}
	return c(), true
}

// Types lists every known type, sorted.
func Types() []Type {
	out := make([]Type, 0, len(constructors))
	for t := range constructors {
		out = append(out, t)
	}
	slices.Sort(out)
	return out
}
