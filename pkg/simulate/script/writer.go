package script

import (
	"container/heap"
	"context"
	"net"
	"runtime"
	"sync"
	"time"
)

// slice is the longest that the writer sleeps without looking for streams that
// have come in: the most that the first event of one can be late.
const slice = 100 * time.Microsecond

// stream is one answer on its way out.
type stream struct {
	conn   net.Conn
	events []Event
	next   int
	due    int64
	record Record
	// done gets the error of the write that ended the stream, or nil.
	done chan error
}

// plan sets when the next event is due: at its time, but not before the event that
// went out at now, so that streams that are behind take turns.
func (s *stream) plan(now int64) { s.due = max(now, s.record.Read+int64(s.events[s.next].At)) }

// writer is the thread that writes all streams, earliest event first. The queue is
// its own; others leave streams in incoming.
type writer struct {
	now  func() int64
	open queue

	mu       sync.Mutex
	incoming []*stream
	// wake has room for one: a stream came while there was none.
	wake chan struct{}
}

// add hands a stream to the writer.
func (w *writer) add(s *stream) {
	w.mu.Lock()
	w.incoming = append(w.incoming, s)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// take queues the streams that have come in.
func (w *writer) take() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.incoming {
		s.plan(s.record.Read)
		heap.Push(&w.open, s)
	}
	w.incoming = w.incoming[:0]
}

// run writes until ctx ends, then ends every stream.
func (w *writer) run(ctx context.Context) {
	runtime.LockOSThread()
	exactSleep()
	for ctx.Err() == nil {
		w.take()
		if len(w.open) == 0 {
			select {
			case <-ctx.Done():
			case <-w.wake:
			}
			continue
		}
		s := w.open[0]
		if left := time.Duration(s.due - w.now()); left > 0 {
			sleep(min(left, slice))
			continue
		}
		w.write(s)
	}
	w.take()
	for _, s := range w.open {
		s.done <- context.Canceled
	}
}

// write sends the event of the stream that is first in the queue.
func (w *writer) write(s *stream) {
	before := w.now()
	_, err := s.conn.Write(s.events[s.next].Data)
	after := w.now()
	s.record.After = append(s.record.After, after)
	s.record.Before = append(s.record.Before, before)
	if s.next++; err != nil || s.next == len(s.events) {
		heap.Pop(&w.open)
		s.done <- err
		return
	}
	s.plan(after)
	heap.Fix(&w.open, 0)
}

// queue is a heap of streams by due time.
type queue []*stream

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].due < q[j].due }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }

// Push implements heap.Interface.
func (q *queue) Push(x any) {
	s, _ := x.(*stream)
	*q = append(*q, s)
}

// Pop implements heap.Interface.
func (q *queue) Pop() any {
	last := len(*q) - 1
	s := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return s
}
