package working

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/attempt"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/wire"
)

const (
	maxDeliver = 3
	// fetchWait bounds one wait for prompts, and so how late it is noticed that
	// there are no more.
	fetchWait = 250 * time.Millisecond
	// closing bounds the last words of a session.
	closing = 10 * time.Second
	// requestShare is the part of the drain budget that requests under way get;
	// the rest is for storing and closing.
	requestShare = 0.75
)

// session is this replica's part in one run under load.
type session struct {
	*Runner
	id        event.RunID
	config    config.Run
	targets   []*target
	publisher *bus.Publisher
	log       *slog.Logger

	held    *held
	sender  attempt.Sender
	balance *balance
	texts   texts
	tally   tally
	// work are the attempts, free the slots that none of them has.
	work sync.WaitGroup
	free chan struct{}
	// state is the run as last seen.
	state atomic.Pointer[run.State]
	// failing is set while the run counts failures in a row, whoever had them.
	failing atomic.Bool
}

// do joins the run, works until its load ends, and leaves.
func (s *session) do(ctx context.Context) error {
	producer, epoch := s.publisher.Identity()
	rank := 0
	state, err := s.Store.Update(ctx, s.id, func(st run.State) (run.State, error) {
		if st.Phase != run.Running {
			return st, fmt.Errorf("%w: joining the load of %s while it is %s", run.ErrTransition, st.Run, st.Phase)
		}
		rank = driversSeen(st)
		return st.Join(producer, epoch)
	})
	if err != nil {
		return err
	}
	s.state.Store(&state)
	s.balance = &balance{way: s.config.Backend.Balance, targets: s.targets, rank: rank}
	concurrency := int(s.config.Load.Concurrency)
	work := run.Work(s.id)
	// The loader changes the bound between stages, and nobody else does.
	work.MaxInFlight, work.Join = int(s.config.Load.FirstConcurrency()), true
	work.AckWait, work.MaxDeliver = s.timing.ackWait, maxDeliver
	worker, err := s.Bus.NewWorker(ctx, work)
	if err != nil {
		return errors.Join(fmt.Errorf("join the work of %s: %w", s.id, err), s.leave(ctx, nil))
	}
	slots := min(concurrency, s.MaxInFlight)
	s.free = make(chan struct{}, slots)
	for range slots {
		s.free <- struct{}{}
	}
	s.underLoad(ctx, worker)
	return s.leave(ctx, worker)
}

// underLoad works until the run stops running or the service stops, and returns
// when everything it began has ended.
func (s *session) underLoad(ctx context.Context, worker *bus.Worker) {
	load, stop := context.WithCancel(ctx)
	records, stopRecords := outlive(ctx, s.Drain)
	var beside sync.WaitGroup
	defer func() { stop(); stopRecords(); beside.Wait() }()
	beside.Go(func() { s.watch(load, stop) })
	beside.Go(func() { s.held.keep(records, s.timing.ackWait/3, s.notKept) })
	beside.Go(func() { s.scrape(load) })
	beside.Go(func() { s.account(records) })
	beside.Go(func() { s.compareClocks(load) })

	told := newOutbox(func(p event.Payload) { s.publish(records, p) })
	defer told.close()
	s.sender = attempt.Sender{Client: s.Client, Clock: s.Clock, Run: s.id, Config: s.config, Told: told.put}
	requests, stopRequests := context.WithCancel(records)
	defer stopRequests()
	beside.Go(func() {
		<-load.Done()
		s.limit(ctx, requests, stopRequests)
	})
	stopping := func() bool { return ctx.Err() != nil }
	s.pull(load, worker, func(d *bus.Delivery, received event.Stamp) {
		switch {
		case load.Err() == nil:
			s.serve(requests, records, d, received, stopping)
		case stopping():
			s.giveBack(d) // it came with the end of the load, and is not begun
		}
	})
	s.work.Wait()
}

// outlive is ctx with some more time after its end.
func outlive(ctx context.Context, more time.Duration) (context.Context, context.CancelFunc) {
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { clock.Wait(out, more); cancel() })
	return out, func() { stop(); cancel() }
}

