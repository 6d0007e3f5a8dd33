package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/sink"
)

// Streams is the part of a *bus.Bus that is read.
type Streams interface {
	Replay(ctx context.Context, run event.RunID, kinds ...subject.Kind) iter.Seq2[bus.Record, error]
}

// Runs is the part of a *run.Store that is read.
type Runs interface {
	List(ctx context.Context) ([]run.State, error)
}

// Handler answers the routes.
type Handler struct {
	Streams Streams
	Runs    Runs
	Log     *slog.Logger
}

// Register adds the routes to a mux.
func (h Handler) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /runs", h.list)
	mux.HandleFunc("GET /runs/{id}", h.summary)
	mux.HandleFunc("GET /runs/{id}/requests.csv", h.requests)
}

// entry is a run in the list.
type entry struct {
	Run       event.RunID    `json:"run"`
	Name      string         `json:"name"`
	Phase     run.Phase      `json:"phase"`
	Simulated bool           `json:"simulated"`
	Revision  int            `json:"revision"`
	Output    string         `json:"output,omitempty"`
	Failure   *event.Failure `json:"failure,omitempty"`
}

func (h Handler) list(w http.ResponseWriter, r *http.Request) {
	states, err := h.Runs.List(r.Context())
	if err != nil {
		h.fail(w, err)
		return
	}
	out := make([]entry, 0, len(states))
	for _, s := range states {
		out = append(out, entry{s.Run, s.Name, s.Phase, s.Simulated, s.Revision, s.Output, s.Failure})
	}
	h.answer(w, out)
}

func (h Handler) summary(w http.ResponseWriter, r *http.Request) {
	summary, _, err := h.result(r)
	if err != nil {
		h.fail(w, err)
		return
	}
	h.answer(w, summary)
}

func (h Handler) requests(w http.ResponseWriter, r *http.Request) {
	_, rows, err := h.result(r)
	if err != nil {
		h.fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	if err := sink.WriteRequests(w, rows); err != nil {
		h.Log.Warn("send requests.csv", "error", err)
	}
}

// errNoResult is for a run that is unknown or not reported yet.
var errNoResult = errors.New("no result of this run")

// result is the newest revision on the stream: its summary and, in order, its rows.
func (h Handler) result(r *http.Request) (*event.Summary, []event.ResultRequest, error) {
	id, err := event.ParseRunID(r.PathValue("id"))
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errNoResult, err)
	}
	var summary *event.Summary
	var rows []event.ResultRequest
	for record, err := range h.Streams.Replay(r.Context(), id, subject.Result) {
		if _, bad := errors.AsType[*bus.DecodeError](err); bad {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		switch data := record.Event.Data.(type) {
		case *event.ResultRun:
			if summary == nil || data.Summary.Revision >= summary.Revision {
				summary = &data.Summary
			}
		case *event.ResultRequest:
			rows = append(rows, *data)
		}
	}
	if summary == nil {
		return nil, nil, fmt.Errorf("%w: %s", errNoResult, id)
	}
	rows = slices.DeleteFunc(rows, func(row event.ResultRequest) bool { return row.Revision != summary.Revision })
	order := func(a, b event.ResultRequest) int {
		return cmp.Or(strings.Compare(a.RequestID, b.RequestID), cmp.Compare(a.Attempt, b.Attempt), strings.Compare(a.Method, b.Method))
	}
	slices.SortStableFunc(rows, order)
	// A reporter that was killed while it published is followed by one that
	// publishes the same rows again.
	rows = slices.CompactFunc(rows, func(a, b event.ResultRequest) bool { return order(a, b) == 0 })
	return summary, rows, nil
}

func (h Handler) answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(v); err != nil {
		h.Log.Warn("send answer", "error", err)
	}
}

func (h Handler) fail(w http.ResponseWriter, err error) {
	if errors.Is(err, errNoResult) {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	h.Log.Warn("answer request", "error", err)
	http.Error(w, "the streams cannot be read now", http.StatusServiceUnavailable)
}
