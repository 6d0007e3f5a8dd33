package transformers

import (
	"bufio"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// A process that is killed has no time to end its server.
func TestServerDiesWithItsParent(t *testing.T) {
	killed := exec.CommandContext(t.Context(), os.Args[0])
	killed.Env = append(os.Environ(), behaves+"="+parent)
	killed.Stderr = os.Stderr
	out, err := killed.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, killed.Start())
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan(), "the server is not up")
	server := ask(t, lines.Text()).PID
	require.NoError(t, killed.Process.Kill())
	require.Error(t, killed.Wait())
	requireGone(t, server)
}