// watch ends the load when the run stops running.
func (s *session) watch(load context.Context, stop context.CancelFunc) {
	defer stop()
	for load.Err() == nil {
		_, err := s.Store.Await(load, s.id, func(st run.State) bool {
			s.state.Store(&st)
			s.failing.Store(st.ConsecutiveFailures > 0)
			return st.Phase != run.Running
		})
		if err == nil || errors.Is(err, run.ErrUnknown) {
			return
		}
		if load.Err() == nil {
			s.log.Warn("the watch on the run ended and begins again", "error", err)
		}
		clock.Wait(load, s.timing.retry)
	}
}

// limit ends the requests that are under way when the load is over: at once when
// the run has ended, after their share of the drain budget when the service stops.
func (s *session) limit(ctx, requests context.Context, stop context.CancelFunc) {
	if ctx.Err() != nil {
		clock.Wait(requests, time.Duration(float64(s.Drain)*requestShare))
	}
	stop()
}

// pull takes as many prompts as there are free slots until the load ends.
func (s *session) pull(load context.Context, worker *bus.Worker, serve func(*bus.Delivery, event.Stamp)) {
	for load.Err() == nil {
		n := s.takeSlots(load)
		if n == 0 {
			return
		}
		deliveries, err := worker.Fetch(load, n, fetchWait)
		received := s.Clock.Now()
		for range n - len(deliveries) {
			s.free <- struct{}{}
		}
		for _, d := range deliveries {
			s.held.add(d)
			s.work.Go(func() {
				defer func() { s.free <- struct{}{} }()
				defer s.held.remove(d)
				serve(d, received)
			})
		}
		if err == nil && len(deliveries) == 0 {
			err = s.drainWhenDone(load, worker)
		}
		if err != nil && load.Err() == nil {
			s.log.Warn("fetch prompts", "error", err)
			clock.Wait(load, s.timing.retry)
		}
	}
}

// takeSlots waits for one free slot and takes all that are free; 0 when ctx ends.
func (s *session) takeSlots(ctx context.Context) int {
	select {
	case <-s.free:
	case <-ctx.Done():
		return 0
	}
	for n := 1; ; n++ {
		select {
		case <-s.free:
		default:
			return n
		}
	}
}

// drainWait bounds saying that a run is drained.
const drainWait = 10 * time.Second

// drainWhenDone moves the run on when every prompt has come to its end.
func (s *session) drainWhenDone(ctx context.Context, worker *bus.Worker) error {
	if s.state.Load().Prompts == nil {
		return nil
	}
	backlog, err := worker.Backlog(ctx)
	if err != nil || backlog.Waiting > 0 || backlog.InFlight > 0 {
		return err
	}
	// The change ends the load, and with it ctx, before its answer is here.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainWait)
	defer cancel()
	at := s.Clock.Now().WallNS
	_, err = s.Store.Update(ctx, s.id, func(st run.State) (run.State, error) { return st.Drain(at) })
	if errors.Is(err, run.ErrTransition) {
		return nil // another replica was faster
	}
	if err != nil {
		return err
	}
	return s.publisher.Publish(ctx, s.id, &event.RunDrained{AtNS: at})
}

func (s *session) notKept(d *bus.Delivery, err error) {
	s.log.Warn("keep prompt", "event_id", d.Event.ID.String(), "error", err)
}

// publish sends an event that nothing waits for; a loss shows in the counts.
func (s *session) publish(ctx context.Context, data event.Payload) {
	if err := s.publisher.Publish(ctx, s.id, data); err != nil {
		s.log.Error("publish", "event_type", data.EventType().Name(), "error", err)
	}
}

// leave closes this replica's part in the run. The last one out takes the
// consumer away, and with it what is left of the prompts.
func (s *session) leave(ctx context.Context, worker *bus.Worker) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
	defer cancel()
	producer, epoch := s.publisher.Identity()
	lost := s.publisher.CloseRun(ctx, s.id)
	state, err := s.Store.Update(ctx, s.id, func(st run.State) (run.State, error) { return st.Leave(producer, epoch) })
	if err == nil && worker != nil && state.Phase != run.Running && driversGone(state) {
		err = worker.Remove(ctx)
	}
	if err = errors.Join(lost, err); err != nil {
		s.log.Error("leave the run", "error", wire.Redact(err.Error()))
	}
	return nil
}

// driversGone reports whether no driver has more to say.
func driversGone(s run.State) bool {
	for _, p := range s.Producers {
		if strings.HasPrefix(p.Producer, run.Driver+".") && !p.Closed {
			return false
		}
	}
	return true
}
