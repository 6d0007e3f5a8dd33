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
	if content := lookup(m.Header, "Content-Type"); strings.HasPrefix(strings.ToLower(content), structuredPrefix) {
		if strings.HasPrefix(strings.ToLower(content), structuredPrefix+"-batch") {
			return event.Event{}, fmt.Errorf("%w: batches are not accepted", ErrNotCloudEvent)
		}
		return Unmarshal(m.Data)
	}
	var a attributes
	for _, f := range []struct {
		name string
		to   *string
	}{
		{headerSpecVersion, &a.SpecVersion},
		{headerID, &a.ID},
		{headerSource, &a.Source},
		{headerType, &a.Type},
		{headerSubject, &a.Subject},
		{headerTime, &a.Time},
		{headerContentType, &a.ContentType},
		{headerRun, &a.Run},
		{headerSequence, &a.Sequence},
		{headerTraceParent, &a.TraceParent},
		{headerReplayOf, &a.ReplayOf},
	} {
		value, err := unescape(lookup(m.Header, f.name))
		if err != nil {
			return event.Event{}, err
		}
		*f.to = value
	}
	return a.event(m.Data)
}

// lookup finds a header whatever its case: servers and other clients rewrite it.
func lookup(h nats.Header, name string) string {
	if values, ok := h[name]; ok {
		return first(values)
	}
	for key, values := range h {
		if strings.EqualFold(key, name) {
			return first(values)
		}
	}
	return ""
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}
