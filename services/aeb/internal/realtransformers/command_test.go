//go:build realtransformers

package realtransformers

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/csvtest"
)

// asked is the one prompt of these tests.
const asked = "Why is the sky blue?"

var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "aeb-transformers")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "aeb")
	if out, err := exec.Command("go", "build", "-o", binary, "../../cmd/aeb").CombinedOutput(); err != nil {
		panic(string(out))
	}
	m.Run()
	_ = os.RemoveAll(dir)
}

// command is `aeb run` at work.
type command struct {
	*exec.Cmd
	dir      string
	out, err bytes.Buffer
}

// begin runs the shape of the seed's pytorch_test.yaml with the tiny model on the CPU.
func begin(t *testing.T, overrides ...string) *command {
	t.Helper()
	model := os.Getenv("TINY_MODEL")
	require.NotEmpty(t, model, "run these tests with `go tool task real:transformers`")
	dir := t.TempDir()
	prompts := filepath.Join(dir, "prompts.jsonl")
	line, err := json.Marshal(map[string]string{"text": asked})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(prompts, line, 0o600))
	config, err := filepath.Abs("../../testdata/seed/pytorch_test.yaml")
	require.NoError(t, err)
	args := append([]string{
		"run", config, "backend.model=" + model, "backend.device=cpu", "backend.device_map=", "backend.torch_dtype=bfloat16",
		"scenario.dataset_name=" + prompts, "scenario.repeat=true", "metrics.samplers=0",
	}, overrides...)
	c := &command{Cmd: exec.CommandContext(t.Context(), binary, append(args, "--clickhouse", "off", "--data", "data")...), dir: dir}
	c.Dir, c.Stdout, c.Stderr = dir, &c.out, &c.err
	require.NoError(t, c.Start())
	return c
}

// code waits for the command's end, and that its server has none left.
func (c *command) code(t *testing.T) int {
	t.Helper()
	_ = c.Wait()
	if pid, ok := c.said(t, "transformers serve was started")["pid"].(float64); ok {
		require.ErrorIs(t, syscall.Kill(int(pid), 0), syscall.ESRCH, "the server is left behind")
	}
	return c.ProcessState.ExitCode()
}

// said is a line of the log, when there is one.
func (c *command) said(t *testing.T, message string) map[string]any {
	t.Helper()
	log, err := os.Open(filepath.Join(c.dir, "data", "aeb.log"))
	if err != nil {
		return nil
	}
	defer log.Close()
	for lines := bufio.NewReader(log); ; {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return nil
		}
		require.NoError(t, err)
		var entry map[string]any
		require.NoError(t, json.Unmarshal(line, &entry))
		if entry["msg"] == message {
			return entry
		}
	}
}

func (c *command) until(t *testing.T, message string) map[string]any {
	t.Helper()
	var entry map[string]any
	require.Eventually(t, func() bool {
		entry = c.said(t, message)
		return entry != nil
	}, 2*time.Minute, 50*time.Millisecond, message)
	return entry
}

// answered waits until the server's log, which is in ours, has so many requests.
func (c *command) answered(t *testing.T, n int) {
	t.Helper()
	require.Eventually(t, func() bool {
		log, err := os.ReadFile(filepath.Join(c.dir, "data", "aeb.log"))
		return err == nil && bytes.Count(log, []byte("POST /v1/chat/completions HTTP/1.1\\\" 200")) >= n
	}, time.Minute, 20*time.Millisecond)
}

// requests are the rows of requests.csv, one method's.
func (c *command) requests(t *testing.T) (out []map[string]string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(c.dir, "benchmark_output", "*", "requests.csv"))
	require.NoError(t, err)
	require.Len(t, files, 1, c.err.String())
	for _, row := range csvtest.Rows(t, files[0]) {
		if len(out) == 0 || out[0]["method"] == row["method"] {
			out = append(out, row)
		}
	}
	return out
}

// tokens is how many the model's own tokenizer makes of the prompt, in a chat or not.
func tokens(t *testing.T, api string) string {
	t.Helper()
	how := "len(t(sys.argv[2])['input_ids'])"
	if api == "chat" {
		how = "len(t.apply_chat_template([{'role': 'user', 'content': sys.argv[2]}], add_generation_prompt=True, return_dict=True)['input_ids'])"
	}
	python := exec.CommandContext(t.Context(), os.Getenv("PYTHON"), "-c",
		"import sys; from transformers import AutoTokenizer; t = AutoTokenizer.from_pretrained(sys.argv[1]); print("+how+")", os.Getenv("TINY_MODEL"), asked)
	out, err := python.Output()
	require.NoError(t, err)
	n, err := strconv.Atoi(strings.TrimSpace(string(out)))
	require.NoError(t, err)
	return strconv.Itoa(n)
}
