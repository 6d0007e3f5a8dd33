package working

import (
	"context"
	"fmt"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
)

// ConsecutiveFailures is the class of a run that fail-fast ended.
const ConsecutiveFailures = "consecutive_failures"

// serve makes one attempt, stores its record, and only then lets go of the
// prompt: a replica that dies in between leaves it to another, as a further
// attempt. An attempt that a stop of this service cut short is recorded as
// cancelled, and its prompt given back.
func (s *session) serve(requests, store context.Context, d *bus.Delivery, received event.Stamp, stopping func() bool) {
	p, ok := d.Event.Data.(*event.PromptQueued)
	if !ok {
		if err := d.Dead(store, "not a prompt"); err != nil {
			s.log.Error("bury what is no prompt", "event_id", d.Event.ID.String(), "error", err)
		}
		return
	}
	if err := s.texts.open(store, s.Bus, s.id, p); err != nil {
		s.log.Error("open a prompt", "request_id", p.RequestID, "error", err)
		s.giveBack(d)
		return
	}
	finished := s.send(requests, p, d.Attempt, received)
	log := s.log.With("request_id", p.RequestID, "attempt", d.Attempt)
	if err := s.publisher.PublishNow(store, s.id, finished); err != nil {
		log.Error("the result is not stored, and the prompt will be delivered again", "error", err)
		return
	}
	if finished.Status == event.StatusCancelled {
		// Of a run that has ended it stays unacknowledged, so that its place is not
		// filled by a replica that has not heard of the end.
		if stopping() {
			s.giveBack(d)
		}
		return
	}
	if err := d.Ack(store); err != nil {
		log.Error("acknowledge prompt", "error", err)
	}
	if err := s.outcome(store, finished); err != nil {
		log.Error("count the outcome", "error", err)
	}
}

// send makes one attempt at a server of the run.
func (s *session) send(ctx context.Context, p *event.PromptQueued, n int, received event.Stamp) *event.RequestFinished {
	t := s.balance.take()
	defer s.balance.give(t)
	sender := s.sender
	sender.Base, sender.Replica = t.base, t.replica
	return sender.Send(ctx, p, n, received)
}

// giveBack lets another replica have a prompt at once.
func (s *session) giveBack(d *bus.Delivery) {
	if err := d.Retry(0); err != nil {
		s.log.Warn("give a prompt back", "event_id", d.Event.ID.String(), "error", err)
	}
}

// outcome counts consecutive failures over all replicas. A success is written
// only when there is a count to reset, so that a run without failures costs the
// store nothing.
func (s *session) outcome(ctx context.Context, r *event.RequestFinished) error {
	limit := s.config.Load.FailFast
	ok := r.Status == event.StatusOK
	if limit == 0 || ok && !s.failing.Load() {
		return nil
	}
	failure := event.Failure{
		Class:  ConsecutiveFailures,
		Reason: fmt.Sprintf("%d requests in a row failed, the last with %s: %s", limit, r.ErrorClass, r.Error),
	}
	at := s.Clock.Now().WallNS
	ended := false
	after, err := s.Store.Update(ctx, s.id, func(st run.State) (run.State, error) {
		next, err := st.Outcome(ok, limit, failure, at)
		ended = err == nil && st.Phase == run.Running && next.Phase != run.Running
		return next, err
	})
	if err != nil {
		return err
	}
	s.failing.Store(after.ConsecutiveFailures > 0)
	if ended {
		return s.publisher.Publish(ctx, s.id, &event.RunFailed{Class: failure.Class, Reason: failure.Reason, AtNS: at})
	}
	return nil
}
