package working

import (
	"context"
	"errors"
	"fmt"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/attempt"
)

// ConsecutiveFailures is the class of a run that fail-fast ended.
const ConsecutiveFailures = "consecutive_failures"

// serve makes a prompt's requests, stores the record of each attempt, and only then
// lets go of the prompt: a replica that dies in between leaves it to another, which
// begins it again, as further attempts. An attempt that a stop of this service cut
// short is recorded as cancelled, and its prompt given back.
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
	last, err := s.talk(requests, store, p, d.Attempt, received)
	log := s.log.With("request_id", p.RequestID, "attempt", d.Attempt)
	if err != nil {
		log.Error("the result is not stored, and the prompt will be delivered again", "error", err)
		return
	}
	if cutShort(last) {
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
	if err := s.outcome(store, last); err != nil {
		log.Error("count the outcome", "error", err)
	}
}

// cutShort reports whether a prompt's requests ended because the load or this
// service did; nil is the pause before a turn.
func cutShort(last *event.RequestFinished) bool {
	return last == nil || last.Status == event.StatusCancelled && last.ErrorClass != string(attempt.CancelledByPlan)
}

// talk makes one request for each turn of a prompt, until one is not answered, and
// returns the last record; nil when it was cut short between two turns. The error
// is of a record that could not be stored.
func (s *session) talk(requests, store context.Context, p *event.PromptQueued, delivery int, received event.Stamp) (*event.RequestFinished, error) {
	talk := &dialogue{prompt: p}
	var server *target
	if talk.session() {
		server = s.balance.take()
		defer s.balance.give(server)
	}
	for {
		turn, _ := talk.next()
		sender := s.sender
		sender.History, sender.Answer = talk.history, talk.keeps()
		if talk.session() {
			sender.Session, sender.Turn = p.RequestID, talk.turn
		}
		last, err := s.request(requests, store, sender, server, turn, delivery, received)
		if err != nil || last.Status != event.StatusOK || talk.turn > len(p.Turns) {
			return last, err
		}
		if err := s.outcome(store, last); err != nil {
			s.log.Error("count the outcome", "request_id", last.RequestID, "error", err)
		}
		own := ""
		if sender.Answer != nil {
			own = sender.Answer.String()
		}
		talk.answered(turn, own)
		if !clock.Wait(requests, seconds(s.config.Scenario.TurnDelayS)) {
			return nil, nil
		}
		received = s.Clock.Now()
	}
}

// request makes the attempts at one turn that a delivery may take, each with its
// own record, and returns the last.
func (s *session) request(
	requests, store context.Context, sender attempt.Sender, server *target, p *event.PromptQueued, delivery int, received event.Stamp,
) (*event.RequestFinished, error) {
	retries := s.config.Load.Retries
	for k := 0; ; k++ {
		if sender.Answer != nil {
			sender.Answer.Reset()
		}
		finished := s.send(requests, sender, server, p, (delivery-1)*retries.Attempts()+k+1, received)
		if err := s.publisher.PublishNow(store, s.id, finished); err != nil {
			return nil, err
		}
		if finished.Status != event.StatusFailed || !retries.Again(finished.ErrorClass, k) || !clock.Wait(requests, seconds(retries.DelayS)) {
			return finished, nil
		}
	}
}

// send makes one attempt, at a server if one is given, else at the run's next.
func (s *session) send(
	ctx context.Context, sender attempt.Sender, server *target, p *event.PromptQueued, n int, received event.Stamp,
) *event.RequestFinished {
	if server == nil {
		server = s.balance.take()
		defer s.balance.give(server)
	}
	sender.Base, sender.Replica, sender.Stage = server.base, server.replica, s.state.Load().Stage
	return sender.Send(ctx, p, n, received)
}

// giveBack lets another replica have a prompt at once.
func (s *session) giveBack(d *bus.Delivery) {
	if err := d.Retry(0); err != nil {
		s.log.Warn("give a prompt back", "event_id", d.Event.ID.String(), "error", err)
	}
}

// outcome tells the run how a request ended in the last of its attempts. One that
// was broken off by plan is neither a success nor a failure.
func (s *session) outcome(ctx context.Context, r *event.RequestFinished) error {
	if r.Status == event.StatusCancelled {
		return nil
	}
	return errors.Join(s.count(ctx, r), s.streak(ctx, r))
}

// streak counts consecutive failures over all replicas. A success is written only
// when there is a count to reset, so that a run without failures costs the store
// nothing.
func (s *session) streak(ctx context.Context, r *event.RequestFinished) error {
	limit := s.config.Load.FailFast
	ok := r.Status == event.StatusOK
	if limit == 0 || ok && !s.failing.Load() {
		return nil
	}
	at := s.Clock.Now().WallNS
	failure, err := s.fail(ctx, func(st run.State) (run.State, error) {
		return st.Outcome(ok, limit, event.Failure{
			Class:  ConsecutiveFailures,
			Reason: fmt.Sprintf("%d requests in a row failed, the last with %s: %s", limit, r.ErrorClass, r.Error),
		}, at)
	})
	if err != nil {
		return err
	}
	return s.tellFailed(ctx, failure, at)
}
