package aeb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/compare"
)

// Comparison is runs side by side: the config keys in which they differ, and each
// figure with its interval and its ratio to the first run.
type Comparison = compare.Table

// Compare sets stored runs side by side. A run without a result is there with how
// it ended.
func (p *Pipeline) Compare(ctx context.Context, ids ...event.RunID) (Comparison, error) {
	runs := make([]compare.Run, 0, len(ids))
	for _, id := range ids {
		r, err := p.comparable(ctx, id)
		if err != nil {
			return Comparison{}, err
		}
		runs = append(runs, r)
	}
	return compare.New(runs)
}

// comparable reads what a comparison wants of a run from its stream.
func (p *Pipeline) comparable(ctx context.Context, id event.RunID) (compare.Run, error) {
	state, err := p.stack.Store.Get(ctx, id)
	if err != nil {
		return compare.Run{}, err
	}
	out := compare.Run{ID: id, Name: state.Name, Config: state.Config, Ended: ended(state)}
	if state.Sweep != nil {
		out.Label = state.Sweep.Label
	}
	summary, err := p.Summary(ctx, id)
	if errors.Is(err, ErrNoResult) {
		return out, nil
	}
	if err != nil {
		return out, err
	}
	out.Summary = &summary
	method := primary(summary)
	for record, err := range p.stack.Bus.Replay(ctx, id, subject.Result) {
		if err != nil {
			return out, fmt.Errorf("read results of %s: %w", id, err)
		}
		if r, ok := record.Event.Data.(*event.ResultRequest); ok && r.Revision == summary.Revision {
			out.Samples.Add(r, method)
		}
	}
	return out, nil
}

// ended is how a run without a result came to its end, or where it is.
func ended(s run.State) string {
	if s.Failure != nil {
		return string(s.Phase) + ": " + s.Failure.Class
	}
	return string(s.Phase)
}

// primary is the method of the figures that a summary leads with.
func primary(s event.Summary) string {
	if len(s.Methods) > 0 {
		return s.Methods[0].Method
	}
	return s.Energy.Method
}

// CompareFolders is [Pipeline.Compare] from the folders that a reporter has
// written, on any machine: their summary.json and, for the intervals,
// requests.csv. The configs are not known there, so only the figures are compared.
func CompareFolders(dirs ...string) (Comparison, error) {
	runs := make([]compare.Run, 0, len(dirs))
	for _, dir := range dirs {
		r, err := folder(dir)
		if err != nil {
			return Comparison{}, service.Usage(err)
		}
		runs = append(runs, r)
	}
	return compare.New(runs)
}

func folder(dir string) (compare.Run, error) {
	path := filepath.Join(dir, "summary.json")
	text, err := os.ReadFile(path)
	if err != nil {
		return compare.Run{}, fmt.Errorf("result: %w", err)
	}
	var summary event.Summary
	if err := json.Unmarshal(text, &summary); err != nil {
		return compare.Run{}, fmt.Errorf("result %s: %w", path, err)
	}
	out := compare.Run{ID: summary.RunID, Name: summary.Name, Summary: &summary}
	out.Samples, err = compare.ReadRequests(filepath.Join(dir, "requests.csv"), primary(summary))
	return out, err
}
