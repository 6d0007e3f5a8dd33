package tick

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// Lateness is a histogram of how late ticks began, two buckets to each doubling
// from 1 µs. The zero value is ready; it is safe for one writer and many readers.
type Lateness struct {
	buckets [2 * 40]atomic.Int64
	count   atomic.Int64
	missed  atomic.Int64
	maxNS   atomic.Int64
}

func (l *Lateness) add(t Tick) {
	l.buckets[bucket(t.Late)].Add(1)
	l.count.Add(1)
	l.missed.Add(t.Missed)
	if ns := int64(t.Late); ns > l.maxNS.Load() {
		l.maxNS.Store(ns)
	}
}

// Ticks is how many calls there were.
func (l *Lateness) Ticks() int64 { return l.count.Load() }

// Missed is how many were skipped.
func (l *Lateness) Missed() int64 { return l.missed.Load() }

// Max is how late the latest call was.
func (l *Lateness) Max() time.Duration { return time.Duration(l.maxNS.Load()) }

// Quantile is the upper edge of the bucket that holds the q-th part of all, at
// most Max; 0 when nothing was recorded.
func (l *Lateness) Quantile(q float64) time.Duration {
	rank := int64(q * float64(l.count.Load()))
	var seen int64
	for i := range l.buckets {
		seen += l.buckets[i].Load()
		if seen > rank {
			return min(upper(i), l.Max())
		}
	}
	return l.Max()
}

// bucket numbers durations: two to each doubling, from 1 µs.
func bucket(d time.Duration) int {
	us := uint64(d / time.Microsecond)
	if us == 0 {
		return 0
	}
	n := bits.Len64(us)
	half := 0
	if n > 1 && us&(1<<(n-2)) != 0 {
		half = 1
	}
	return min(2*n+half, 79)
}

func upper(i int) time.Duration {
	if i == 0 {
		return time.Microsecond
	}
	n, half := i/2, i%2
	low := time.Microsecond << max(n-1, 0)
	return low + low/2*time.Duration(1+half)
}
