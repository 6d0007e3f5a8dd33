package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// ErrTransition is returned, wrapped, for a step that the state does not allow.
var ErrTransition = errors.New("run state does not allow this")

// Phase is where a run is in its life.
type Phase string

// The phases of a run.
const (
	Requested Phase = "requested"
	Baseline  Phase = "baseline"
	Running   Phase = "running"
	Draining  Phase = "draining"
	Sealed    Phase = "sealed"
	Reported  Phase = "reported"
	Failed    Phase = "failed"
	Cancelled Phase = "cancelled"
)

// Final reports whether nothing more will happen to the run.
func (p Phase) Final() bool { return p == Reported || p == Failed || p == Cancelled }

// State is everything the services agree on about a run. It is small, lives in
// the bucket AEB_RUNS, and changes only through its methods.
type State struct {
	Run   event.RunID `json:"run"`
	Name  string      `json:"name"`
	Phase Phase       `json:"phase"`
	// Config is the effective run config (pkg/config.Run) without secrets.
	Config       json.RawMessage `json:"config"`
	ConfigDigest string          `json:"config_digest"`
	Simulated    bool            `json:"simulated"`
	// RerunOf names the run whose prompts are driven again, at its arrival times.
	RerunOf event.RunID `json:"rerun_of,omitempty"`
	// Sweep is set for one of several runs that were asked for together.
	Sweep *event.Sweep `json:"sweep,omitempty"`

	// Samplers is how many hosts must be ready before load begins; 0 when the
	// run measures no energy.
	Samplers int             `json:"samplers"`
	Hosts    map[string]Host `json:"hosts,omitempty"`
	// Producers are all that have published to the run, by Key.
	Producers map[string]Producer `json:"producers,omitempty"`
	// Checked names the services that have found what they need for the run: the
	// driver a server that has the model, the reporter a place to write to.
	Checked map[string]bool `json:"checked,omitempty"`
	// Stage is the stage of a closed loop, from 1; 0 without stages, and in an open
	// loop, whose prompts say theirs.
	Stage int `json:"stage,omitempty"`
	// Prompts is the number of prompts, once all are on the stream.
	Prompts *int64 `json:"prompts,omitempty"`

	RequestedNS int64 `json:"requested_ns"`
	RunningNS   int64 `json:"running_ns,omitempty"`
	DrainingNS  int64 `json:"draining_ns,omitempty"`

	// ConsecutiveFailures counts failed requests since the last success, over
	// all driver replicas.
	ConsecutiveFailures int `json:"consecutive_failures"`
	// Ended and Errors count requests over all driver replicas, where a load bounds
	// its errors.
	Ended  int64 `json:"ended,omitempty"`
	Errors int64 `json:"errors,omitempty"`

	Failure *event.Failure `json:"failure,omitempty"`
	// Stopped is set when someone cancelled the run.
	Stopped  string `json:"stopped,omitempty"`
	Revision int    `json:"revision"`
	// Output is where the reporter wrote, once reported.
	Output string `json:"output,omitempty"`
}

// Host is a sampler's part in a run.
type Host struct {
	Producer string `json:"producer"`
	Ready    bool   `json:"ready"`
}

// Producer is one publisher's part in a run.
type Producer struct {
	Producer string `json:"producer"`
	Epoch    int64  `json:"epoch"`
	Closed   bool   `json:"closed"`
}

// Key names a producer and epoch in State.Producers.
func Key(p event.Producer, epoch int64) string { return fmt.Sprintf("%s/%d", p, epoch) }

// clone copies what the methods change, so that a refused step leaves no trace.
func (s State) clone() State {
	s.Hosts = maps.Clone(s.Hosts)
	s.Producers = maps.Clone(s.Producers)
	s.Checked = maps.Clone(s.Checked)
	return s
}

func (s State) refuse(step string) error {
	return fmt.Errorf("%w: %s while %s is %s", ErrTransition, step, s.Run, s.Phase)
}

// Join records a producer before its first event. It is refused once the run is
// sealed; joining twice changes nothing.
func (s State) Join(p event.Producer, epoch int64) (State, error) {
	if s.Phase == Sealed || s.Phase.Final() {
		return s, s.refuse("join of " + p.String())
	}
	s = s.clone()
	if s.Producers == nil {
		s.Producers = map[string]Producer{}
	}
	key := Key(p, epoch)
	if _, ok := s.Producers[key]; !ok {
		s.Producers[key] = Producer{Producer: p.String(), Epoch: epoch}
	}
	return s, nil
}

// Leave records that a producer has published its last event.
func (s State) Leave(p event.Producer, epoch int64) (State, error) {
	key := Key(p, epoch)
	was, ok := s.Producers[key]
	if !ok {
		return s, s.refuse("leaving by " + key + ", which never joined,")
	}
	s = s.clone()
	was.Closed = true
	s.Producers[key] = was
	return s, nil
}

// AllClosed reports whether every producer has left.
func (s State) AllClosed() bool {
	for _, p := range s.Producers {
		if !p.Closed {
			return false
		}
	}
	return true
}

// Measure moves requested to baseline: samplers may take their leases.
func (s State) Measure() (State, error) {
	if s.Phase != Requested {
		return s, s.refuse("baseline")
	}
	s.Phase = Baseline
	return s, nil
}

// HostJoined records a sampler that holds the lease of a host and measures its
// baseline; HostReady that it is done.
func (s State) HostJoined(host string, p event.Producer) (State, error) {
	return s.host(host, Host{Producer: p.String()})
}

