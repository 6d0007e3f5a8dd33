package emission

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const token = "a-secret-token"

// standIn answers as Electricity Maps does, by the shape of its documentation.
func standIn(t *testing.T, answer func(w http.ResponseWriter, r *http.Request)) (*ElectricityMaps, *atomic.Int64) {
	t.Helper()
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.URL.Path != "/v3/carbon-intensity/latest" || r.Header.Get("auth-token") != token {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return NewElectricityMaps(server.URL+"/", token, server.Client()), &asked
}

var hour = time.Date(2026, 11, 24, 11, 0, 0, 0, time.UTC)

func germany(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprint(w, `{"zone":"DE","carbonIntensity":302,"datetime":"2026-11-24T11:00:00.000Z","updatedAt":"2026-11-24T11:40:01.000Z","emissionFactorType":"lifecycle","isEstimated":true,"estimationMethod":"TIME_SLICER_AVERAGE"}`)
}

func TestElectricityMapsLatest(t *testing.T) {
	e, asked := standIn(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("zone") != "DE" || r.URL.Query().Get("shouldUseFallbackCallerLookup") != "false" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		germany(w, r)
	})
	for range 3 {
		i, err := e.Intensity(t.Context(), Place{Zone: "DE"}, hour.Add(30*time.Minute))
		require.NoError(t, err)
		require.Equal(t, Intensity{
			Value: 302, Place: "DE", Code: "zone/DE", Source: "Electricity Maps 2026-11-24T11:00:00Z (lifecycle)", Year: 2026,
			From: hour, To: hour.Add(2 * time.Hour), Estimated: true, EstimationMethod: "TIME_SLICER_AVERAGE",
		}, i)
	}
	require.EqualValues(t, 1, asked.Load(), "one hour, one question")

	// The next hour asks again, and a figure that is an hour late still serves.
	_, err := e.Intensity(t.Context(), Place{Zone: "DE"}, hour.Add(90*time.Minute))
	require.NoError(t, err)
	require.EqualValues(t, 2, asked.Load())

	_, err = e.Intensity(t.Context(), Place{Zone: "DE"}, hour.Add(-time.Minute))
	require.ErrorIs(t, err, ErrNoFigure)
	_, err = e.Intensity(t.Context(), Place{Country: "DEU"}, hour)
	require.ErrorIs(t, err, ErrNoFigure)
}

func TestElectricityMapsDataCentre(t *testing.T) {
	e, _ := standIn(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("dataCenterProvider") != "gcp" || r.URL.Query().Get("dataCenterRegion") != "europe-west3" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		germany(w, r)
	})
	i, err := e.Intensity(t.Context(), Place{CloudProvider: "GCP", CloudRegion: "europe-west3"}, hour)
	require.NoError(t, err)
	require.Equal(t, "DE", i.Place)
}

func TestElectricityMapsTroubles(t *testing.T) {
	f := func(want error, status int, body string) {
		t.Helper()
		e, _ := standIn(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			fmt.Fprint(w, body)
		})
		_, err := e.Intensity(t.Context(), Place{Zone: "DE"}, hour)
		require.ErrorIs(t, err, want)
		require.NotContains(t, err.Error(), token)
		require.NotContains(t, fmt.Sprintf("%+v", e), token)
	}
	f(ErrRefused, 401, "")
	f(ErrRefused, 403, "")
	f(ErrUnknownPlace, 404, "")
	f(ErrUnavailable, 429, "")
	f(ErrUnavailable, 500, "")
	f(ErrUnavailable, 200, "<html>")
	f(ErrUnavailable, 200, `{"zone":"DE","carbonIntensity":null,"datetime":"2026-11-24T11:00:00Z"}`)
	f(ErrUnavailable, 200, `{"zone":"DE","carbonIntensity":-4,"datetime":"2026-11-24T11:00:00Z"}`)
	f(ErrUnavailable, 200, `{"zone":"DE","carbonIntensity":4}`)
}

func TestElectricityMapsStops(t *testing.T) {
	e, _ := standIn(t, germany)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := e.Intensity(ctx, Place{Zone: "DE"}, hour)
	require.ErrorIs(t, err, context.Canceled)
}

func TestProfileOfADay(t *testing.T) {
	var b strings.Builder
	b.WriteString("hour_utc,g_per_kwh\n")
	for h := range 24 {
		fmt.Fprintf(&b, "%d,%d\n", h, 100+h)
	}
	p, err := ReadProfile("day.csv", strings.NewReader(b.String()))
	require.NoError(t, err)
	i, err := p.Intensity(t.Context(), Place{}, time.Date(2026, 1, 1, 1, 59, 0, 0, time.FixedZone("", -2*3600)))
	require.NoError(t, err)
	require.InDelta(t, 103, float64(i.Value), 0)
	require.Equal(t, "day.csv", i.Source)
}

func TestProfileOfMoments(t *testing.T) {
	p, err := ReadProfile("week.csv", strings.NewReader("time,g_per_kwh\n2026-11-24T11:00:00Z,300\n2026-11-24T12:00:00Z,200\n"))
	require.NoError(t, err)
	f := func(want float64, at time.Time) {
		t.Helper()
		i, err := p.Intensity(t.Context(), Place{}, at)
		require.NoError(t, err)
		require.InDelta(t, want, float64(i.Value), 0)
	}
	f(300, hour)
	f(300, hour.Add(time.Hour-1))
	f(200, hour.Add(time.Hour))
	f(200, hour.Add(1000*time.Hour))
	_, err = p.Intensity(t.Context(), Place{}, hour.Add(-1))
	require.ErrorIs(t, err, ErrNoFigure)
}

func TestProfileRefuses(t *testing.T) {
	for _, text := range []string{
		"", "hour_utc,g_per_kwh\n", "hour_utc,g_per_kwh\n0,1\n", "hour_utc,g_per_kwh\n1,1\n", "hour_utc,g_per_kwh\n0,-1\n",
		"time,g_per_kwh\nnoon,1\n", "time,g_per_kwh\n2026-11-24T11:00:00Z,1\n2026-11-24T11:00:00Z,1\n", "when,g_per_kwh\n0,1\n", "time,kg\n0,1\n", "a\n",
	} {
		_, err := ReadProfile("x.csv", strings.NewReader(text))
		require.ErrorContains(t, err, "intensity profile x.csv", text)
	}
}
