package sampling

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/emission"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
)

const token = "a-token-nobody-may-see"

// asking is a weather that asks a local stand-in of the service at a set time.
func asking(t *testing.T, answer http.HandlerFunc) (w *weather, now *time.Time, got *[]*event.IntensityObserved, warned *int) {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	client := server.Client()
	client.Timeout = 100 * time.Millisecond
	now, got, warned = new(time.Date(2026, 11, 24, 11, 10, 0, 0, time.UTC)), new([]*event.IntensityObserved), new(int)
	return &weather{
		provider: emission.NewElectricityMaps(server.URL, token, client), place: emission.Place{Zone: "DE"},
		kind: config.IntensityElectricityMaps, host: "host-a", every: 5 * time.Minute,
		now: func() time.Time { return *now },
		emit: func(p event.Payload) {
			o := p.(*event.IntensityObserved)
			require.NoError(t, o.Validate())
			require.NotContains(t, fmt.Sprintf("%+v", *o), token)
			*got = append(*got, o)
		},
		warn: func(err error) {
			*warned++
			require.NotContains(t, err.Error(), token)
		},
	}, now, got, warned
}

func TestAnOutageIsBridgedAndToldOnce(t *testing.T) {
	t.Parallel()
	broken := false
	w, now, got, warned := asking(t, func(rw http.ResponseWriter, r *http.Request) {
		if broken {
			rw.WriteHeader(http.StatusBadGateway)
			return
		}
		fmt.Fprint(rw, `{"zone":"DE","carbonIntensity":302,"datetime":"2026-11-24T11:00:00Z","isEstimated":true,"estimationMethod":"TIME_SLICER_AVERAGE"}`)
	})
	w.ask(t.Context())
	broken = true
	for range 2 {
		*now = now.Add(time.Hour)
		w.ask(t.Context())
	}
	require.Len(t, *got, 3)
	first, cached := (*got)[0], (*got)[1]
	require.InDelta(t, 302, *first.GPerKWh, 0)
	require.Equal(t, "2026-11-24T11:00:00Z", time.Unix(0, *first.FromNS).UTC().Format(time.RFC3339))
	require.True(t, first.Estimated)
	require.False(t, first.Cached)
	require.True(t, cached.Cached)
	require.InDelta(t, 302, *cached.GPerKWh, 0)
	require.Contains(t, cached.Problem, "not available")
	require.Equal(t, int64(5*time.Minute), *cached.ToNS-*cached.FromNS)
	require.Equal(t, 1, *warned)
}

func TestASlowServiceGivesNoFigure(t *testing.T) {
	t.Parallel()
	w, _, got, warned := asking(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	w.ask(t.Context())
	require.Len(t, *got, 1)
	require.Nil(t, (*got)[0].GPerKWh)
	require.NotEmpty(t, (*got)[0].Problem)
	require.Equal(t, 1, *warned)
	require.Equal(t, w.every, w.pause())
}

// The first host by name asks, at the start and at the end, and all that it said is
// counted when it leaves.
func TestOneHostOfARunAsks(t *testing.T) {
	t.Parallel()
	st := newStage(t)
	st.sampler("host-b", modelled)
	st.sampler("host-a", modelled)
	file := filepath.Join(t.TempDir(), "day.csv")
	require.NoError(t, os.WriteFile(file, []byte("hour_utc,g_per_kwh\n"+hours()), 0o600))
	id := st.request(func(c *config.Run) {
		c.Metrics.Samplers = 2
		c.Metrics.Intensity = &config.Intensity{Type: config.IntensityProfile, File: file}
	})
	st.await(id, run.State.SamplersReady)
	st.start(id)
	require.Eventually(t, func() bool { return len(st.intensities(id)) == 1 }, 5*time.Second, 20*time.Millisecond)
	st.drain(id)
	st.await(id, run.State.AllClosed)
	observed := st.intensities(id)
	require.Len(t, observed, 2)
	for _, o := range observed {
		require.Equal(t, "host-a", o.Host)
		require.Equal(t, "day.csv", o.Source)
		require.InDelta(t, 100+time.Unix(0, *o.FromNS).UTC().Hour(), *o.GPerKWh, 0)
		require.Equal(t, int64(time.Hour), *o.ToNS-*o.FromNS)
	}
}

func hours() string {
	var b strings.Builder
	for h := range 24 {
		fmt.Fprintf(&b, "%d,%d\n", h, 100+h)
	}
	return b.String()
}

func (st *stage) intensities(id event.RunID) []*event.IntensityObserved {
	st.t.Helper()
	return st.read(id).intensities
}
