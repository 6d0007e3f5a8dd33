package wire

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// counter is a clock that moves by one at each reading.
func counter() func() int64 {
	var n int64
	return func() int64 { n++; return n }
}

func collect(body io.Reader) (events []string, err error) {
	e := NewEvents(body, counter())
	for {
		data, _, err := e.Next()
		if err != nil {
			return events, err
		}
		events = append(events, string(data))
	}
}

func TestEventsFollowTheStandard(t *testing.T) {
	for _, tt := range []struct {
		name, stream string
		want         []string
		err          error
	}{
		{"line feeds", "data: a\n\ndata: b\n\n", []string{"a", "b"}, io.EOF},
		{"carriage returns and line feeds", "data: a\r\n\r\ndata: b\r\n\r\n", []string{"a", "b"}, io.EOF},
		{"carriage returns", "data: a\r\rdata: b\r\r", []string{"a", "b"}, io.EOF},
		{"mixed ends", "data: a\r\n\ndata: b\n\r\ndata: c\r\n\r", []string{"a", "b", "c"}, io.EOF},
		{"no space", "data:a\n\n", []string{"a"}, io.EOF},
		{"one space is taken", "data:  a \n\n", []string{" a "}, io.EOF},
		{"several lines", "data: a\ndata:\ndata: b\n\n", []string{"a\n\nb"}, io.EOF},
		{"comments and other fields", ": ping\nevent: x\nid: 1\nretry: 5\ndata: a\nnonsense\n\n: ping\n\n", []string{"a"}, io.EOF},
		{"a field that begins like data", "database: a\n\ndata: b\n\n", []string{"b"}, io.EOF},
		{"empty data", "data:\n\ndata\n\ndata: a\n\n", []string{"a"}, io.EOF},
		{"byte order mark", "\xef\xbb\xbfdata: a\n\n", []string{"a"}, io.EOF},
		{"nothing", "", nil, io.EOF},
		{"no empty line at the end", "data: a\n\ndata: [DONE]\n", []string{"a", "[DONE]"}, io.EOF},
		{"no line end at the end", "data: a\n\ndata: [DONE]", []string{"a", "[DONE]"}, io.EOF},
		{"cut in a line", "data: a\n\ndata: {\"x\"", []string{"a"}, io.ErrUnexpectedEOF},
		{"cut in a second line", "data: a\ndata: b", nil, io.ErrUnexpectedEOF},
		{"longer than the buffer", "data: " + strings.Repeat("x", 3*readSize) + "\n\n", []string{strings.Repeat("x", 3*readSize)}, io.EOF},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for name, body := range map[string]io.Reader{
				"whole":       strings.NewReader(tt.stream),
				"byte-wise":   iotest.OneByteReader(strings.NewReader(tt.stream)),
				"end at once": iotest.DataErrReader(strings.NewReader(tt.stream)),
			} {
				got, err := collect(body)
				require.ErrorIs(t, err, tt.err, name)
				require.Equal(t, tt.want, got, name)
			}
		})
	}
}

// TestSplitsDoNotMatter is the law that what is read does not depend on how it
// arrives.
func TestSplitsDoNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{
			"data: ", "data:", "data", "a", "{\"x\":1}", "[DONE]", "\n", "\r", "\r\n", "\n\n", ": c", "event: e", "é", strings.Repeat("y", 9000),
		}), 0, 30).Draw(t, "parts")
		stream := strings.Join(parts, "")
		want, wantErr := collect(strings.NewReader(stream))
		size := rapid.IntRange(1, 7).Draw(t, "size")
		got, err := collect(&splitReader{strings.NewReader(stream), size})
		require.Equal(t, want, got)
		require.Equal(t, wantErr, err)
	})
}

type splitReader struct {
	r    io.Reader
	size int
}

func (s *splitReader) Read(p []byte) (int, error) { return s.r.Read(p[:min(len(p), s.size)]) }

func TestEventIsStampedWhenItIsComplete(t *testing.T) {
	in, out := io.Pipe()
	go func() {
		for _, part := range []string{"data: a\n\ndata: b", "\n", "\ndata: c\n\n"} {
			_, _ = out.Write([]byte(part))
		}
		_ = out.Close()
	}()
	e := NewEvents(in, counter())
	for _, want := range []struct {
		data string
		at   int64
	}{{"a", 1}, {"b", 3}, {"c", 3}} {
		data, at, err := e.Next()
		require.NoError(t, err)
		require.Equal(t, want.data, string(data))
		require.Equal(t, want.at, at)
	}
}

func TestEndlessLineIsRefused(t *testing.T) {
	_, err := collect(io.MultiReader(strings.NewReader("data: "), endless{}))
	var e *Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, MalformedChunk, e.Class)
	_, err = collect(io.MultiReader(strings.NewReader(strings.Repeat("data: "+strings.Repeat("x", 5000)+"\n", 2000))))
	require.ErrorAs(t, err, &e)
	require.Equal(t, MalformedChunk, e.Class)
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

var errTransport = errors.New("reset")

func TestTransportErrorIsPassedOn(t *testing.T) {
	got, err := collect(io.MultiReader(strings.NewReader("data: a\n\ndata: b\n"), iotest.ErrReader(errTransport)))
	require.ErrorIs(t, err, errTransport)
	require.Equal(t, []string{"a"}, got)
}

func FuzzEvents(f *testing.F) {
	for _, s := range []string{"data: a\n\n", "data: a\r\n\r\ndata: [DONE]\n\n", ": x\n\ndata:\ndata: b\r\r", "data: {", "\xef\xbb\xbfdata:x\n\n"} {
		f.Add([]byte(s), 3)
	}
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		whole, wholeErr := collect(bytes.NewReader(stream))
		split, splitErr := collect(&splitReader{bytes.NewReader(stream), max(size, 1)})
		require.Equal(t, whole, split)
		require.Equal(t, wholeErr, splitErr)
		for _, data := range whole {
			require.NotEmpty(t, data)
			require.NotContains(t, data, "\r")
		}
	})
}
