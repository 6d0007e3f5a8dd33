package clickhouse

import (
	"log/slog"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// An abort of the engine is an error when nobody asked it to end, and is only
// said when it was ending anyway.
func TestAbortWhileEndingIsNoLoss(t *testing.T) {
	abort := exec.Command("sh", "-c", "kill -ABRT $$").Run()
	require.True(t, aborted(abort))
	require.False(t, aborted(exec.Command("sh", "-c", "exit 1").Run()))
	s := &Server{exit: abort, output: &tail{log: slog.New(slog.DiscardHandler)}}
	require.Error(t, s.ending())
	s.asked.Store(true)
	require.NoError(t, s.ending())
}
