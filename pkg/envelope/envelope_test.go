package envelope_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/envelope"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
	"github.com/neuralwatt/ai-energy-benchmarks/schemas"
)

const runID = event.RunID("01m86t04v6gvpqhtaab9ayaasg")

// example is an event of a type with the data of its golden example.
func example(tb testing.TB, typ event.Type) event.Event {
	tb.Helper()
	text, ok := schemas.Example(typ.Name())
	require.True(tb, ok, "%s has no example", typ.Name())
	data, ok := event.NewPayload(typ)
	require.True(tb, ok)
	require.NoError(tb, json.Unmarshal(text, data))
	// Raw JSON inside the data travels without its white space.
	text, err := json.Marshal(data)
	require.NoError(tb, err)
	data, _ = event.NewPayload(typ)
	require.NoError(tb, json.Unmarshal(text, data))
	id := event.ID{Run: runID, Producer: event.Producer{Service: "energy-sampler", Instance: "gpu-a"}, Epoch: 1795518000123, Seq: 42}
	e, err := event.New(id, time.Date(2026, 11, 24, 12, 0, 0, 123456789, time.UTC), data)
	require.NoError(tb, err)
	e.TraceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	e.ReplayOf = "01m86t04v6gvpqhtaab9ayaash"
	return e
}

func eachType(t *testing.T, f func(t *testing.T, e event.Event)) {
	t.Helper()
	for _, typ := range event.Types() {
		t.Run(typ.Name(), func(t *testing.T) { f(t, example(t, typ)) })
	}
}

func encode(tb testing.TB, e event.Event) *nats.Msg {
	tb.Helper()
	m, err := envelope.Encode(e)
	require.NoError(tb, err)
	return m
}

func TestBinaryRoundTrip(t *testing.T) {
	eachType(t, func(t *testing.T, e event.Event) {
		t.Helper()
		m := encode(t, e)
		to, err := subject.Of(e)
		require.NoError(t, err)
		require.Equal(t, to.String(), m.Subject)
		got, err := envelope.Decode(m)
		require.NoError(t, err)
		require.Equal(t, e, got)
	})
}

func TestStructuredRoundTrip(t *testing.T) {
	eachType(t, func(t *testing.T, e event.Event) {
		t.Helper()
		text, err := envelope.Marshal(e)
		require.NoError(t, err)
		got, err := envelope.Unmarshal(text)
		require.NoError(t, err)
		require.Equal(t, e, got)

		got, err = envelope.Decode(&nats.Msg{
			Header: nats.Header{"content-type": {envelope.ContentType + "; charset=utf-8"}}, Data: text,
		})
		require.NoError(t, err)
		require.Equal(t, e, got)
	})
}

func TestHeadersAsTheyAre(t *testing.T) {
	e := example(t, event.TypePowerGap)
	require.Equal(t, nats.Header{
		"Nats-Msg-Id":        {string(runID) + "/energy-sampler.gpu-a/1795518000123/42"},
		"ce-specversion":     {"1.0"},
		"ce-id":              {string(runID) + "/energy-sampler.gpu-a/1795518000123/42"},
		"ce-source":          {"/aeb/energy-sampler/gpu-a"},
		"ce-type":            {"com.neuralwatt.aeb.power.gap.v1"},
		"ce-subject":         {"gpu-a"},
		"ce-time":            {"2026-11-24T12:00:00.123456789Z"},
		"ce-datacontenttype": {"application/json"},
		"ce-dataschema":      {"urn:neuralwatt:aeb:event:power.gap.v1"},
		"ce-runid":           {string(runID)},
		"ce-sequence":        {"0000000042"},
		"ce-traceparent":     {e.TraceParent},
		"ce-replayof":        {string(e.ReplayOf)},
	}, encode(t, e).Header)
}

// recase rewrites every attribute's name, as servers and other clients do.
func recase(h nats.Header, f func(string) string) nats.Header {
	out := nats.Header{}
	for name, values := range h {
		out[f(name)] = values
	}
	return out
}

