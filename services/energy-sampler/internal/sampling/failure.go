package sampling

import (
	"context"
	"errors"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
)

// Failure classes of this service.
const (
	// ClassSampler: the host cannot be measured.
	ClassSampler = "sampler"
	// ClassBusy: another run measures the host, and this one would not wait.
	ClassBusy = "gpu_busy"
)

var (
	errBusy = errors.New("another run measures this host")
	// errGone ends a session quietly: the run ended while it was being joined.
	errGone = errors.New("the run is over")
	// errUndelivered leaves the run without this producer's closing event, so that
	// it cannot be taken for complete.
	errUndelivered = errors.New("samples are left in the spool")
)

// gone turns the refusal of a step into the end of the session.
func (s *session) gone(err error) error {
	if errors.Is(err, run.ErrTransition) || errors.Is(err, run.ErrUnknown) {
		return errGone
	}
	return err
}

// fail tells the run why it cannot be measured, and signs off.
func (s *session) fail(ctx context.Context, cause error) {
	if errors.Is(cause, errUndelivered) {
		s.log.Error("the run is left incomplete", "error", cause, "spool", s.spoolDir)
		return
	}
	joined, told := false, false
	f := event.Failure{Class: ClassSampler, Reason: s.host.Host + ": " + cause.Error()}
	if errors.Is(cause, errBusy) {
		f.Class = ClassBusy
	}
	quiet := errors.Is(cause, errGone) || errors.Is(cause, context.Canceled)
	now := s.Clock.Now().WallNS
	_, err := s.update(ctx, func(st run.State) (run.State, error) {
		_, joined = st.Producers[run.Key(s.producer, s.epoch)]
		told = false
		if quiet || st.Failure != nil || st.Phase.Final() || st.Phase == run.Sealed {
			return st, nil
		}
		next, err := st.Join(s.producer, s.epoch)
		if err != nil {
			return st, err
		}
		joined, told = true, true
		return next.Fail(f, now)
	})
	if err != nil {
		s.log.Error("the run could not be told", "error", err, "cause", cause)
		return
	}
	if told {
		s.log.Error("the run cannot be measured", "class", f.Class, "error", cause)
		if err := s.Publisher.PublishNow(ctx, s.run, &event.RunFailed{Class: f.Class, Reason: f.Reason, AtNS: now}); err != nil {
			s.log.Error("publish run.failed", "error", err)
		}
	}
	if !joined {
		return
	}
	if err := s.leave(ctx); err != nil {
		s.log.Error("leave the run", "error", err)
	}
}
