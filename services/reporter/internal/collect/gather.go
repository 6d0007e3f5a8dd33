package collect

import (
	"cmp"
	"slices"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
)

// gathering is a reading in progress.
type gathering struct {
	id      event.RunID
	events  []stored
	letters map[place]letter

	// What the reporter itself has said of the run.
	sealedNS  int64
	sealed    *event.RunSealed
	failed    *event.RunFailed
	cancelled *event.RunCancelled
	revision  int
}

type stored struct {
	event.Event
	storedNS int64
}

// place is where a message was.
type place struct {
	stream string
	seq    uint64
}

type letter struct {
	reason   string
	storedNS int64
}

func newGathering(id event.RunID) *gathering {
	return &gathering{id: id, letters: map[place]letter{}}
}

func (g *gathering) add(e event.Event, storedNS int64) {
	if e.ID.Producer.Service != Own {
		if prompt, ok := e.Data.(*event.PromptQueued); ok {
			// Texts are large and not needed here.
			prompt.Prompt, prompt.Generate = "", event.Generate{}
		}
		g.events = append(g.events, stored{e, storedNS})
		return
	}
	switch data := e.Data.(type) {
	case *event.RunSealed:
		// Of two sealers that raced, the first drew the line.
		if g.sealed == nil || storedNS < g.sealedNS {
			g.sealed, g.sealedNS = data, storedNS
		}
	case *event.RunFailed:
		g.failed = data
	case *event.RunCancelled:
		g.cancelled = data
	case *event.RunReported:
		g.revision = max(g.revision, data.Revision)
	}
}

// bury notes a message that could not be handled. A worker's letter and the
// reading's own are of one message; the reading knows when that was stored.
func (g *gathering) bury(stream string, seq uint64, reason string, storedNS int64) {
	at := place{stream, seq}
	if was, ok := g.letters[at]; ok {
		storedNS, reason = min(storedNS, was.storedNS), min(reason, was.reason)
	}
	g.letters[at] = letter{reason, storedNS}
}

// inTime says whether something was stored before the run was sealed.
func (g *gathering) inTime(storedNS int64) bool { return g.sealed == nil || storedNS <= g.sealedNS }

// run makes the record from what was gathered, in the order of event ids.
func (g *gathering) run(state *run.State) (*Run, error) {
	slices.SortStableFunc(g.events, func(a, b stored) int {
		return cmp.Or(compare(a.Event, b.Event), cmp.Compare(a.storedNS, b.storedNS))
	})
	c := newCollector(g.id)
	c.r.Sealed, c.r.Revision = g.sealed != nil, g.revision
	if g.sealed != nil {
		for _, p := range g.sealed.Completeness.Producers {
			c.producer(p.Producer, p.Epoch)
		}
	}
	if state != nil {
		for _, p := range state.Producers {
			c.producer(p.Producer, p.Epoch)
		}
	}
	for _, e := range g.events {
		if g.inTime(e.storedNS) {
			c.add(e.Event)
		} else {
			c.late++
		}
	}
	reasons := map[string]bool{}
	for at, l := range g.letters {
		// What could not be handled after the seal is no hole in the record.
		if g.inTime(l.storedNS) {
			c.dead++
			reasons[at.stream+": "+l.reason] = true
		}
	}
	if state != nil && c.r.Requested == nil {
		c.r.Requested = &event.RunRequested{
			Name: state.Name, Config: state.Config, ConfigDigest: state.ConfigDigest, Simulated: state.Simulated,
		}
	}
	r, err := c.run()
	if err != nil {
		return nil, err
	}
	r.DeadReasons = someOf(reasons)
	// The reporter's word, taken from the run's state when it sealed, is last.
	if g.failed != nil {
		r.Failure = &event.Failure{Class: g.failed.Class, Reason: g.failed.Reason}
	}
	if g.cancelled != nil {
		r.Cancelled = g.cancelled.Reason
	}
	return r, nil
}

const reasonsShown = 10

func someOf(reasons map[string]bool) []string {
	out := make([]string, 0, len(reasons))
	for r := range reasons {
		out = append(out, r)
	}
	slices.Sort(out)
	return out[:min(len(out), reasonsShown)]
}

func compare(a, b event.Event) int {
	return cmp.Or(
		cmp.Compare(a.ID.Epoch, b.ID.Epoch),
		strings.Compare(a.ID.Producer.Service, b.ID.Producer.Service),
		strings.Compare(a.ID.Producer.Instance, b.ID.Producer.Instance),
		cmp.Compare(a.ID.Seq, b.ID.Seq),
	)
}