// HostReady records that a host's baseline is taken.
func (s State) HostReady(host string, p event.Producer) (State, error) {
	return s.host(host, Host{Producer: p.String(), Ready: true})
}

func (s State) host(name string, h Host) (State, error) {
	if s.Phase != Baseline && s.Phase != Running {
		return s, s.refuse("host " + name)
	}
	s = s.clone()
	if s.Hosts == nil {
		s.Hosts = map[string]Host{}
	}
	s.Hosts[name] = h
	return s, nil
}

// SamplersReady reports whether the expected hosts are all ready.
func (s State) SamplersReady() bool {
	ready := 0
	for _, h := range s.Hosts {
		if h.Ready {
			ready++
		}
	}
	return ready >= s.Samplers
}

// Services whose check a run waits for before its load begins.
const (
	Driver   = "inference-driver"
	Reporter = "reporter"
)

// Check records that a service has what it needs for the run. One replica's word
// is enough.
func (s State) Check(service string) (State, error) {
	if s.Phase != Baseline {
		return s, s.refuse("check by " + service)
	}
	s = s.clone()
	if s.Checked == nil {
		s.Checked = map[string]bool{}
	}
	s.Checked[service] = true
	return s, nil
}

// Waiting lists what must still happen before the load can begin.
func (s State) Waiting() []string {
	var out []string
	for _, service := range []string{Driver, Reporter} {
		if !s.Checked[service] {
			out = append(out, service)
		}
	}
	if !s.SamplersReady() {
		out = append(out, "energy-sampler")
	}
	return out
}

// Start moves baseline to running once nothing is waited for.
func (s State) Start(atNS int64) (State, error) {
	if s.Phase != Baseline || len(s.Waiting()) > 0 {
		return s, s.refuse("start")
	}
	s.Phase, s.RunningNS = Running, atNS
	return s, nil
}

// EnterStage notes which stage of a closed loop it is, from 1: what is sent from now
// on belongs to it. A loader that takes over and counts anew does not lead back.
func (s State) EnterStage(stage int) (State, error) {
	if s.Phase != Running {
		return s, s.refuse(fmt.Sprintf("entering stage %d", stage))
	}
	s.Stage = max(s.Stage, stage)
	return s, nil
}

// Loaded records that all prompts are on the stream. It may come while running,
// or after a failure has already begun to drain the run.
func (s State) Loaded(prompts int64) (State, error) {
	if s.Phase != Running && s.Phase != Draining {
		return s, s.refuse("loaded")
	}
	s.Prompts = &prompts
	return s, nil
}

// Outcome records one finished attempt for fail-fast: limit consecutive
// failures over all replicas fail the run. A limit of 0 never does. Only a running
// run counts: an attempt that ends after the load changes nothing.
func (s State) Outcome(ok bool, limit int, f event.Failure, atNS int64) (State, error) {
	if s.Phase != Running {
		return s, nil
	}
	if ok {
		s.ConsecutiveFailures = 0
		return s, nil
	}
	s.ConsecutiveFailures++
	if limit > 0 && s.ConsecutiveFailures >= limit {
		return s.Fail(f, atNS)
	}
	return s, nil
}

// Drain moves running to draining: every prompt has come to an end.
func (s State) Drain(atNS int64) (State, error) {
	if s.Phase != Running {
		return s, s.refuse("drain")
	}
	s.Phase, s.DrainingNS = Draining, atNS
	return s, nil
}

// Fail ends a run early. Under load it drains and is reported as failed; before
// that there is nothing to report. A run that already failed keeps its first reason.
func (s State) Fail(f event.Failure, atNS int64) (State, error) {
	switch s.Phase {
	case Requested, Baseline:
		s.Phase, s.Failure = Failed, &f
	case Running:
		s.Phase, s.DrainingNS, s.Failure = Draining, atNS, &f
	case Draining, Sealed:
		if s.Failure == nil {
			s.Failure = &f
		}
	default:
		return s, s.refuse("failure")
	}
	return s, nil
}

// Cancel stops a run: as Fail, but by someone's wish.
func (s State) Cancel(reason string, atNS int64) (State, error) {
	switch s.Phase {
	case Requested, Baseline:
		s.Phase, s.Stopped = Cancelled, reason
	case Running:
		s.Phase, s.DrainingNS, s.Stopped = Draining, atNS, reason
	default:
		return s, s.refuse("cancel")
	}
	return s, nil
}

// Seal moves draining to sealed: the stored events are all there, or a deadline
// has passed and what is missing is known.
func (s State) Seal() (State, error) {
	if s.Phase != Draining {
		return s, s.refuse("seal")
	}
	s.Phase = Sealed
	return s, nil
}

// Abandon ends a run whose result cannot be computed or written. The record stays
// on the streams and can be replayed.
func (s State) Abandon(f event.Failure) (State, error) {
	if s.Phase != Sealed {
		return s, s.refuse("abandon")
	}
	s.Phase, s.Failure = Failed, &f
	return s, nil
}

// Report records a written revision. A reported run can be reported again with
// the next revision.
func (s State) Report(revision int, output string) (State, error) {
	if (s.Phase != Sealed && s.Phase != Reported) || revision != s.Revision+1 {
		return s, s.refuse(fmt.Sprintf("report of revision %d after %d", revision, s.Revision))
	}
	s.Phase, s.Revision, s.Output = Reported, revision, output
	return s, nil
}
