package sampling

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/sources"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/spool"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/tick"
)

// measurement is the running part of a session: the loop, the outbox and the
// watch on the run.
type measurement struct {
	described *event.HostDescribed
	sampler   *sampler
	outbox    *outbox
	from      event.Stamp

	mu   sync.Mutex
	idle []idle

	silence silence
	// over gets the state in which the run left its load; failed the reason why
	// measuring makes no sense any more.
	over   chan run.State
	failed chan error
	last   run.State

	stopLoop, stopOutbox context.CancelFunc
	loop, carrier        sync.WaitGroup
}

// silence notices when no GPU of the host answers any more.
type silence struct {
	gpus    map[int]bool
	sinceNS int64
	heard   bool
	told    bool
}

// silenceLimit is how long all GPUs may be silent before the run is given up.
const silenceLimit = 10 * time.Second

var errSilent = errors.New("no GPU of the host answers")

// begin starts sampling.
func (s *session) begin(ctx context.Context, set *sources.Set, described *event.HostDescribed, counts []int) (*measurement, error) {
	every, err := tick.Interval(s.config.Metrics.SampleHz)
	if err != nil {
		return nil, fmt.Errorf("metrics.sample_hz: %w", err)
	}
	sleeper, err := tick.NewSleeper(func() int64 { return s.Clock.Now().MonoNS })
	if err != nil {
		return nil, err
	}
	queue, err := spool.Open(spool.Options{Dir: s.spoolDir, MaxBytes: s.SpoolMaxBytes, Host: s.host})
	if err != nil {
		return nil, errors.Join(err, sleeper.Close())
	}
	m := &measurement{
		described: described, from: s.Clock.Now(),
		over: make(chan run.State, 1), failed: make(chan error, 1),
		silence: silence{gpus: map[int]bool{}},
		outbox: &outbox{
			queue: queue, connected: s.Bus.Connected, log: s.log,
			publish: func(ctx context.Context, p event.Payload) error { return s.Publisher.Publish(ctx, s.run, p) },
		},
	}
	var ids []string
	for i, d := range described.Devices {
		ids = append(ids, d.ID)
		m.idle = append(m.idle, newIdle())
		if d.Kind == event.KindGPU {
			m.silence.gpus[i] = true
		}
	}
	m.sampler = newSampler(s.Clock, set.Sources, counts, ids, m.observe, m.outbox.put)

	// The outbox outlives the loop and the service's stop: it is stopped when
	// it is empty, or out of time.
	var carry context.Context
	carry, m.stopOutbox = context.WithCancel(context.WithoutCancel(ctx))
	m.carrier.Go(func() { m.outbox.run(carry) })
	ctx, m.stopLoop = context.WithCancel(ctx)
	m.loop.Go(func() { s.awaitEnd(ctx, m) })
	m.loop.Go(func() { s.observeIntensity(ctx, m.outbox.put) })
	m.loop.Go(func() {
		defer sleeper.Close()
		lateness := s.Metrics.begin(queue)
		tick.Loop{Clock: s.Clock, Sleeper: sleeper, Every: every, Lateness: lateness}.Run(ctx, func(t tick.Tick) {
			m.sampler.tick(ctx, t)
			m.listen(t.At)
		})
		m.sampler.close(s.Clock.Now())
	})
	return m, nil
}

// awaitEnd watches the run until it leaves its load. A run that is gone has left it.
func (s *session) awaitEnd(ctx context.Context, m *measurement) {
	for {
		state, err := s.Store.Await(ctx, s.run, func(st run.State) bool {
			return st.Phase != run.Baseline && st.Phase != run.Running
		})
		if err == nil || errors.Is(err, run.ErrUnknown) {
			m.over <- state
			return
		}
		if !clock.Wait(ctx, retryPause) {
			return
		}
		s.log.Warn("the watch on the run ended and begins again", "error", err)
	}
}

// observe sees every reading on its way into the batch.
func (m *measurement) observe(i int, r device.Reading) {
	if !r.Known() {
		return
	}
	if m.silence.gpus[i] {
		m.silence.heard = true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.idle[i].add(r)
}

// listen gives the run up when every GPU has been silent for too long.
func (m *measurement) listen(at event.Stamp) {
	v := &m.silence
	if len(v.gpus) == 0 || v.told {
		return
	}
	if v.heard || v.sinceNS == 0 {
		v.heard, v.sinceNS = false, at.MonoNS
	}
	if at.MonoNS-v.sinceNS >= int64(silenceLimit) {
		v.told = true
		m.failed <- fmt.Errorf("%w for %s", errSilent, silenceLimit)
	}
}

// wait returns after d, or earlier with over set when the run left its load, or
// with the reason why it cannot be measured. A stop of the service counts as
// over.
func (m *measurement) wait(ctx context.Context, d time.Duration) (over bool, err error) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return false, nil
	case m.last = <-m.over:
		return true, nil
	case err := <-m.failed:
		return true, err
	case <-ctx.Done():
		return true, nil
	}
}

// loaded reports whether there was any load to measure.
func (m *measurement) loaded() bool { return m.last.RunningNS != 0 }

// cool goes on sampling after the load.
func (m *measurement) cool(ctx context.Context, d time.Duration) { clock.Wait(ctx, d) }

// withIdle is the description with the mean power since the start.
func (m *measurement) withIdle() *event.HostDescribed {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := *m.described
	out.Devices = append([]event.Device(nil), m.described.Devices...)
	for i := range out.Devices {
		out.Devices[i].IdlePowerMW = m.idle[i].mean()
	}
	return &out
}

// stop ends the loop, whose last second is then in the outbox.
func (m *measurement) stop() {
	m.stopLoop()
	m.loop.Wait()
}

// deliver waits until the outbox is empty. What is left when ctx ends stays in
// the spool's folder.
func (m *measurement) deliver(ctx context.Context) error {
	err := m.outbox.queue.Drain(ctx)
	m.stopOutbox()
	m.carrier.Wait()
	return errors.Join(err, m.outbox.queue.Close())
}
