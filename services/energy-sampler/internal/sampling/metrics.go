package sampling

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/spool"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/tick"
)

// Metrics is what the sampler tells about its own work: how well it keeps time,
// and what waits for the broker. The figures are those of the latest run.
type Metrics struct {
	lateness atomic.Pointer[tick.Lateness]
	queue    atomic.Pointer[spool.Queue]
}

// NewMetrics registers the metrics.
func NewMetrics(r prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{}
	for _, g := range []struct {
		name, help string
		value      func() float64
	}{
		{"aeb_sampler_ticks", "Readings taken in the latest run.", m.late(func(l *tick.Lateness) float64 { return float64(l.Ticks()) })},
		{"aeb_sampler_ticks_missed", "Readings that came too late to be taken.", m.late(func(l *tick.Lateness) float64 { return float64(l.Missed()) })},
		{"aeb_sampler_tick_lateness_p99_seconds", "99th percentile of how late readings began.", m.late(func(l *tick.Lateness) float64 { return l.Quantile(0.99).Seconds() })},
		{"aeb_sampler_tick_lateness_max_seconds", "How late the latest reading began.", m.late(func(l *tick.Lateness) float64 { return l.Max().Seconds() })},
		{"aeb_sampler_spool_events", "Events that wait for the broker.", m.spooled(func(s spool.Status) float64 { return float64(s.Events) })},
		{"aeb_sampler_spool_bytes", "Bytes on disk that wait for the broker.", m.spooled(func(s spool.Status) float64 { return float64(s.DiskBytes) })},
		{"aeb_sampler_spool_dropped", "Events that were dropped for want of room, each part of a gap.", m.spooled(func(s spool.Status) float64 { return float64(s.Dropped) })},
	} {
		if err := r.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: g.name, Help: g.help}, g.value)); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *Metrics) begin(q *spool.Queue) *tick.Lateness {
	l := &tick.Lateness{}
	m.lateness.Store(l)
	m.queue.Store(q)
	return l
}

func (m *Metrics) late(value func(*tick.Lateness) float64) func() float64 {
	return func() float64 {
		if l := m.lateness.Load(); l != nil {
			return value(l)
		}
		return 0
	}
}

func (m *Metrics) spooled(value func(spool.Status) float64) func() float64 {
	return func() float64 {
		if q := m.queue.Load(); q != nil {
			return value(q.Status())
		}
		return 0
	}
}
