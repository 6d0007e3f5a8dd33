package cli

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
)

// commands are all that a person can type.
func commands(root *cobra.Command) (out []*cobra.Command) {
	for _, c := range root.Commands() {
		if c.HasSubCommands() {
			out = append(out, commands(c)...)
		}
		out = append(out, c)
	}
	return out
}

// TestEveryCommandIsExplained: what it does in a line, and an example that begins
// with the command and uses only flags that there are.
func TestEveryCommandIsExplained(t *testing.T) {
	a := &app{out: io.Discard, err: io.Discard}
	all := commands(a.root())
	require.Greater(t, len(all), 15)
	for _, c := range all {
		t.Run(c.CommandPath(), func(t *testing.T) {
			require.NotEmpty(t, c.Short)
			require.Contains(t, c.Example, c.CommandPath())
			for word := range strings.FieldsSeq(c.Example) {
				if name, ok := strings.CutPrefix(word, "--"); ok && strings.Contains(c.Example, c.CommandPath()) {
					require.True(t, known(a.root(), name), "there is no flag --%s", name)
				}
			}
		})
	}
}

func known(root *cobra.Command, name string) bool {
	if root.PersistentFlags().Lookup(name) != nil {
		return true
	}
	for _, c := range commands(root) {
		if c.Flags().Lookup(name) != nil {
			return true
		}
	}
	return false
}

// TestWrongUsage: every way to call a command wrongly ends with code 2 and a reason.
func TestWrongUsage(t *testing.T) {
	data := t.TempDir()
	for _, args := range []string{
		"run", "rerun", "replay", "show", "show a b", "export last", "import", "compare", "compare --last 1 last",
		"compare --json --csv last", "runs extra", "dlq show", "dlq show x", "dlq drop", "dlq retry --all 3", "dlq list 3",
		"demo load.concurrency=0", "demo nope=1", "run nowhere.yaml", "show nothing", "setup", "--nope",
		"rerun nothing", "export nothing f", "import nothing.jsonl", "compare nothing", "compare --sweep nothing", "dlq show 3",
		"compare --last 2", "nope",
	} {
		t.Run(args, func(t *testing.T) {
			var out, err bytes.Buffer
			code := Main(t.Context(), append(strings.Fields(args), "--data", data), &out, &err)
			require.Equal(t, service.ExitUsage, code, err.String())
			require.NotEmpty(t, err.String())
			require.Empty(t, out.String())
		})
	}
}
