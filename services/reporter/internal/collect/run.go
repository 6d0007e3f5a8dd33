package collect

import (
	"cmp"
	"errors"
	"slices"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// ErrNoRun is returned when the streams hold no run.requested of the run, and
// nobody else knows it.
var ErrNoRun = errors.New("the streams do not hold this run")

// Own is the service whose events are results of the run and not its record.
const Own = "reporter"

// Run is everything that the streams say of a run.
type Run struct {
	ID        event.RunID
	Requested *event.RunRequested
	Config    config.Run
	// StartedNS and DrainedNS bound the load; 0 when there is no such event.
	StartedNS, DrainedNS int64
	Failure              *event.Failure
	Cancelled            string
	// Dataset is what was read; nil of a run that never got that far.
	Dataset *event.DatasetRead
	// Finished are the attempts by request and attempt.
	Finished []*event.RequestFinished
	// Unanswered counts prompts without any finished attempt, Abandoned attempts
	// that began and were never finished, Conflicts attempts that were told twice
	// (the first by event id stands).
	Unanswered, Abandoned, Conflicts int64
	// Sessions counts prompts of several turns; nil when there were none.
	Sessions *event.SessionCounts
	// Hosts are the newest descriptions, by host.
	Hosts map[string]*event.HostDescribed
	// Twice are devices that more than one host described.
	Twice []Twice
	// Samples are a device's readings, by time, in the wall time of its host.
	Samples map[string][]attribution.Sample
	// Gauges are what else was read of a device, by time.
	Gauges map[string][]Gauges
	// Spans are the stretches that a device's readings are flagged for.
	Spans []Span
	Gaps  []*event.PowerGap
	// Offsets are the estimates for a host, by time.
	Offsets map[string][]*event.ClockOffset
	// Servers are what the inference servers said of themselves, by endpoint and time.
	Servers []*event.ServerSampled
	// Clients are what drivers said of themselves, by producer and epoch.
	Clients []Client
	Truth   *event.TruthRecorded
	// Intensities are what was said of the grid, by time.
	Intensities []*event.IntensityObserved
	// Boots are the boot ids of the clocks, by host.
	Boots map[string]string
	// anchors are the earliest stamps by boot, latest the last.
	anchors, latest map[string]event.Stamp
	Completeness    event.Completeness
	// DeadReasons are distinct reasons of dead letters, sorted, at most ten.
	DeadReasons []string
	// Sealed is set once the streams say that the run is sealed, and Revision is
	// the last one reported there.
	Sealed   bool
	Revision int
}

// Client is a driver's account of itself: what it said, at least once, by time.
type Client struct {
	Producer string
	Epoch    int64
	Samples  []event.DriverSampled
}

// Last is its last word, which is the whole account.
func (c Client) Last() event.DriverSampled { return c.Samples[len(c.Samples)-1] }

// InFlightMax is the most prompts that it said to be working on.
func (c Client) InFlightMax() int64 {
	return slices.MaxFunc(c.Samples, func(a, b event.DriverSampled) int { return cmp.Compare(a.InFlight, b.InFlight) }).InFlight
}

// Span is a stretch of a device's time with a flag, in its host's wall time.
type Span struct {
	Device, Flag string
	FromNS, ToNS int64
}

// Wall is the wall time of a stamp as if its host's wall clock had never been
// stepped during the run: by the monotonic clock from the earliest stamp of that
// boot. A driver and a sampler on one host are thereby in one time, exactly.
func (r *Run) Wall(c event.Clock, s event.Stamp) int64 {
	anchor, ok := r.anchors[c.BootID]
	if !ok || s.MonoNS == 0 {
		return s.WallNS
	}
	return anchor.AtMono(s.MonoNS)
}

// stepNS is how far a wall clock may move against the monotonic one without having been
// set: what a process may be held up between reading the one and the other. Discipline
// moves both alike.
const stepNS = int64(5e6)

func stepped(ns int64) bool { return ns > stepNS || ns < -stepNS }

// SteppedNS is how far the wall clock of a boot was set between its first stamp and its
// last; 0 when it was not.
func (r *Run) SteppedNS(boot string) int64 {
	last := r.latest[boot]
	if by := last.WallNS - r.anchors[boot].AtMono(last.MonoNS); stepped(by) {
		return by
	}
	return 0
}

// Stepped says whether the wall clock of a stamp had been set since its host's earliest
// one, so that the two times of day do not compare.
func (r *Run) Stepped(c event.Clock, s event.Stamp) bool {
	return stepped(s.WallNS - r.Wall(c, s))
}
