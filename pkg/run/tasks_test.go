package run_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
)

func TestOneTaskPerRunAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tasks run.Tasks
		first, second := make(chan struct{}), make(chan struct{})
		tasks.Go("a", func() { <-first })
		tasks.Go("a", func() { t.Error("a second task of the run while the first is under way") })
		tasks.Go("b", func() { <-second })
		synctest.Wait()

		close(first)
		synctest.Wait()
		again := false
		tasks.Go("a", func() { again = true })
		close(second)
		tasks.Wait()
		require.True(t, again, "the run's next task starts once the first has ended")
	})
}
