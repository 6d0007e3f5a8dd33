package bustest

import (
	"context"
	"strconv"
	"sync"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/subject"
)

// A question goes to who answers now, and to nobody else.
var asking = map[string]func(*suite){
	"IsAnswered": func(s *suite) {
		here, there := s.connect(), s.connect()
		stop, err := there.Answer(subject.Clock("a"), func(q []byte) []byte { return append([]byte("a:"), q...) })
		require.NoError(s, err)
		other, err := there.Answer(subject.Clock("b"), func(q []byte) []byte { return append([]byte("b:"), q...) })
		require.NoError(s, err)
		answer, err := here.Ask(s.within(patience), subject.Clock("a"), []byte("1"))
		require.NoError(s, err)
		require.Equal(s, "a:1", string(answer))
		answer, err = there.Ask(s.within(patience), subject.Clock("b"), []byte("2"))
		require.NoError(s, err)
		require.Equal(s, "b:2", string(answer), "on the same connection too")
		require.NoError(s, stop())
		require.NoError(s, stop(), "twice")
		require.NoError(s, other())
	},
	"NobodyIsNotFoundAtOnce": func(s *suite) {
		b := s.connect()
		_, err := b.Ask(s.within(patience), subject.Clock("nobody"), nil)
		require.ErrorIs(s, err, bus.ErrNotFound)
		stop, err := b.Answer(subject.Clock("a"), func(q []byte) []byte { return q })
		require.NoError(s, err)
		require.NoError(s, stop())
		_, err = b.Ask(s.within(patience), subject.Clock("a"), nil)
		require.ErrorIs(s, err, bus.ErrNotFound, "once it has stopped")
	},
	"ManyAtOnce": func(s *suite) {
		here, there := s.connect(), s.connect()
		answered := 0 // one at a time: no lock
		stop, err := there.Answer(subject.Clock("a"), func(q []byte) []byte { answered++; return q })
		require.NoError(s, err)
		ctx := s.within(patience)
		var all sync.WaitGroup
		for i := range 32 {
			all.Go(func() {
				answer, err := here.Ask(ctx, subject.Clock("a"), []byte(strconv.Itoa(i)))
				require.NoError(s, err)
				require.Equal(s, strconv.Itoa(i), string(answer))
			})
		}
		all.Wait()
		require.NoError(s, stop())
		require.Equal(s, 32, answered)
	},
	"EndsWithTheContext": func(s *suite) {
		ctx, cancel := context.WithCancel(s.Context())
		cancel()
		_, err := s.connect().Ask(ctx, subject.Clock("a"), nil)
		require.ErrorIs(s, err, context.Canceled)
	},
}
