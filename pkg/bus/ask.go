package bus

import (
	"context"
	"fmt"
	"sync"
)

// Ask sends data to whoever answers on a subject and returns the first answer. It
// wraps ErrNotFound when nobody answers there now. Nothing is stored and nothing is
// tried again: a question is about this moment.
func (b *Bus) Ask(ctx context.Context, subject string, data []byte) ([]byte, error) {
	answer, err := b.conn.Ask(ctx, subject, data)
	if err != nil {
		return nil, fmt.Errorf("ask %s: %w", subject, err)
	}
	return answer, nil
}

// Answer has fn answer every question on a subject, one at a time. The returned
// stop ends that, waits for an answer that is being made, and may be called twice;
// it must be called before Close.
func (b *Bus) Answer(subject string, fn func(question []byte) []byte) (stop func() error, err error) {
	end, err := b.conn.Answer(subject, fn)
	if err != nil {
		return nil, fmt.Errorf("answer on %s: %w", subject, err)
	}
	return sync.OnceValue(func() error {
		if err := end(); err != nil {
			return fmt.Errorf("stop answering on %s: %w", subject, err)
		}
		return nil
	}), nil
}
