package working

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/scrape"
)

const (
	// maxMetrics bounds a page of metrics.
	maxMetrics = 16 << 20
	// scrapeTimeout bounds one reading: a server under load answers late.
	scrapeTimeout = 2 * time.Second
	// scrapeLease is how soon another replica reads when the one that did is gone.
	scrapeLease = 5 * time.Second
)

// scrape reads each server's own metrics at 1 Hz while the load lasts, and once
// after it. One replica does; a server that offers none is no fault.
func (s *session) scrape(load context.Context) {
	lease := s.scraper(load)
	if lease == nil {
		return
	}
	last := context.WithoutCancel(load)
	defer func() {
		if err := lease.Release(last); err != nil {
			s.log.Warn("give up reading the server's metrics", "error", err)
		}
	}()
	tick := time.NewTicker(s.timing.scrape)
	defer tick.Stop()
	quiet := false
	for {
		if err := s.sample(last); err != nil && !quiet {
			s.log.Info("the server's metrics are not read", "error", err)
			quiet = true
		}
		select {
		case <-tick.C:
		case <-lease.Lost():
			return
		case <-load.Done():
			if err := s.sample(last); err != nil && !quiet {
				s.log.Info("the server's metrics are not read after the load", "error", err)
			}
			return
		}
	}
}

// scraper waits for its turn; nil when the load ends before that.
func (s *session) scraper(load context.Context) *run.Lease {
	for {
		lease, err := s.Leases.Acquire(load, "scrape-"+string(s.id), s.Producer.String(), scrapeLease)
		if err == nil {
			return lease
		}
		if !errors.Is(err, run.ErrHeld) && load.Err() == nil {
			s.log.Warn("lease on the server's metrics", "error", err)
		}
		if !clock.Wait(load, scrapeLease/2) {
			return nil
		}
	}
}

// sample publishes one reading of every server; they are read at the same time.
func (s *session) sample(ctx context.Context) error {
	wrong := make([]error, len(s.targets))
	var read sync.WaitGroup
	for i, t := range s.targets {
		read.Go(func() { wrong[i] = s.sampleOne(ctx, t.base) })
	}
	read.Wait()
	return errors.Join(wrong...)
}

func (s *session) sampleOne(ctx context.Context, base string) error {
	ctx, cancel := context.WithTimeout(ctx, scrapeTimeout)
	defer cancel()
	page, err := s.Client.Get(ctx, base+"/metrics", maxMetrics)
	if err != nil {
		return err
	}
	sampled := &event.ServerSampled{Endpoint: base, Clock: s.Clock.Host(), At: s.Clock.Now()}
	if found, err := scrape.Parse(page, sampled); err != nil || !found {
		return err
	}
	return s.publisher.Publish(ctx, s.id, sampled)
}
