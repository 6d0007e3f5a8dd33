package envelope_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/binding"
	"github.com/cloudevents/sdk-go/v2/binding/format"
	"github.com/cloudevents/sdk-go/v2/binding/spec"
	ce "github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/envelope"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Our envelope and the CloudEvents SDK must read each other. The SDK's own NATS
// module is not in the public Go proxy, so its binary form is had as that module
// has it: its binding package drives a reader and a writer of ce- headers.

var prefixed = spec.WithPrefix("ce-")

// message is a NATS message as the SDK's binding reads it.
type message struct{ *nats.Msg }

func (m message) ReadEncoding() binding.Encoding {
	if strings.HasPrefix(m.Header.Get("Content-Type"), envelope.ContentType) {
		return binding.EncodingStructured
	}
	return binding.EncodingBinary
}

func (m message) ReadStructured(ctx context.Context, w binding.StructuredWriter) error {
	if m.ReadEncoding() != binding.EncodingStructured {
		return binding.ErrNotStructured
	}
	return w.SetStructuredEvent(ctx, format.JSON, bytes.NewReader(m.Data))
}

func (m message) ReadBinary(_ context.Context, w binding.BinaryWriter) error {
	version := prefixed.Version(m.Header["ce-specversion"][0])
	for name, values := range m.Header {
		attribute := version.Attribute(name)
		switch {
		case attribute != nil:
			if err := w.SetAttribute(attribute, values[0]); err != nil {
				return err
			}
		case strings.HasPrefix(name, "ce-"):
			if err := w.SetExtension(strings.TrimPrefix(name, "ce-"), values[0]); err != nil {
				return err
			}
		}
	}
	return w.SetData(bytes.NewReader(m.Data))
}

func (m message) GetAttribute(kind spec.Kind) (spec.Attribute, any) {
	attribute := prefixed.Version(m.Header["ce-specversion"][0]).AttributeFromKind(kind)
	if values := m.Header["ce-"+attribute.Name()]; len(values) > 0 {
		return attribute, values[0]
	}
	return attribute, nil
}

func (m message) GetExtension(name string) any {
	if values := m.Header["ce-"+name]; len(values) > 0 {
		return values[0]
	}
	return nil
}

func (message) Finish(error) error { return nil }

// writer is a NATS message as the SDK's binding writes it.
type writer struct{ *nats.Msg }

func (w writer) Start(context.Context) error { return nil }
func (w writer) End(context.Context) error   { return nil }

func (w writer) SetStructuredEvent(_ context.Context, f format.Format, r io.Reader) (err error) {
	w.Header.Set("Content-Type", f.MediaType())
	w.Data, err = io.ReadAll(r)
	return err
}

func (w writer) SetAttribute(a spec.Attribute, value any) error {
	if value == nil {
		return nil
	}
	text, err := types.Format(value)
	w.Header["ce-"+a.Name()] = []string{text}
	return err
}

func (w writer) SetExtension(name string, value any) error {
	text, err := types.Format(value)
	w.Header["ce-"+name] = []string{text}
	return err
}

func (w writer) SetData(r io.Reader) (err error) {
	w.Data, err = io.ReadAll(r)
	return err
}

// same holds the SDK's event against ours.
func same(t *testing.T, e event.Event, got ce.Event) {
	t.Helper()
	require.NoError(t, got.Validate())
	require.Equal(t, "1.0", got.SpecVersion())
	require.Equal(t, e.ID.String(), got.ID())
	require.Equal(t, e.Source(), got.Source())
	require.Equal(t, string(e.Type()), got.Type())
	require.Equal(t, e.Subject(), got.Subject())
	require.True(t, e.Time.Equal(got.Time()))
	require.Equal(t, "application/json", got.DataContentType())
	require.Equal(t, "urn:neuralwatt:aeb:event:"+e.Type().Name(), got.DataSchema())
	require.Equal(t, map[string]any{
		"runid": string(e.ID.Run), "sequence": "0000000042", "traceparent": e.TraceParent, "replayof": string(e.ReplayOf),
	}, got.Extensions())
	want, err := json.Marshal(e.Data)
	require.NoError(t, err)
	require.JSONEq(t, string(want), string(got.Data()))
}

func toSDK(t *testing.T, m *nats.Msg) ce.Event {
	t.Helper()
	got, err := binding.ToEvent(t.Context(), message{m})
	require.NoError(t, err)
	return *got
}

func TestSDKReadsOurBinary(t *testing.T) {
	eachType(t, func(t *testing.T, e event.Event) {
		t.Helper()
		same(t, e, toSDK(t, encode(t, e)))
	})
}

func TestSDKReadsOurStructured(t *testing.T) {
	eachType(t, func(t *testing.T, e event.Event) {
		t.Helper()
		text, err := envelope.Marshal(e)
		require.NoError(t, err)
		var direct ce.Event
		require.NoError(t, json.Unmarshal(text, &direct))
		same(t, e, direct)
		same(t, e, toSDK(t, &nats.Msg{Header: nats.Header{"Content-Type": {envelope.ContentType}}, Data: text}))
	})
}

func TestWeReadTheSDKsBinaryAndStructured(t *testing.T) {
	eachType(t, func(t *testing.T, e event.Event) {
		t.Helper()
		theirs := toSDK(t, encode(t, e))
		for name, ctx := range map[string]context.Context{
			"binary":     binding.WithForceBinary(t.Context()),
			"structured": binding.WithForceStructured(t.Context()),
		} {
			out := writer{&nats.Msg{Subject: encode(t, e).Subject, Header: nats.Header{}}}
			encoding, err := binding.Write(ctx, binding.ToMessage(&theirs), out, out)
			require.NoError(t, err, name)
			require.Equal(t, name, encoding.String())
			got, err := envelope.Decode(out.Msg)
			require.NoError(t, err, name)
			require.Equal(t, e, got, name)
		}
	})
}

// The SDK builds an event from nothing but its own setters.
func TestWeReadAnEventBuiltWithTheSDK(t *testing.T) {
	e := example(t, event.TypeRunDrained)
	theirs := ce.New()
	theirs.SetID(e.ID.String())
	theirs.SetSource(e.Source())
	theirs.SetType(string(e.Type()))
	theirs.SetTime(e.Time)
	theirs.SetExtension("traceparent", e.TraceParent)
	theirs.SetExtension("replayof", string(e.ReplayOf))
	require.NoError(t, theirs.SetData(ce.ApplicationJSON, e.Data))
	text, err := json.Marshal(theirs)
	require.NoError(t, err)
	got, err := envelope.Unmarshal(text)
	require.NoError(t, err)
	require.Equal(t, e, got)
}
