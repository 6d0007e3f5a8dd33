package subject

import (
	"errors"
	"fmt"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// ErrBadSubject is returned, wrapped with the reason, for text that is not a
// subject of this project.
var ErrBadSubject = errors.New("bad subject")

// Kind groups events that share a stream, a rate and a lifetime.
type Kind string

// The kinds of subjects under a run.
const (
	Ctl     Kind = "ctl"
	Prompt  Kind = "prompt"
	Request Kind = "request"
	Power   Kind = "power"
	Result  Kind = "result"
)

// Kinds lists every kind.
func Kinds() []Kind { return []Kind{Ctl, Prompt, Request, Power, Result} }

const (
	root    = "aeb.v1."
	runRoot = root + "run."
	// DeadLetters is the subject space of what could not be handled.
	DeadLetters = root + "dlq.>"
	// Clocks is the subject space of questions for the time, which no stream holds.
	Clocks = root + "clock.>"
)

// Subject addresses events of one run. Token is a verb for ctl, request and
// result, a shard for prompt and a host for power.
type Subject struct {
	Run   event.RunID
	Kind  Kind
	Token string
}

// String writes aeb.v1.run.<run>.<kind>.<token>.
func (s Subject) String() string {
	return runRoot + string(s.Run) + "." + string(s.Kind) + "." + s.Token
}

// Validate returns ErrBadSubject when a part is not what it must be.
func (s Subject) Validate() error {
	if _, err := event.ParseRunID(string(s.Run)); err != nil {
		return fmt.Errorf("%w: %w", ErrBadSubject, err)
	}
	if !s.Kind.known() {
		return fmt.Errorf("%w: kind %q is not one of %v", ErrBadSubject, s.Kind, Kinds())
	}
	if err := event.CheckToken(s.Token); err != nil {
		return fmt.Errorf("%w: %w", ErrBadSubject, err)
	}
	return nil
}

func (k Kind) known() bool {
	switch k {
	case Ctl, Prompt, Request, Power, Result:
		return true
	}
	return false
}

// Parse reads what String writes, and nothing else.
func Parse(text string) (Subject, error) {
	rest, ok := strings.CutPrefix(text, runRoot)
	if !ok {
		return Subject{}, fmt.Errorf("%w: %q does not begin with %s", ErrBadSubject, text, runRoot)
	}
	parts := strings.Split(rest, ".")
	if len(parts) != 3 {
		return Subject{}, fmt.Errorf("%w: %q has %d tokens after the root, want run.kind.token", ErrBadSubject, text, len(parts))
	}
	s := Subject{Run: event.RunID(parts[0]), Kind: Kind(parts[1]), Token: parts[2]}
	if err := s.Validate(); err != nil {
		return Subject{}, err
	}
	return s, nil
}

// Of is the subject on which an event is published. The token follows from the
// payload: the verb, the host, or shard "0".
func Of(e event.Event) (Subject, error) {
	s := Subject{Run: e.ID.Run}
	name := strings.Split(e.Type().Name(), ".")
	noun, verb := name[0], name[1]
	switch noun {
	case "run", "host", "clock", "producer", "intensity":
		s.Kind, s.Token = Ctl, verb
	case "prompt":
		s.Kind, s.Token = Prompt, "0"
	case "request", "server", "driver":
		s.Kind, s.Token = Request, verb
	case "power", "truth":
		s.Kind, s.Token = Power, e.Subject()
	case "result":
		s.Kind, s.Token = Result, verb
	}
	return s, s.Validate()
}

// AllOf is the filter for everything of kind in any run: the subjects of a stream.
func AllOf(kind Kind) string { return runRoot + "*." + string(kind) + ".>" }

// RunFilter is the filter for one kind of one run; an empty kind means all.
func RunFilter(run event.RunID, kind Kind) string {
	if kind == "" {
		return runRoot + string(run) + ".>"
	}
	return runRoot + string(run) + "." + string(kind) + ".>"
}

// DeadLetter is where a message of the named stream that could not be handled goes.
func DeadLetter(stream string) string {
	return root + "dlq." + event.Token(stream)
}

// Clock is where a host answers what its clock says; the host must be a token.
func Clock(host string) string { return root + "clock." + host }
