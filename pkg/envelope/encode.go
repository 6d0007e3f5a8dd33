package envelope

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
	"github.com/neuralwatt/ai-energy-benchmarks/schemas"
)

// HeaderMsgID is the header by which JetStream recognises a message it already has.
const HeaderMsgID = "Nats-Msg-Id"

const (
	specVersion = "1.0"
	jsonType    = "application/json"
	// sequenceWidth pads the sequence so that it orders as text, as the CloudEvents
	// extension asks.
	sequenceWidth = 10
)

// Names of the context attributes as headers.
const (
	headerSpecVersion = "ce-specversion"
	headerID          = "ce-id"
	headerSource      = "ce-source"
	headerType        = "ce-type"
	headerSubject     = "ce-subject"
	headerTime        = "ce-time"
	headerContentType = "ce-datacontenttype"
	headerSchema      = "ce-dataschema"
	headerRun         = "ce-runid"
	headerSequence    = "ce-sequence"
	headerTraceParent = "ce-traceparent"
	headerReplayOf    = "ce-replayof"
)

// Encode writes an event in binary mode, addressed to its subject. It validates
// nothing but the subject: [event.New] has.
func Encode(e event.Event) (*nats.Msg, error) {
	to, err := subject.Of(e)
	if err != nil {
		return nil, fmt.Errorf("encode event %s: %w", e.ID, err)
	}
	data, err := json.Marshal(e.Data)
	if err != nil {
		return nil, fmt.Errorf("encode event %s: %w", e.ID, err)
	}
	id := e.ID.String()
	h := headers{Header: make(nats.Header, headerCount)}
	h.set(HeaderMsgID, id)
	h.set(headerSpecVersion, specVersion)
	h.set(headerID, id)
	h.set(headerSource, e.Source())
	h.set(headerType, string(e.Type()))
	h.set(headerTime, e.Time.UTC().Format(time.RFC3339Nano))
	h.set(headerContentType, jsonType)
	h.set(headerSchema, schemas.ID(e.Type().Name()))
	h.set(headerRun, string(e.ID.Run))
	h.set(headerSequence, sequence(e.ID.Seq))
	h.optional(headerSubject, e.Subject())
	h.optional(headerTraceParent, e.TraceParent)
	h.optional(headerReplayOf, string(e.ReplayOf))
	return &nats.Msg{Subject: to.String(), Header: h.Header, Data: data}, nil
}

const headerCount = 13

// headers fills a header map from one backing array: one allocation for all values.
type headers struct {
	nats.Header
	values [headerCount]string
	used   int
}

func (h *headers) set(name, value string) {
	h.values[h.used] = escape(value)
	h.Header[name] = h.values[h.used : h.used+1 : h.used+1]
	h.used++
}

func (h *headers) optional(name, value string) {
	if value != "" {
		h.set(name, value)
	}
}

func sequence(n uint64) string {
	var raw [20]byte
	digits := strconv.AppendUint(raw[:0], n, 10)
	if len(digits) >= sequenceWidth {
		return string(digits)
	}
	var out [sequenceWidth]byte
	for i := range out {
		out[i] = '0'
	}
	copy(out[sequenceWidth-len(digits):], digits)
	return string(out[:])
}
