package spool

import (
	"context"
	"errors"
	"math"
	"os"
	"sync"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// inMemory is how many events wait in memory before the folder is used: the
// seconds that a healthy broker may take.
const inMemory = 4

// Options bound a queue.
type Options struct {
	// Dir is the folder; it is made when it is missing.
	Dir string
	// MaxBytes bounds the files in it.
	MaxBytes int64
	// Host names whose gaps these are.
	Host event.Clock
}

// Queue is a bounded first-in first-out queue. It is safe for concurrent use by
// writers and one reader. Events are numbered as they come, and whether one is in
// memory, on disk or lost, its number is its place.
type Queue struct {
	options Options

	mu     sync.Mutex
	wake   chan struct{}
	taken  chan struct{}
	last   uint64
	memory []entry
	disk   *folder
	lost   []loss
	// head is what Next gave and Done has not yet taken; headFile its file.
	head     *entry
	headFile *file
	dropped  int64
}

type entry struct {
	order   uint64
	payload event.Payload
}

// Open returns the queue with what an earlier process left in its folder.
func Open(o Options) (*Queue, error) {
	disk, err := openFolder(o.Dir)
	if err != nil {
		return nil, err
	}
	return &Queue{
		options: o, disk: disk, last: disk.last(),
		wake: make(chan struct{}, 1), taken: make(chan struct{}, 1),
	}, nil
}

// Put adds an event. It waits for nothing but, when the reader is behind, the
// disk. The error is one of encoding or of the disk; the event's time is then
// part of the next gap.
func (q *Queue) Put(p event.Payload) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	defer signal(q.wake)
	q.last++
	if len(q.disk.files) == 0 && len(q.memory) < inMemory {
		q.memory = append(q.memory, entry{q.last, p})
		return nil
	}
	return q.spill(q.last, p)
}

// spill writes an event to the folder, for which the oldest there make room.
func (q *Queue) spill(order uint64, p event.Payload) error {
	content, err := encode(p)
	if err != nil {
		q.lose(order, spanOf(p))
		return err
	}
	size := int64(len(content))
	for q.disk.bytes+size > q.options.MaxBytes && len(q.disk.files) > 0 {
		oldest := q.disk.drop()
		q.lose(oldest.order, oldest.span)
	}
	if q.disk.bytes+size > q.options.MaxBytes {
		q.lose(order, spanOf(p))
		return nil
	}
	if err := q.disk.write(order, content, spanOf(p)); err != nil {
		q.lose(order, spanOf(p))
		return err
	}
	return nil
}

func (q *Queue) lose(order uint64, s span) {
	q.lost = lose(q.lost, order, s)
	q.dropped++
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Next waits for the oldest event and returns it, the same one until Done.
func (q *Queue) Next(ctx context.Context) (event.Payload, error) {
	for {
		if p := q.peek(); p != nil {
			return p, nil
		}
		select {
		case <-q.wake:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (q *Queue) peek() event.Payload {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.head == nil {
		memory, lost, disk := uint64(math.MaxUint64), uint64(math.MaxUint64), uint64(math.MaxUint64)
		if len(q.memory) > 0 {
			memory = q.memory[0].order
		}
		if len(q.lost) > 0 {
			lost = q.lost[0].first
		}
		if len(q.disk.files) > 0 {
			disk = q.disk.files[0].order
		}
		switch first := min(memory, lost, disk); first {
		case math.MaxUint64:
			return nil
		case memory:
			q.head, q.memory = &q.memory[0], q.memory[1:]
		case lost:
			q.head, q.lost = q.gap(q.lost[0]), q.lost[1:]
		default:
			one, p, err := q.disk.take()
			if err != nil {
				q.disk.remove(one)
				q.lose(one.order, one.span)
				continue
			}
			q.head, q.headFile = &entry{one.order, p}, &one
		}
	}
	return q.head.payload
}

func (q *Queue) gap(l loss) *entry {
	return &entry{l.last, &event.PowerGap{
		Host: q.options.Host.Host, Clock: q.options.Host, FromNS: l.fromNS, ToNS: l.toNS, Reason: "spool_overflow",
	}}
}

// Done removes the event that Next returned.
func (q *Queue) Done() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.headFile != nil {
		q.disk.remove(*q.headFile)
	}
	q.head, q.headFile = nil, nil
	signal(q.taken)
}

// Drain waits until the queue is empty. One caller at a time may wait.
func (q *Queue) Drain(ctx context.Context) error {
	for q.Status().Events > 0 {
		select {
		case <-q.taken:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// Status is what waits in the queue.
type Status struct {
	Events    int
	DiskBytes int64
	// Dropped counts events that made room or could not be kept, each part of a gap.
	Dropped int64
}

// Status reports what waits.
func (q *Queue) Status() Status {
	q.mu.Lock()
	defer q.mu.Unlock()
	waiting := len(q.memory) + len(q.disk.files) + len(q.lost)
	if q.head != nil {
		waiting++
	}
	return Status{Events: waiting, DiskBytes: q.disk.bytes, Dropped: q.dropped}
}

// Close writes what is still in memory to the folder, for the next process of the
// run, whatever the bound: it is a few events. An empty folder is removed. The
// queue is not used after it.
func (q *Queue) Close() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	var kept []entry
	if q.head != nil && q.headFile == nil {
		kept = append(kept, *q.head)
	}
	kept = append(kept, q.memory...)
	for _, l := range q.lost {
		kept = append(kept, *q.gap(l))
	}
	if len(kept) == 0 && len(q.disk.files) == 0 && q.headFile == nil {
		return os.RemoveAll(q.options.Dir)
	}
	var problems []error
	for _, e := range kept {
		content, err := encode(e.payload)
		if err == nil {
			err = q.disk.write(e.order, content, spanOf(e.payload))
		}
		problems = append(problems, err)
	}
	return errors.Join(problems...)
}
