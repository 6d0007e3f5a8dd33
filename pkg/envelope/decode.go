package envelope

import (
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

const structuredPrefix = "application/cloudevents"

// Decode reads an event from a message in either mode. A message is structured
// when its Content-Type begins with application/cloudevents. When the message has
// a subject, the event must belong there.
func Decode(m *nats.Msg) (event.Event, error) {
	e, err := decode(m)
	if err != nil {
		return event.Event{}, err
	}
	if m.Subject != "" {
		want, err := subject.Of(e)
		if err != nil {
			return event.Event{}, fmt.Errorf("%w: %w", ErrMismatch, err)
		}
		if want.String() != m.Subject {
			return event.Event{}, fmt.Errorf("%w: %s is on subject %s, but belongs on %s", ErrMismatch, e.ID, m.Subject, want)
		}
	}
	return e, nil
}

func decode(m *nats.Msg) (event.Event, error) {
	var a attributes
	var content string
	for name, values := range m.Header {
		to := a.byHeader(name, &content)
		if to == nil || len(values) == 0 {
			continue
		}
		value, err := unescape(values[0])
		if err != nil {
			return event.Event{}, err
		}
		if *to != "" && *to != value {
			return event.Event{}, fmt.Errorf("%w: header %s is there twice", ErrNotCloudEvent, strings.ToLower(name))
		}
		*to = value
	}
	content = strings.ToLower(content)
	if strings.HasPrefix(content, structuredPrefix+"-batch") {
		return event.Event{}, fmt.Errorf("%w: batches are not accepted", ErrNotCloudEvent)
	}
	if strings.HasPrefix(content, structuredPrefix) {
		return Unmarshal(m.Data)
	}
	return a.event(m.Data)
}

// byHeader is where the value of a header goes, nil for one of no interest. Names
// come in any case: servers and other clients rewrite them.
func (a *attributes) byHeader(name string, content *string) *string {
	switch strings.ToLower(name) {
	case headerSpecVersion:
		return &a.SpecVersion
	case headerID:
		return &a.ID
	case headerSource:
		return &a.Source
	case headerType:
		return &a.Type
	case headerSubject:
		return &a.Subject
	case headerTime:
		return &a.Time
	case headerContentType:
		return &a.ContentType
	case headerRun:
		return &a.Run
	case headerSequence:
		return &a.Sequence
	case headerTraceParent:
		return &a.TraceParent
	case headerReplayOf:
		return &a.ReplayOf
	case "content-type":
		return content
	}
	return nil
}
