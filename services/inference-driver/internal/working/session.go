package working

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/attempt"
)

const (
	// ackWait is how soon a dead replica's work moves to another; live work is
	// renewed at a third of it.
	ackWait    = 60 * time.Second
	maxDeliver = 3
	// fetchWait bounds one wait for prompts, and so how late the end of the run
	// is noticed.
	fetchWait = 250 * time.Millisecond
	// closing bounds the last words of a session.
	closing = 10 * time.Second
)

// session is this replica's part in one run under load.
type session struct {
	*Runner
	id     event.RunID
	config config.Run
	base   string
	sender *attempt.Sender

	work sync.WaitGroup
	free chan struct{}
	// failing is set while the run counts failures in a row, whoever had them.
	failing atomic.Bool
}

func (s *session) do(ctx context.Context) error {
	producer, epoch := s.Publisher.Identity()
	_, err := s.Store.Update(ctx, s.id, func(st run.State) (run.State, error) { return st.Join(producer, epoch) })
	if err != nil {
		return err
	}
	defer s.leave(ctx)
	concurrency := int(s.config.Load.Concurrency)
	worker, err := s.Bus.NewWorker(ctx, bus.WorkerSpec{
		Name: "driver-" + string(s.id), Run: s.id, Kind: subject.Prompt,
		MaxInFlight: concurrency, AckWait: ackWait, MaxDeliver: maxDeliver,
	})
	if err != nil {
		return fmt.Errorf("join work of %s: %w", s.id, err)
	}
	slots := min(concurrency, s.MaxInFlight)
	s.free = make(chan struct{}, slots)
	for range slots {
		s.free <- struct{}{}
	}
	s.sender = &attempt.Sender{Client: s.Client, Clock: s.Clock, Run: s.id, Config: s.config, Base: s.base}

	// load ends when the run stops running: failed, cancelled or drained.
	load, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if _, err := s.Store.Await(load, s.id, func(st run.State) bool {
			s.failing.Store(st.ConsecutiveFailures > 0)
			return st.Phase != run.Running
		}); err == nil {
			stop()
		}
	}()
	s.sender.FirstToken = s.firstToken(ctx)
	err = s.pull(ctx, load, worker)
	s.work.Wait()
	stop()
	<-ended
	if ctx.Err() == nil && err == nil {
		return worker.Remove(ctx)
	}
	return err
}

// pull takes as many prompts as there are free slots until the run's load ends.
func (s *session) pull(ctx, load context.Context, worker *bus.Worker) error {
	requests := s.requestContext(ctx, load)
	for load.Err() == nil {
		n := s.takeSlots(load)
		if n == 0 {
			return nil
		}
		deliveries, err := worker.Fetch(load, n, fetchWait)
		for range n - len(deliveries) {
			s.free <- struct{}{}
		}
		for _, d := range deliveries {
			s.work.Go(func() {
				defer func() { s.free <- struct{}{} }()
				s.serve(ctx, requests, d)
			})
		}
		if err != nil && load.Err() == nil {
			s.Log.Warn("fetch prompts", "run_id", string(s.id), "error", err)
		}
		if len(deliveries) == 0 {
			if err := s.drainWhenDone(load, worker); err != nil && load.Err() == nil {
				return err
			}
		}
	}
	return nil
}

// requestContext is what requests run under: it ends at once when the run's load
// does, but a stop of this service leaves them the drain budget.
func (s *session) requestContext(ctx, load context.Context) context.Context {
	requests, cancel := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(load, func() {
		if ctx.Err() == nil {
			cancel()
			return
		}
		timer := time.AfterFunc(s.Drain/2, cancel)
		go func() { s.work.Wait(); timer.Stop(); cancel() }()
	})
	return requests
}

// takeSlots waits for one free slot and takes all that are free; 0 when ctx ends.
func (s *session) takeSlots(ctx context.Context) int {
	select {
	case <-s.free:
	case <-ctx.Done():
		return 0
	}
	n := 1
	for {
		select {
		case <-s.free:
			n++
		default:
			return n
		}
	}
}

