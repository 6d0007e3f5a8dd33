package envelope

import (
	"strings"

	"github.com/nats-io/nats.go"
)

// Carrier lets an OpenTelemetry propagator read and write trace context in a
// message's headers. The trace context is the CloudEvents Distributed Tracing
// extension, so traceparent is the header ce-traceparent; reading takes any case
// and the bare name too.
type Carrier nats.Header

// Get implements propagation.TextMapCarrier.
func (c Carrier) Get(key string) string {
	if v := lookup(nats.Header(c), carried(key)); v != "" {
		return v
	}
	return lookup(nats.Header(c), key)
}

// Set implements propagation.TextMapCarrier.
func (c Carrier) Set(key, value string) { c[carried(key)] = []string{value} }

// Keys implements propagation.TextMapCarrier.
func (c Carrier) Keys() []string {
	out := make([]string, 0, len(c))
	for key := range c {
		out = append(out, strings.TrimPrefix(strings.ToLower(key), attributePrefix))
	}
	return out
}

const attributePrefix = "ce-"

func carried(key string) string { return attributePrefix + strings.ToLower(key) }

// lookup finds a header whatever its case.
func lookup(h nats.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	for key, values := range h {
		if len(values) > 0 && strings.EqualFold(key, name) {
			return values[0]
		}
	}
	return ""
}
