package event

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var validID = ID{Run: "01m86t04v6gvpqhtaab9ayaasg", Producer: Producer{"s", "i"}, Epoch: 1, Seq: 1}

func TestNewRefuses(t *testing.T) {
	at := time.Unix(1, 0)
	_, err := New(validID, at, &RunDrained{AtNS: 1})
	require.NoError(t, err)
	_, err = New(ID{}, at, &RunDrained{AtNS: 1})
	require.ErrorIs(t, err, ErrBadEventID)
	_, err = New(validID, time.Time{}, &RunDrained{AtNS: 1})
	require.ErrorContains(t, err, "no time")
	_, err = New(validID, at, nil)
	require.ErrorContains(t, err, "no data")
	_, err = New(validID, at, &RunDrained{})
	require.ErrorContains(t, err, "run.drained.v1")
	require.ErrorContains(t, err, "at_ns: missing")
}

func TestNewKeepsTimeInUTC(t *testing.T) {
	at := time.Date(2026, 11, 24, 13, 0, 0, 1, time.FixedZone("", 3600))
	e, err := New(validID, at, &RunDrained{AtNS: 1})
	require.NoError(t, err)
	require.Equal(t, time.Date(2026, 11, 24, 12, 0, 0, 1, time.UTC), e.Time)
	require.Equal(t, "/aeb/s/i", e.Source())
	require.Empty(t, e.Subject())
}

func TestEveryTypeHasAnEmptyPayloadThatIsRefused(t *testing.T) {
	for _, typ := range Types() {
		p, ok := NewPayload(typ)
		require.True(t, ok)
		require.Equal(t, typ, p.EventType())
		require.Error(t, p.Validate(), "%s: zero data is valid", typ)
		require.True(t, strings.HasSuffix(typ.Name(), ".v1"), typ)
	}
	_, ok := NewPayload("com.example.other.v1")
	require.False(t, ok)
}

var clockA = Clock{Host: "a", BootID: "b"}

func finished() *RequestFinished {
	return &RequestFinished{
		RequestID: "r0", Attempt: 1, Clock: clockA, Replica: "r0", Sent: Stamp{WallNS: 1}, EndAfterNS: 100,
		FirstByteAfterNS: new(int64(10)), FirstTokenAfterNS: new(int64(20)), LastTokenAfterNS: new(int64(90)),
		Tokens: Tokens{Source: TokensFromUsage, Input: new(int64(1)), Output: new(int64(2))}, Status: StatusOK,
	}
}

func TestRequestFinishedRefuses(t *testing.T) {
	require.NoError(t, finished().Validate())
	f := func(want string, change func(*RequestFinished)) {
		t.Helper()
		r := finished()
		change(r)
		require.ErrorContains(t, r.Validate(), want)
	}
	f("attempt: ", func(r *RequestFinished) { r.Attempt = 0 })
	f("request_id: ", func(r *RequestFinished) { r.RequestID = "R 0" })
	f("index: negative", func(r *RequestFinished) { r.Index = -1 })
	f("replica: ", func(r *RequestFinished) { r.Replica = "" })
	f("sent.wall_ns: missing", func(r *RequestFinished) { r.Sent = Stamp{} })
	f("end_after_ns: negative", func(r *RequestFinished) { r.EndAfterNS = -1 })
	f("first_token_after_ns: before first_byte_after_ns", func(r *RequestFinished) { r.FirstTokenAfterNS = new(int64(9)) })
	f("end_after_ns: before last_token_after_ns", func(r *RequestFinished) { r.EndAfterNS = 89 })
	f("last_token_after_ns: before first_byte_after_ns", func(r *RequestFinished) { r.FirstTokenAfterNS, r.LastTokenAfterNS = nil, new(int64(9)) })
	f(`status: "lost" is not known`, func(r *RequestFinished) { r.Status = "lost" })
	f("error_class: a failed attempt needs one", func(r *RequestFinished) { r.Status = StatusFailed })
	f("error_class: an attempt that is ok has none", func(r *RequestFinished) { r.ErrorClass = "http" })
	f("tokens: usage needs input and output", func(r *RequestFinished) { r.Tokens.Output = nil })
	f("tokens: source says missing but there are counts", func(r *RequestFinished) { r.Tokens.Source = TokensMissing })
	f("tokens.source: ", func(r *RequestFinished) { r.Tokens.Source = "chunks" })
	f("tokens.cached: negative", func(r *RequestFinished) { r.Tokens.Cached = new(int64(-1)) })
	f("boot_id: missing", func(r *RequestFinished) { r.Clock.BootID = "" })
}

func TestAllProblemsAreReportedAtOnce(t *testing.T) {
	r := finished()
	r.Attempt, r.Index, r.Status = 0, -1, "lost"
	err := r.Validate()
	for _, want := range []string{"attempt", "index", "status"} {
		require.ErrorContains(t, err, want)
	}
}

func TestPowerSampledRefuses(t *testing.T) {
	sampled := func() *PowerSampled {
		return &PowerSampled{
			Host: "a", Clock: clockA, Start: Stamp{WallNS: 1},
			Devices: []DeviceSamples{{Device: "GPU-0", TNS: []int64{-5, 0, 0, 7}, PowerMW: Series{1, Missing, 3, 4}}},
		}
	}
	require.NoError(t, sampled().Validate())
	f := func(want string, change func(*PowerSampled)) {
		t.Helper()
		p := sampled()
		change(p)
		require.ErrorContains(t, p.Validate(), want)
	}
	f("host: ", func(p *PowerSampled) { p.Host = "A.b" })
	f("start.wall_ns: missing", func(p *PowerSampled) { p.Start = Stamp{} })
	f("a device has no id", func(p *PowerSampled) { p.Devices[0].Device = "" })
	f("GPU-0: t_ns goes backwards at 3", func(p *PowerSampled) { p.Devices[0].TNS[3] = -1 })
	f("GPU-0: power_mw has 3 values for 4 times", func(p *PowerSampled) { p.Devices[0].PowerMW = Series{1, 2, 3} })
	f("GPU-0: energy_mj has 0 values for 4 times", func(p *PowerSampled) { p.Devices[0].EnergyMJ = Series{} })
}

func TestProducerClosedMustAddUp(t *testing.T) {
	p := ProducerClosed{Producer: "s.i", Epoch: 1, LastSeq: 3, Count: 3}
	require.NoError(t, p.Validate())
	p.Count = 2
	require.ErrorContains(t, p.Validate(), "2 events but last_seq is 3")
	require.ErrorContains(t, (&ProducerClosed{Producer: "s.i", Epoch: 1}).Validate(), "the closing event counts too")
}

func TestStampAtMonoIgnoresWallSteps(t *testing.T) {
	s := Stamp{WallNS: 1_000_000, MonoNS: 500}
	require.Equal(t, int64(1_000_250), s.AtMono(750))
	require.Equal(t, int64(999_500), s.AtMono(0))
}

// Absent is not zero on the wire either.
func TestAbsentValuesAreLeftOut(t *testing.T) {
	text, err := json.Marshal(&HostDescribed{Host: "a", Clock: clockA, Devices: []Device{{ID: "x", Kind: KindGPU, Provenance: Measured}}})
	require.NoError(t, err)
	require.NotContains(t, string(text), "idle_power_mw")
	require.NotContains(t, string(text), "counter_step_ns")
}
