package simulate

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// entry is what the books know of one sequence: when it was served, when it
// decoded, and its prompt's chunks. to is 0 while it runs.
type entry struct {
	run, request string
	attempt      int
	from, to     int64
	decodes      int64
	prefills     []prefill
}

// prefill is one chunk's energy, spread evenly over its step.
type prefill struct {
	from, to int64
	joules   float64
}

// parseRequestID reads <run>.<request_id>.<attempt>. Anything else belongs to no
// run, and is still in the devices' energy.
func parseRequestID(id string) (run, request string, attempt int) {
	first, last := strings.IndexByte(id, '.'), strings.LastIndexByte(id, '.')
	if first <= 0 || last <= first+1 {
		return "", id, 0
	}
	attempt, err := strconv.Atoi(id[last+1:])
	if err != nil || attempt < 0 {
		return "", id, 0
	}
	return id[:first], id[first+1 : last], attempt
}

// ledger keeps the entries of every run.
type ledger struct {
	keep  int64
	runs  map[string][]*entry
	count int
	// sweepAt is the number of entries at which old ones are looked for.
	sweepAt int
}

func newLedger(keep int64) *ledger {
	return &ledger{keep: keep, runs: map[string][]*entry{}, sweepAt: 1024}
}

// open enters a sequence that begins to be served.
func (l *ledger) open(e *entry, now int64) {
	l.runs[e.run] = append(l.runs[e.run], e)
	if l.count++; l.count < l.sweepAt {
		return
	}
	l.count = 0
	for run, entries := range l.runs {
		kept := slices.DeleteFunc(entries, func(e *entry) bool { return e.to != 0 && e.to < now-l.keep })
		if l.count += len(kept); len(kept) == 0 {
			delete(l.runs, run)
			continue
		}
		l.runs[run] = kept
	}
	l.sweepAt = max(1024, 2*l.count)
}

// truth is the energy of the run's requests between two moments, by request and
// attempt in that order. n sequences of one request are one row.
func (l *ledger) truth(line *timeline, run string, from, to int64) []event.RequestTruth {
	type key struct {
		request string
		attempt int
	}
	rows := map[key]*event.RequestTruth{}
	for _, e := range l.runs[run] {
		until := to
		if e.to != 0 {
			until = min(to, e.to)
		}
		since := max(from, e.from)
		if since >= until {
			continue
		}
		k := key{e.request, e.attempt}
		row := rows[k]
		if row == nil {
			row = &event.RequestTruth{RequestID: e.request, Attempt: e.attempt}
			rows[k] = row
		}
		row.SharedJ += line.between(since, until)[shared]
		if e.decodes != 0 && e.decodes < until {
			row.DecodeJ += line.between(max(since, e.decodes), until)[decode]
		}
		for _, p := range e.prefills {
			if over := min(until, p.to) - max(since, p.from); over > 0 {
				row.PrefillJ += p.joules * float64(over) / float64(p.to-p.from)
			}
		}
	}
	out := make([]event.RequestTruth, 0, len(rows))
	for _, row := range rows {
		row.EnergyJ = row.PrefillJ + row.DecodeJ + row.SharedJ
		out = append(out, *row)
	}
	slices.SortFunc(out, func(a, b event.RequestTruth) int {
		return cmp.Or(cmp.Compare(a.RequestID, b.RequestID), cmp.Compare(a.Attempt, b.Attempt))
	})
	return out
}
