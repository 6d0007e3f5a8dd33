package envelope

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// attributes are the context attributes of either mode, as text.
type attributes struct {
	SpecVersion string `json:"specversion"`
	ID          string `json:"id"`
	Source      string `json:"source"`
	Type        string `json:"type"`
	Subject     string `json:"subject,omitempty"`
	Time        string `json:"time,omitempty"`
	ContentType string `json:"datacontenttype,omitempty"`
	Schema      string `json:"dataschema,omitempty"`
	Run         string `json:"runid,omitempty"`
	Sequence    string `json:"sequence,omitempty"`
	TraceParent string `json:"traceparent,omitempty"`
	ReplayOf    string `json:"replayof,omitempty"`
}

// event builds the event and holds it to itself.
func (a attributes) event(data []byte) (event.Event, error) {
	if a.SpecVersion != specVersion {
		return event.Event{}, fmt.Errorf("%w: specversion is %q, want %q", ErrNotCloudEvent, a.SpecVersion, specVersion)
	}
	id, err := event.ParseID(a.ID)
	if err != nil {
		return event.Event{}, fmt.Errorf("%w: %w", ErrNotCloudEvent, err)
	}
	payload, ok := event.NewPayload(event.Type(a.Type))
	if !ok {
		return event.Event{}, fmt.Errorf("%w: %q", ErrUnknownType, a.Type)
	}
	at, err := time.Parse(time.RFC3339Nano, a.Time)
	if err != nil {
		return event.Event{}, fmt.Errorf("%w: time: %w", ErrNotCloudEvent, err)
	}
	if !isJSON(a.ContentType) {
		return event.Event{}, fmt.Errorf("%w: datacontenttype %q is not JSON", ErrBadData, a.ContentType)
	}
	if err := strictJSON(data, payload); err != nil {
		return event.Event{}, fmt.Errorf("%w: %s: %w", ErrBadData, event.Type(a.Type).Name(), err)
	}
	e := event.Event{ID: id, Time: at.UTC(), TraceParent: a.TraceParent, ReplayOf: event.RunID(a.ReplayOf), Data: payload}
	if err := e.Validate(); err != nil {
		return event.Event{}, fmt.Errorf("%w: %w", ErrBadData, err)
	}
	return e, a.agree(e)
}

// agree checks what is said twice.
func (a attributes) agree(e event.Event) error {
	switch {
	case a.Source != e.Source():
		return fmt.Errorf("%w: source %q does not fit id %s", ErrMismatch, a.Source, a.ID)
	case a.Subject != e.Subject():
		return fmt.Errorf("%w: subject %q, but the data is about %q", ErrMismatch, a.Subject, e.Subject())
	case a.Run != "" && a.Run != string(e.ID.Run):
		return fmt.Errorf("%w: runid %q does not fit id %s", ErrMismatch, a.Run, a.ID)
	}
	if e.ReplayOf != "" {
		if _, err := event.ParseRunID(a.ReplayOf); err != nil {
			return fmt.Errorf("%w: replayof: %w", ErrMismatch, err)
		}
	}
	if a.Sequence != "" {
		if n, err := strconv.ParseUint(a.Sequence, 10, 64); err != nil || n != e.ID.Seq {
			return fmt.Errorf("%w: sequence %q does not fit id %s", ErrMismatch, a.Sequence, a.ID)
		}
	}
	return nil
}

// isJSON accepts application/json, text/json and +json, with parameters; absent
// means JSON.
func isJSON(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	return media == "" || media == jsonType || media == "text/json" || strings.HasSuffix(media, "+json")
}

// strictJSON decodes exactly one value and refuses fields that are not declared.
func strictJSON(data []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		if err == io.EOF {
			return io.ErrUnexpectedEOF
		}
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return fmt.Errorf("something follows the value at byte %d", decoder.InputOffset())
	}
	return nil
}
