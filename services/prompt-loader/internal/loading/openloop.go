package loading

import (
	"context"
	"log/slog"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/services/prompt-loader/internal/arrival"
)

// openLoop publishes at arrival times, whatever has become of earlier requests.
// One that is late goes out at once: the schedule is kept, not the gaps.
type openLoop struct {
	process arrival.Process
	// until ends the load; 0 does not.
	until time.Duration
	clock monotonic
	alarm *alarm
	log   *slog.Logger
	lag   lag
}

func (o *openLoop) due() (time.Duration, bool) {
	at, ok := o.process.Next()
	return at, ok && (o.until == 0 || at < o.until)
}

func (o *openLoop) wait(ctx context.Context, at time.Duration) (time.Duration, bool) {
	for {
		left := at - o.clock.now()
		if left <= 0 {
			o.lag.add(-left)
			return at, ctx.Err() == nil
		}
		if !o.alarm.sleep(left) {
			return at, false
		}
	}
}

func (o *openLoop) close() {
	o.alarm.close()
	o.log.Info("arrivals published", "prompts", o.lag.n, "late_over_1ms", o.lag.late,
		"lag_mean_us", o.lag.mean().Microseconds(), "lag_max_us", o.lag.worst.Microseconds())
}

// lag is how late prompts went out.
type lag struct {
	n, late    int64
	sum, worst time.Duration
}

func (l *lag) add(d time.Duration) {
	l.n++
	l.sum += d
	l.worst = max(l.worst, d)
	if d > time.Millisecond {
		l.late++
	}
}

func (l *lag) mean() time.Duration {
	if l.n == 0 {
		return 0
	}
	return l.sum / time.Duration(l.n)
}
