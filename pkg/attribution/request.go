package attribution

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Request is one attempt, in the devices' clock.
type Request struct {
	ID      string
	Attempt int
	// Devices that served it (all the devices of its replica).
	Devices []string
	// StartNS is sent; FirstTokenNS event.Missing when it never came; EndNS is the
	// last token, or the end of an attempt without tokens.
	StartNS, FirstTokenNS, EndNS int64
	// QueueNS is time in the server's queue, from server timings; event.Missing when not offered.
	QueueNS int64
	// InputTokens, OutputTokens are event.Missing when the server gave no usage.
	InputTokens, OutputTokens int64
	// ChunkGapsNS tell when output came, as event.RequestFinished has them: from
	// StartNS to the first chunk, and then from chunk to chunk. The fitted method
	// uses them, when they are there, to know when tokens were made. They are not
	// kept.
	ChunkGapsNS []int64
	// Account is the ledger account: "ok", "failed", "cancelled", "warmup" or "retried".
	Account string
	// ClockErrorNS is the uncertainty of the offset applied to its times.
	ClockErrorNS int64
}

func (r Request) check() error {
	bad := func(what string) error {
		return fmt.Errorf("%w: %s attempt %d: %s", ErrRequest, r.ID, r.Attempt, what)
	}
	switch {
	case r.ID == "":
		return bad("no id")
	case len(r.ID) > maxText:
		return fmt.Errorf("%w: %.40s… attempt %d: id of %d bytes, where at most %d are taken", ErrRequest, r.ID, r.Attempt, len(r.ID), maxText)
	case r.Attempt < 0 || r.Attempt > math.MaxInt32:
		return bad("not the number of an attempt")
	case r.EndNS < r.StartNS:
		return bad("ends before it starts")
	case r.FirstTokenNS != event.Missing && (r.FirstTokenNS < r.StartNS || r.FirstTokenNS > r.EndNS):
		return bad("first token outside its time")
	case r.QueueNS < 0 && r.QueueNS != event.Missing:
		return bad("negative queue time")
	case r.InputTokens < 0 && r.InputTokens != event.Missing,
		r.OutputTokens < 0 && r.OutputTokens != event.Missing:
		return bad("negative token count")
	case r.ClockErrorNS < 0:
		return bad("negative clock error")
	}
	return nil
}

// phase of an attempt.
type phase uint8

const (
	phaseNone phase = iota
	phaseQueue
	phasePrefill
	phaseDecode
)

// name tells attempts apart.
type name struct {
	id     string
	number int
}

// compare is the canonical order of attempts.
func (a name) compare(b name) int {
	if c := strings.Compare(a.id, b.id); c != 0 {
		return c
	}
	return cmp.Compare(a.number, b.number)
}

// attempt is a Request on its way through the engine.
type attempt struct {
	name
	edges   [4]int64 // start, served, first token, end; not decreasing
	input   int64
	output  int64
	clockNS int64
	group   *group
	parts   []uint32 // its part on each device of group, by index in that device's pool
	only    [1]uint32
	past    uint32 // where it goes once it is over, and
	lot     uint32 // its lot on the first device, where a method needs them
	open    int    // parts that are not over
	account uint16
	bits    flagBits
	tells   bool // its chunks are known
}

// load fills a from r. Without a first token all time after the queue is
// prefill; a queue that is said to be longer than the wait for the first token
// is cut to it.
func (a *attempt) load(r Request) {
	served, first := r.StartNS, r.FirstTokenNS
	if first == event.Missing {
		first = r.EndNS
		a.bits |= bitPhasesUnknown
	}
	if r.QueueNS == event.Missing {
		a.bits |= bitQueueUnknown
	} else {
		served = r.StartNS + r.QueueNS
		if served > first || served < r.StartNS {
			served = first
			a.bits |= bitQueueClamped
		}
	}
	if r.InputTokens == event.Missing || r.OutputTokens == event.Missing {
		a.bits |= bitTokensMissing
	}
	if r.EndNS == r.StartNS {
		a.bits |= bitNoDuration
	}
	a.id, a.number = r.ID, r.Attempt
	a.edges = [4]int64{r.StartNS, served, first, r.EndNS}
	a.tells = len(r.ChunkGapsNS) > 1
	a.input, a.output, a.clockNS = r.InputTokens, r.OutputTokens, r.ClockErrorNS
}

// same says whether r describes what a was loaded from, but for its devices and account.
func (a *attempt) same(r Request) bool {
	var b attempt
	b.load(r)
	const own = bitPhasesUnknown | bitQueueUnknown | bitQueueClamped | bitTokensMissing | bitNoDuration
	return a.edges == b.edges && a.input == b.input && a.output == b.output &&
		a.clockNS == b.clockNS && a.bits&own == b.bits&own
}

// slope is units spread evenly from a to b, per nanosecond.
func slope(units float64, fromNS, toNS int64) float64 {
	if toNS <= fromNS {
		return 0
	}
	return units / float64(toNS-fromNS)
}