func TestDecodeTakesAnyCaseAndPercentEncoding(t *testing.T) {
	e := example(t, event.TypeRequestFinished)
	for name, change := range map[string]func(nats.Header) nats.Header{
		"canonical": func(h nats.Header) nats.Header {
			return recase(h, func(n string) string { return strings.ReplaceAll(strings.ToUpper(n[:1])+n[1:], "ce-", "Ce-") })
		},
		"upper": func(h nats.Header) nats.Header { return recase(h, strings.ToUpper) },
		"percent": func(h nats.Header) nats.Header {
			h = maps.Clone(h)
			h["ce-source"] = []string{"%2Faeb%2Fenergy-sampler%2fgpu-a"}
			h["ce-time"] = []string{"2026-11-24T12%3A00:00.123456789Z"}
			return h
		},
		"another zone": func(h nats.Header) nats.Header {
			h = maps.Clone(h)
			h["ce-time"] = []string{"2026-11-24T13:00:00.123456789+01:00"}
			return h
		},
		"unknown extension": func(h nats.Header) nats.Header {
			h = maps.Clone(h)
			h["ce-partitionkey"] = []string{"x"}
			return h
		},
		"least": func(h nats.Header) nats.Header {
			h = maps.Clone(h)
			for _, n := range []string{"ce-runid", "ce-sequence", "ce-dataschema", "ce-datacontenttype", "Nats-Msg-Id"} {
				delete(h, n)
			}
			return h
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := encode(t, e)
			m.Header = change(m.Header)
			got, err := envelope.Decode(m)
			require.NoError(t, err)
			require.Equal(t, e, got)
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	good := encode(t, example(t, event.TypePowerGap))
	header := func(name, value string) func(*nats.Msg) {
		return func(m *nats.Msg) {
			if value == "" {
				delete(m.Header, name)
				return
			}
			m.Header[name] = []string{value}
		}
	}
	data := func(old, replacement string) func(*nats.Msg) {
		return func(m *nats.Msg) { m.Data = []byte(strings.Replace(string(m.Data), old, replacement, 1)) }
	}
	for _, c := range []struct {
		name   string
		change func(*nats.Msg)
		want   error
	}{
		{"no headers", func(m *nats.Msg) { m.Header = nil }, envelope.ErrNotCloudEvent},
		{"empty values", func(m *nats.Msg) { m.Header["ce-id"] = nil }, envelope.ErrNotCloudEvent},
		{"specversion", header("ce-specversion", "0.3"), envelope.ErrNotCloudEvent},
		{"no id", header("ce-id", ""), envelope.ErrNotCloudEvent},
		{"id", header("ce-id", "7"), envelope.ErrNotCloudEvent},
		{"no time", header("ce-time", ""), envelope.ErrNotCloudEvent},
		{"time", header("ce-time", "noon"), envelope.ErrNotCloudEvent},
		{"percent", header("ce-source", "%zz"), envelope.ErrNotCloudEvent},
		{"type", header("ce-type", "com.neuralwatt.aeb.power.gap.v2"), envelope.ErrUnknownType},
		{"content type", header("ce-datacontenttype", "text/xml"), envelope.ErrBadData},
		{"empty data", func(m *nats.Msg) { m.Data = nil }, envelope.ErrBadData},
		{"half data", func(m *nats.Msg) { m.Data = m.Data[:len(m.Data)/2] }, envelope.ErrBadData},
		{"two values", func(m *nats.Msg) { m.Data = append(m.Data, '1') }, envelope.ErrBadData},
		{"wrong type of value", data(`"reason":"`, `"reason":7,"x":"`), envelope.ErrBadData},
		{"undeclared field", data(`"reason"`, `"raeson"`), envelope.ErrBadData},
		{"invalid", data(`"from_ns":1`, `"from_ns":9`), envelope.ErrBadData},
		{"source", header("ce-source", "/aeb/reporter/r1"), envelope.ErrMismatch},
		{"subject", header("ce-subject", "gpu-b"), envelope.ErrMismatch},
		{"runid", header("ce-runid", "01m86t04v6gvpqhtaab9ayaasx"), envelope.ErrMismatch},
		{"sequence", header("ce-sequence", "0000000043"), envelope.ErrMismatch},
		{"replayof", header("ce-replayof", "yesterday"), envelope.ErrMismatch},
		{"another run's subject", func(m *nats.Msg) { m.Subject = strings.Replace(m.Subject, "aasg", "aasx", 1) }, envelope.ErrMismatch},
		{"another host's subject", func(m *nats.Msg) { m.Subject += "x" }, envelope.ErrMismatch},
		{"batch", header("Content-Type", "application/cloudevents-batch+json"), envelope.ErrNotCloudEvent},
		{"one name twice", header("CE-Source", "/aeb/reporter/r1"), envelope.ErrNotCloudEvent},
		{"structured rubbish", header("Content-Type", envelope.ContentType), envelope.ErrNotCloudEvent},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &nats.Msg{Subject: good.Subject, Header: maps.Clone(good.Header), Data: append([]byte(nil), good.Data...)}
			c.change(m)
			_, err := envelope.Decode(m)
			require.ErrorIs(t, err, c.want)
		})
	}
}

