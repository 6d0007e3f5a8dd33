package subject

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

const run = event.RunID("01m86t04v6gvpqhtaab9ayaasg")

func TestStringAndParseAreInverse(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := Subject{
			Run:   run,
			Kind:  rapid.SampledFrom(Kinds()).Draw(r, "kind"),
			Token: rapid.StringMatching(`[a-z0-9][a-z0-9_-]{0,62}`).Draw(r, "token"),
		}
		got, err := Parse(s.String())
		if err != nil {
			r.Fatal(err)
		}
		if got != s {
			r.Fatalf("%v became %v", s, got)
		}
	})
}

func TestParseRefuses(t *testing.T) {
	for _, bad := range []string{
		"", "aeb.v1.run.", "aeb.v1.run." + string(run) + ".ctl", "aeb.v1.run." + string(run) + ".ctl.a.b",
		"aeb.v2.run." + string(run) + ".ctl.a", "aeb.v1.run.x.ctl.a", "aeb.v1.run." + string(run) + ".infer.a",
		"aeb.v1.run." + string(run) + ".ctl.A", "aeb.v1.run." + string(run) + ".ctl.*", "aeb.v1.run.*.ctl.a", "aeb.v1.run." + string(run) + ".ctl.>",
	} {
		_, err := Parse(bad)
		require.ErrorIs(t, err, ErrBadSubject, bad)
	}
}

func TestOfEveryType(t *testing.T) {
	want := map[event.Type]string{
		event.TypeRunRequested: "ctl.requested", event.TypeRunStarted: "ctl.started", event.TypeRunLoaded: "ctl.loaded",
		event.TypeRunDrained: "ctl.drained", event.TypeRunSealed: "ctl.sealed", event.TypeRunReported: "ctl.reported",
		event.TypeRunFailed: "ctl.failed", event.TypeRunCancelled: "ctl.cancelled", event.TypeHostDescribed: "ctl.described",
		event.TypeClockOffset: "ctl.offset", event.TypeIntensityObserved: "ctl.observed", event.TypeProducerClosed: "ctl.closed", event.TypePromptQueued: "prompt.0",
		event.TypeRequestStarted: "request.started", event.TypeRequestFirstToken: "request.first_token",
		event.TypeRequestFinished: "request.finished", event.TypeServerSampled: "request.sampled",
		event.TypeDriverSampled: "request.sampled",
		event.TypePowerSampled:  "power.gpu-a", event.TypePowerGap: "power.gpu-a", event.TypeTruthRecorded: "power.gpu-a",
		event.TypeResultRequest: "result.request", event.TypeResultRun: "result.run",
	}
	data := map[event.Type]event.Payload{
		event.TypePowerSampled:  &event.PowerSampled{Host: "gpu-a"},
		event.TypePowerGap:      &event.PowerGap{Host: "gpu-a"},
		event.TypeTruthRecorded: &event.TruthRecorded{Host: "gpu-a"},
	}
	for _, typ := range event.Types() {
		p, ok := data[typ]
		if !ok {
			p, _ = event.NewPayload(typ)
		}
		s, err := Of(event.Event{ID: event.ID{Run: run}, Data: p})
		require.NoError(t, err, typ)
		require.Equal(t, "aeb.v1.run."+string(run)+"."+want[typ], s.String())
	}
	_, err := Of(event.Event{ID: event.ID{Run: run}, Data: &event.PowerGap{}})
	require.ErrorIs(t, err, ErrBadSubject)
}

func TestFilters(t *testing.T) {
	require.Equal(t, "aeb.v1.run.*.ctl.>", AllOf(Ctl))
	require.Equal(t, "aeb.v1.run."+string(run)+".>", RunFilter(run, ""))
	require.Equal(t, "aeb.v1.run."+string(run)+".power.>", RunFilter(run, Power))
	require.Equal(t, "aeb.v1.dlq.aeb_power", DeadLetter("AEB_POWER"))
	require.Equal(t, "aeb.v1.clock.gpu-a", Clock("gpu-a"))
	require.True(t, strings.HasPrefix(Clock("x"), strings.TrimSuffix(Clocks, ">")))
	require.True(t, strings.HasPrefix(DeadLetter("X"), strings.TrimSuffix(DeadLetters, ">")))
}

// FuzzParse: what the parser accepts is exactly what String writes.
func FuzzParse(f *testing.F) {
	f.Add("aeb.v1.run." + string(run) + ".ctl.started")
	f.Add("aeb.v1.run." + string(run) + ".power.gpu-a")
	f.Add("aeb.v1.dlq.aeb_power")
	f.Add("....")
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(text)
		if err != nil {
			require.ErrorIs(t, err, ErrBadSubject)
			return
		}
		require.NoError(t, s.Validate())
		require.Equal(t, text, s.String())
	})
}
