package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/web"
)

const id event.RunID = "01kjmma2g0aaaaaaaaaaaaaaaa"

// fake holds one run's results; err stands for a broker that is away.
type fake struct {
	data []event.Payload
	err  error
}

func (f fake) Replay(_ context.Context, run event.RunID, _ ...subject.Kind) iter.Seq2[bus.Record, error] {
	return func(yield func(bus.Record, error) bool) {
		if f.err != nil {
			yield(bus.Record{}, f.err)
			return
		}
		for _, d := range f.data {
			if run == id && !yield(bus.Record{Event: event.Event{Data: d}}, nil) {
				return
			}
		}
	}
}

func (f fake) List(context.Context) ([]run.State, error) {
	return []run.State{{Run: id, Name: "n", Phase: run.Reported, Revision: 2, Output: "/out", Config: json.RawMessage(`{}`)}}, f.err
}

func get(t *testing.T, f fake, path string) *httptest.ResponseRecorder {
	t.Helper()
	mux := http.NewServeMux()
	web.Handler{Streams: f, Runs: f, Log: slog.New(slog.DiscardHandler)}.Register(mux)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w
}

func row(request string, revision int) *event.ResultRequest {
	return &event.ResultRequest{RunID: id, Revision: revision, RequestID: request, Attempt: 1, Method: "equal-share/v1", SentNS: 1}
}

func TestNewestRevisionIsServed(t *testing.T) {
	f := fake{data: []event.Payload{
		row("r1", 1), &event.ResultRun{Summary: event.Summary{RunID: id, Revision: 1}},
		row("r2", 2), row("r1", 2), row("r2", 2), // one came twice
		&event.ResultRun{Summary: event.Summary{RunID: id, Revision: 2}},
	}}
	w := get(t, f, "/runs/"+string(id))
	require.Equal(t, http.StatusOK, w.Code)
	var s event.Summary
	require.NoError(t, json.Unmarshal(w.Body.Bytes(), &s))
	require.Equal(t, 2, s.Revision)

	w = get(t, f, "/runs/"+string(id)+"/requests.csv")
	require.Equal(t, http.StatusOK, w.Code)
	require.Equal(t, "text/csv; charset=utf-8", w.Header().Get("Content-Type"))
	require.Regexp(t, `^run_id,.*\n.*,r1,1,.*\n.*,r2,1,.*\n$`, w.Body.String())

	w = get(t, f, "/runs")
	require.JSONEq(t, `[{"run":"`+string(id)+`","name":"n","phase":"reported","simulated":false,"revision":2,"output":"/out"}]`, w.Body.String())
}

func TestWhatIsNotThere(t *testing.T) {
	for _, path := range []string{"/runs/" + string(id), "/runs/nonsense", "/runs/" + string(id) + "/requests.csv"} {
		require.Equal(t, http.StatusNotFound, get(t, fake{}, path).Code, path)
	}
	away := fake{err: errors.New("broker is away")}
	for _, path := range []string{"/runs", "/runs/" + string(id)} {
		require.Equal(t, http.StatusServiceUnavailable, get(t, away, path).Code, path)
	}
}