func TestUnmarshalTakesBase64(t *testing.T) {
	e := example(t, event.TypeRunDrained)
	text, err := envelope.Marshal(e)
	require.NoError(t, err)
	var object map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(text, &object))
	data := object["data"]
	object["data_base64"], err = json.Marshal([]byte(data))
	require.NoError(t, err)

	both, err := json.Marshal(object)
	require.NoError(t, err)
	_, err = envelope.Unmarshal(both)
	require.ErrorIs(t, err, envelope.ErrNotCloudEvent)

	delete(object, "data")
	only, err := json.Marshal(object)
	require.NoError(t, err)
	got, err := envelope.Unmarshal(only)
	require.NoError(t, err)
	require.Equal(t, e, got)
}

func TestEncodeRefusesWhatHasNoSubject(t *testing.T) {
	e := example(t, event.TypeRunDrained)
	e.ID.Run = "x.y"
	_, err := envelope.Encode(e)
	require.ErrorIs(t, err, subject.ErrBadSubject)
}

// Whatever a trace system puts into its context survives a header.
func TestAnyTraceContextSurvives(t *testing.T) {
	e := example(t, event.TypeRunDrained)
	rapid.Check(t, func(r *rapid.T) {
		e.TraceParent = rapid.String().Draw(r, "traceparent")
		m, err := envelope.Encode(e)
		if err != nil {
			r.Fatal(err)
		}
		for name, values := range m.Header {
			for i := range len(values[0]) {
				if c := values[0][i]; c <= ' ' || c > '~' {
					r.Fatalf("%s holds byte %#x", name, c)
				}
			}
		}
		got, err := envelope.Decode(m)
		if err != nil {
			r.Fatal(err)
		}
		if got.TraceParent != e.TraceParent {
			r.Fatalf("%q became %q", e.TraceParent, got.TraceParent)
		}
	})
}

func TestSequenceOrdersAsText(t *testing.T) {
	e := example(t, event.TypeRunDrained)
	last := ""
	for _, n := range []uint64{1, 9, 10, 99, 100, 12345, 9_999_999_999} {
		e.ID.Seq = n
		s := encode(t, e).Header["ce-sequence"][0]
		require.Greater(t, s, last)
		last = s
	}
	e.ID.Seq = 1<<64 - 1
	_, err := envelope.Decode(encode(t, e))
	require.NoError(t, err)
}

func BenchmarkEncode(b *testing.B) {
	for _, typ := range []event.Type{event.TypeRunDrained, event.TypeRequestFinished, event.TypePowerSampled} {
		b.Run(typ.Name(), func(b *testing.B) {
			e := example(b, typ)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := envelope.Encode(e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, typ := range []event.Type{event.TypeRunDrained, event.TypeRequestFinished, event.TypePowerSampled} {
		b.Run(typ.Name(), func(b *testing.B) {
			m := encode(b, example(b, typ))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := envelope.Decode(m); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func ExampleMarshal() {
	id := event.ID{Run: runID, Producer: event.Producer{Service: "inference-driver", Instance: "d1"}, Epoch: 1795518000123, Seq: 7}
	e, err := event.New(id, time.Unix(1795518000, 0), &event.RunDrained{AtNS: 1795518000000000000})
	if err != nil {
		panic(err)
	}
	text, err := envelope.Marshal(e)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
	// Output: {"specversion":"1.0","id":"01m86t04v6gvpqhtaab9ayaasg/inference-driver.d1/1795518000123/7","source":"/aeb/inference-driver/d1","type":"com.neuralwatt.aeb.run.drained.v1","time":"2026-11-24T11:00:00Z","datacontenttype":"application/json","dataschema":"urn:neuralwatt:aeb:event:run.drained.v1","runid":"01m86t04v6gvpqhtaab9ayaasg","sequence":"0000000007","data":{"at_ns":1795518000000000000}}
}
