package envelope_test

import (
	"encoding/json"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/envelope"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// FuzzDecode: no message may panic the decoder, and what it accepts must be valid
// and come out the same when it is sent again.
func FuzzDecode(f *testing.F) {
	for _, typ := range event.Types() {
		m := encode(f, example(f, typ))
		header, err := json.Marshal(m.Header)
		require.NoError(f, err)
		f.Add(m.Subject, string(header), m.Data)
	}
	text, err := envelope.Marshal(example(f, event.TypeRequestFinished))
	require.NoError(f, err)
	f.Add("", `{"Content-Type":["application/cloudevents+json"]}`, text)
	f.Add("aeb.v1.dlq.x", `{"CE-ID":[],"ce-time":["%"]}`, []byte("null"))
	f.Fuzz(func(t *testing.T, subject, header string, data []byte) {
		m := &nats.Msg{Subject: subject, Data: data}
		if json.Unmarshal([]byte(header), &m.Header) != nil {
			return
		}
		e, err := envelope.Decode(m)
		if err != nil {
			return
		}
		require.NoError(t, e.Validate())
		again, err := envelope.Encode(e)
		require.NoError(t, err)
		if subject != "" {
			require.Equal(t, subject, again.Subject)
		}
		back, err := envelope.Decode(again)
		require.NoError(t, err)
		first, err := json.Marshal(e.Data)
		require.NoError(t, err)
		second, err := json.Marshal(back.Data)
		require.NoError(t, err)
		require.Equal(t, string(first), string(second))
		back.Data, e.Data = nil, nil
		require.Equal(t, e, back)
	})
}
