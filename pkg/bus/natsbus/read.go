package natsbus

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/driver"
)

const (
	// readAhead is how many messages the client asks for at once.
	readAhead = 1024
	// readerLife is when the server forgets a reader that went away.
	readerLife = time.Minute
	// idle is how often a read that has not reached the present and gets nothing asks
	// whether there is anything left: messages may expire while it waits for them.
	idle = 500 * time.Millisecond

	rereadMin = 50 * time.Millisecond
	rereadMax = 2 * time.Second
)

// errAgain makes a reader go on from its last message with a new consumer.
var errAgain = errors.New("read again")

// Read implements driver.Conn.
func (c *conn) Read(ctx context.Context, spec driver.ReadSpec) iter.Seq2[driver.Message, error] {
	return func(yield func(driver.Message, error) bool) {
		r := reader{conn: c, spec: spec}
		r.run(ctx, func(m driver.Message) bool { return yield(m, nil) }, func(err error) { yield(driver.Message{}, err) })
	}
}

// reader reads a stream in order through consumers that the server may lose.
type reader struct {
	conn *conn
	spec driver.ReadSpec
	// lastPerSubject begins with the newest message of each subject only.
	lastPerSubject bool
	// caughtUp, when set, is called once, when all that was stored at the beginning
	// has been yielded; false ends the reading.
	caughtUp func() bool

	next      uint64
	atPresent bool
}

// run reads until the end, until yield returns false, or until an error, which it
// hands to fail.
func (r *reader) run(ctx context.Context, yield func(driver.Message) bool, fail func(error)) {
	pause := rereadMin
	for {
		before := r.next
		err := r.once(ctx, yield)
		if !errors.Is(err, errAgain) {
			if err != nil {
				fail(err)
			}
			return
		}
		if r.next > before {
			pause = rereadMin
		}
		t := time.NewTimer(pause)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			fail(ctx.Err())
			return
		}
		pause = min(2*pause, rereadMax)
	}
}

// once reads through one consumer. It returns nil at the end.
func (r *reader) once(ctx context.Context, yield func(driver.Message) bool) error {
	if r.conn.nc.IsClosed() {
		return driver.ErrClosed
	}
	link := r.conn.currentLink()
	cons, err := r.consumer(ctx)
	if err != nil {
		return r.retryable(ctx, err)
	}
	defer r.forget(ctx, cons)
	if cons.CachedInfo().NumPending == 0 && r.present() {
		return nil
	}
	messages, err := cons.Messages(jetstream.PullMaxMessages(readAhead), jetstream.WithMessagesErrOnMissingHeartbeat(true))
	if err != nil {
		return r.retryable(ctx, err)
	}
	defer messages.Stop()
	defer context.AfterFunc(ctx, messages.Stop)()
	defer context.AfterFunc(link, messages.Stop)()

	expected := uint64(1)
	for {
		m, err := messages.Next(jetstream.NextMaxWait(idle))
		if err != nil {
			if !r.atPresent && r.exhausted(ctx, cons, expected) && r.present() {
				return nil
			}
			if errors.Is(err, jetstream.ErrMsgIteratorClosed) || !isIdle(err) {
				return r.retryable(ctx, err)
			}
			continue
		}
		meta, err := m.Metadata()
		if err != nil {
			return classify(err)
		}
		if meta.Sequence.Consumer != expected {
			return errAgain
		}
		expected++
		if r.spec.Until > 0 && meta.Sequence.Stream > r.spec.Until {
			return nil
		}
		r.next = meta.Sequence.Stream + 1
		if !yield(stored(m, meta)) {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return err // what was read ahead does not hide the end
		}
		if meta.Sequence.Stream == r.spec.Until || meta.NumPending == 0 && r.present() {
			return nil
		}
	}
}

// present is called when there is nothing more for now; it reports whether that is
// the end.
func (r *reader) present() bool {
	if !r.atPresent {
		r.atPresent = true
		if r.caughtUp != nil && !r.caughtUp() {
			return true
		}
	}
	return r.spec.Until > 0
}

func (r *reader) consumer(ctx context.Context) (jetstream.Consumer, error) {
	config := jetstream.ConsumerConfig{
		AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true, Replicas: 1, InactiveThreshold: readerLife,
	}
	// One filter travels in the request's subject, where permissions can see it.
	if len(r.spec.Filters) == 1 {
		config.FilterSubject = r.spec.Filters[0]
	} else {
		config.FilterSubjects = r.spec.Filters
	}
	switch {
	case r.next > 0:
		config.DeliverPolicy, config.OptStartSeq = jetstream.DeliverByStartSequencePolicy, r.next
	case r.lastPerSubject:
		config.DeliverPolicy = jetstream.DeliverLastPerSubjectPolicy
	default:
		config.DeliverPolicy = jetstream.DeliverAllPolicy
	}
	return r.conn.js.CreateConsumer(ctx, r.spec.Stream, config)
}

// forget deletes the consumer, which would otherwise stay with the server for a
// while. It is a courtesy: on any error the server does it by itself.
func (r *reader) forget(ctx context.Context, cons jetstream.Consumer) {
	if !r.conn.nc.IsConnected() {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = r.conn.js.DeleteConsumer(ctx, r.spec.Stream, cons.CachedInfo().Name)
}

// exhausted asks the server whether everything that was stored has been read: the
// last messages may have expired, been replaced or been erased. The consumer's own
// count is asked first; where it is not zero the stream is, since a count that
// deletions have made wrong would be waited for without end.
func (r *reader) exhausted(ctx context.Context, cons jetstream.Consumer, expected uint64) bool {
	info, err := cons.Info(ctx)
	if err != nil {
		return false
	}
	if info.NumPending == 0 {
		return info.Delivered.Consumer < expected
	}
	s, err := r.conn.js.Stream(ctx, r.spec.Stream)
	if err != nil {
		return false
	}
	filters := r.spec.Filters
	if len(filters) == 0 {
		filters = []string{">"}
	}
	for _, filter := range filters {
		m, err := s.GetMsg(ctx, max(r.next, 1), jetstream.WithGetMsgSubject(filter))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil || r.spec.Until == 0 || m.Sequence <= r.spec.Until {
			return false
		}
	}
	return true
}

// retryable turns an error that a new consumer may mend into errAgain.
func (r *reader) retryable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	err = classify(err)
	if errors.Is(err, driver.ErrNotFound) || errors.Is(err, driver.ErrRejected) || r.conn.nc.IsClosed() {
		if errors.Is(err, jetstream.ErrConsumerNotFound) {
			return errAgain
		}
		return err
	}
	return errAgain
}

func isIdle(err error) bool { return errors.Is(err, nats.ErrTimeout) }
