package view

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
)

func TestDeadLetterTexts(t *testing.T) {
	at := time.Date(2026, 8, 1, 12, 0, 0, 5, time.UTC)
	letters := []bus.DeadLetter{
		{
			Position: 3, Run: "01k4q0v6r8h2m9d5c7b3a1z0xy", Stream: "AEB_PROMPTS", Seq: 17, Attempts: 1, At: at,
			Subject: "aeb.v1.run.01k4q0v6r8h2m9d5c7b3a1z0xy.prompt.0", Reason: "bad event data: index: negative",
			Header: map[string][]string{"ce-type": {"com.neuralwatt.aeb.prompt.queued.v1"}, "ce-id": {"x/y/1/1"}}, Data: []byte(`{"index":-1,"prompt":"hé"}`),
		},
		{Position: 5, Stream: "AEB_POWER", Seq: 2, At: at, Subject: "other", Reason: "not a CloudEvent", Data: []byte("\x1b[31mred\x1b[0m")},
		{Position: 9, Stream: "AEB_EVENTS", Seq: 2, Attempts: 3, At: at, Reason: "given up by driver-x after 3 deliveries"},
		{Position: 10, Stream: "AEB_EVENTS", Seq: 4, At: at, Reason: "not a CloudEvent", Data: []byte{0xff, 0x00}},
	}
	var out bytes.Buffer
	require.NoError(t, DeadLetters(&out, letters))
	for _, l := range letters {
		out.WriteString("---\n")
		require.NoError(t, DeadLetter(&out, l))
	}
	require.NotContains(t, out.String(), "\x1b")
	golden(t, "deadletters", out.String())
	out.Reset()
	require.NoError(t, DeadLetters(&out, nil))
	require.Equal(t, "there are no dead letters\n", out.String())
}