// serve makes one attempt, stores its record, and acknowledges the prompt.
func (s *session) serve(ctx, requests context.Context, d *bus.Delivery) {
	keep := context.WithoutCancel(ctx)
	p, ok := d.Event.Data.(*event.PromptQueued)
	if !ok {
		if err := d.Dead(keep, "not a prompt"); err != nil {
			s.Log.Error("dead-letter prompt", "run_id", string(s.id), "event_id", d.Event.ID.String(), "error", err)
		}
		return
	}
	renewed := s.renew(d)
	defer renewed()
	finished := s.sender.Send(requests, p, d.Attempt, s.Clock.Now(), func(sent event.Stamp) {
		s.publish(keep, &event.RequestStarted{RequestID: p.RequestID, Attempt: d.Attempt, Clock: s.Clock.Host(), Sent: sent, Endpoint: s.base})
	})
	if ctx.Err() != nil && finished.Status == event.StatusCancelled {
		return // abandoned by a stop: another replica gets it
	}
	store, cancel := context.WithTimeout(keep, ackWait)
	defer cancel()
	if err := s.Publisher.PublishNow(store, s.id, finished); err != nil {
		s.Log.Error("publish result", "run_id", string(s.id), "request_id", p.RequestID, "error", err)
		return
	}
	if err := d.Ack(store); err != nil {
		s.Log.Error("acknowledge prompt", "run_id", string(s.id), "request_id", p.RequestID, "error", err)
	}
	s.outcome(store, finished)
}

// renew asks for more time while an attempt runs.
func (s *session) renew(d *bus.Delivery) (stop func()) {
	ticker := time.NewTicker(ackWait / 3)
	done := make(chan struct{})
	s.work.Go(func() {
		for {
			select {
			case <-ticker.C:
				if err := d.InProgress(); err != nil {
					s.Log.Warn("renew prompt", "run_id", string(s.id), "event_id", d.Event.ID.String(), "error", err)
				}
			case <-done:
				return
			}
		}
	})
	return func() { ticker.Stop(); close(done) }
}

// outcome counts consecutive failures over all replicas. A success is written
// only when there is a count to reset.
func (s *session) outcome(ctx context.Context, r *event.RequestFinished) {
	if r.Status == event.StatusCancelled {
		return
	}
	ok := r.Status == event.StatusOK
	at := s.Clock.Now().WallNS
	limit := s.config.Load.FailFast
	failure := event.Failure{
		Class:  "consecutive_failures",
		Reason: fmt.Sprintf("%d requests in a row failed, the last with %s: %s", limit, r.ErrorClass, r.Error),
	}
	if ok && !s.failing.Load() {
		return
	}
	before := run.State{}
	after, err := s.Store.Update(ctx, s.id, func(st run.State) (run.State, error) {
		before = st
		return st.Outcome(ok, limit, failure, at)
	})
	if err != nil {
		s.Log.Error("count outcome", "run_id", string(s.id), "error", err)
		return
	}
	if before.Failure == nil && after.Failure != nil {
		s.publish(ctx, &event.RunFailed{Class: failure.Class, Reason: failure.Reason, AtNS: at})
	}
}

// drainWhenDone moves the run on when every prompt has come to its end.
func (s *session) drainWhenDone(ctx context.Context, worker *bus.Worker) error {
	state, err := s.Store.Get(ctx, s.id)
	if err != nil || state.Prompts == nil {
		return err
	}
	backlog, err := worker.Backlog(ctx)
	if err != nil || backlog.Waiting > 0 || backlog.InFlight > 0 {
		return err
	}
	at := s.Clock.Now().WallNS
	_, err = s.Store.Update(ctx, s.id, func(st run.State) (run.State, error) { return st.Drain(at) })
	if errors.Is(err, run.ErrTransition) {
		return nil // another replica was faster
	}
	if err != nil {
		return err
	}
	s.publish(ctx, &event.RunDrained{AtNS: at})
	return nil
}

func (s *session) firstToken(ctx context.Context) func(*event.PromptQueued, int, event.Stamp) {
	keep := context.WithoutCancel(ctx)
	return func(p *event.PromptQueued, n int, at event.Stamp) {
		s.publish(keep, &event.RequestFirstToken{RequestID: p.RequestID, Attempt: n, Clock: s.Clock.Host(), At: at})
	}
}

// publish sends an event that nothing waits for; a loss shows in the counts.
func (s *session) publish(ctx context.Context, data event.Payload) {
	if err := s.Publisher.Publish(ctx, s.id, data); err != nil {
		s.Log.Error("publish", "run_id", string(s.id), "type", string(data.EventType()), "error", err)
	}
}

// leave closes this replica's part in the run.
func (s *session) leave(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
	defer cancel()
	producer, epoch := s.Publisher.Identity()
	if err := s.Publisher.CloseRun(ctx, s.id); err != nil {
		s.Log.Error("close run", "run_id", string(s.id), "error", err)
	}
	_, err := s.Store.Update(ctx, s.id, func(st run.State) (run.State, error) { return st.Leave(producer, epoch) })
	if err != nil {
		s.Log.Error("leave run", "run_id", string(s.id), "error", err)
	}
}
