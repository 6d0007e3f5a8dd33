package envelope

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/schemas"
)

// ContentType is the Content-Type of a message in structured mode.
const ContentType = "application/cloudevents+json"

type structured struct {
	attributes
	Data   json.RawMessage `json:"data,omitempty"`
	Base64 []byte          `json:"data_base64,omitempty"`
}

// Marshal writes an event in structured mode: one JSON object.
func Marshal(e event.Event) ([]byte, error) {
	data, err := json.Marshal(e.Data)
	if err != nil {
		return nil, fmt.Errorf("encode event %s: %w", e.ID, err)
	}
	return json.Marshal(structured{
		attributes: attributes{
			SpecVersion: specVersion,
			ID:          e.ID.String(),
			Source:      e.Source(),
			Type:        string(e.Type()),
			Subject:     e.Subject(),
			Time:        e.Time.UTC().Format(time.RFC3339Nano),
			ContentType: jsonType,
			Schema:      schemas.ID(e.Type().Name()),
			Run:         string(e.ID.Run),
			Sequence:    sequence(e.ID.Seq),
			TraceParent: e.TraceParent,
			ReplayOf:    string(e.ReplayOf),
		},
		Data: data,
	})
}

// Unmarshal reads what Marshal writes, or another program's structured mode, with
// the data as JSON or as base64.
func Unmarshal(text []byte) (event.Event, error) {
	var s structured
	if err := json.Unmarshal(text, &s); err != nil {
		return event.Event{}, fmt.Errorf("%w: %w", ErrNotCloudEvent, err)
	}
	data := []byte(s.Data)
	if s.Base64 != nil {
		if s.Data != nil {
			return event.Event{}, fmt.Errorf("%w: both data and data_base64", ErrNotCloudEvent)
		}
		data = s.Base64
	}
	return s.event(data)
}
