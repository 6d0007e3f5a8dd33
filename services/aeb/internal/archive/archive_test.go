package archive

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
)

const id = event.RunID("01k4q0v6r8h2m9d5c7b3a1z0xy")

var state = run.State{Run: id, Name: "test", Phase: run.Reported, Config: json.RawMessage(`{"name":"test"}`), Revision: 1, Output: "/there"}

func record(run event.RunID, seq uint64) Record {
	e, err := event.New(event.ID{Run: run, Producer: event.Producer{Service: "prompt-loader", Instance: "a"}, Epoch: 1, Seq: seq},
		run.Created().Add(time.Duration(seq)), &event.PromptQueued{
			RequestID: fmt.Sprintf("r%07d", seq), Index: int64(seq), Prompt: "<é>&\u2028 \"quoted\"\n", PromptSHA256: strings.Repeat("0", 64),
		})
	if err != nil {
		panic(err)
	}
	return Record{e, run.Created().Add(time.Duration(1000 + seq))}
}

func yielding(records []Record, bad ...error) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for _, r := range records {
			if !yield(r, nil) {
				return
			}
		}
		for _, err := range bad {
			if !yield(Record{}, err) {
				return
			}
		}
	}
}

var errUnreadable = fmt.Errorf("no event")

func written(tb testing.TB, name string, n uint64) (path string, records []Record) {
	tb.Helper()
	path = filepath.Join(tb.TempDir(), name)
	for seq := range n {
		records = append(records, record(id, seq+1))
	}
	end, err := Write(path, state, yielding(records, errUnreadable), func(err error) bool { return errors.Is(err, errUnreadable) })
	require.NoError(tb, err)
	require.Equal(tb, End{State: state, Events: int64(n), Unreadable: 1}, end)
	return path, records
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	for _, name := range []string{"run.jsonl", "run.jsonl.gz"} {
		path, records := written(t, name, 300)
		end, err := Check(path)
		require.NoError(t, err)
		require.Equal(t, End{State: state, Events: 300, Unreadable: 1}, end)
		var got []Record
		for r, err := range Records(path) {
			require.NoError(t, err)
			got = append(got, r)
		}
		require.Equal(t, records, got)
		left, err := os.ReadDir(filepath.Dir(path))
		require.NoError(t, err)
		require.Len(t, left, 1, "nothing but the file")
	}
}

func TestNothingIsLeftOfAnExportThatBreaksOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.jsonl")
	_, err := Write(path, state, yielding([]Record{record(id, 1)}, os.ErrDeadlineExceeded), func(error) bool { return false })
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	left, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestBrokenFilesAreRefusedWithTheLine(t *testing.T) {
	path, _ := written(t, "run.jsonl", 3)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	lines := strings.SplitAfter(strings.TrimSuffix(string(text), "\n"), "\n")
	first, end := lines[0], lines[3]
	stranger, err := record("01k4q0v6r8h2m9d5c7b3a1z0xz", 9).line()
	require.NoError(t, err)
	running := state
	running.Phase = run.Running
	open, err := End{State: running, Events: 1}.line(time.Now())
	require.NoError(t, err)
	for name, c := range map[string]struct {
		text string
		line int
		says string
	}{
		"garbage":        {first + "garbage\n" + end, 2, "not a CloudEvent"},
		"cut off":        {strings.Join(lines[:3], ""), 3, "cut off"},
		"cut in a line":  {string(text[:len(text)-40]), 4, "not a CloudEvent"},
		"empty":          {"", 1, "cut off"},
		"line missing":   {lines[0] + lines[2] + end, 3, "2 events where its end counts 3"},
		"two runs":       {first + string(stranger) + "\n" + end, 2, "of another run"},
		"end of another": {string(stranger) + "\n" + end, 2, "in a file of run"},
		"something more": {string(text) + "\n" + first, 6, "follows the end"},
		"still running":  {first + string(open), 2, `is "running"`},
		"no time":        {strings.Replace(first, "storedat", "stored", 1) + end, 1, "storedat"},
		"bad data":       {strings.Replace(first, `"index":1`, `"index":-1`, 1), 1, "index"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "broken.jsonl")
			require.NoError(t, os.WriteFile(path, []byte(c.text), 0o600))
			_, err := Check(path)
			require.ErrorIs(t, err, ErrArchive)
			require.ErrorContains(t, err, fmt.Sprintf("broken.jsonl:%d: ", c.line))
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestCutCompressedFileIsNoEnd(t *testing.T) {
	path, _ := written(t, "run.jsonl.gz", 300)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, n := range []int{0, 5, len(text) / 2, len(text) - 4} {
		require.NoError(t, os.WriteFile(path, text[:n], 0o600))
		_, err = Check(path)
		require.ErrorIs(t, err, ErrArchive, "after %d bytes", n)
	}
}

func FuzzCheck(f *testing.F) {
	path, _ := written(f, "run.jsonl", 2)
	text, err := os.ReadFile(path)
	require.NoError(f, err)
	f.Add(text)
	f.Add(text[:100])
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, zip := range []bool{false, true} {
			name, content := "f.jsonl", text
			if zip {
				var b bytes.Buffer
				z := gzip.NewWriter(&b)
				_, err := z.Write(text)
				require.NoError(t, err)
				require.NoError(t, z.Close())
				name, content = "f.jsonl.gz", b.Bytes()
			}
			path := filepath.Join(t.TempDir(), name)
			require.NoError(t, os.WriteFile(path, content, 0o600))
			if end, err := Check(path); err == nil {
				require.True(t, end.State.Phase.Final())
				_, err = event.ParseRunID(string(end.State.Run))
				require.NoError(t, err)
			}
		}
	})
}
