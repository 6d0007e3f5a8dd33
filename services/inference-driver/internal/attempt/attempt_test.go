package attempt

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/contract"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/simulate/script"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/wire"
)

func TestMain(m *testing.M) {
	if serving() {
		return
	}
	goleak.VerifyTestMain(m)
}

const (
	streamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
	theEnd     = "0\r\n\r\n"

	opening   = `{"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}`
	textPart  = `{"choices":[{"index":0,"delta":{"content":" the"},"finish_reason":null}]}`
	lastPart  = `{"choices":[{"index":0,"delta":{"content":" end"},"finish_reason":"stop"}]}`
	usagePart = `{"choices":[],"usage":{"prompt_tokens":5,"total_tokens":8,"completion_tokens":3}}`
	done      = `[DONE]`
)

// chunked is a part of a body in its frame.
func chunked(body string) string {
	return strconv.FormatInt(int64(len(body)), 16) + "\r\n" + body + "\r\n"
}

// answer is a stream of the given events.
func answer(events ...string) string {
	var b strings.Builder
	b.WriteString(streamHead)
	for _, e := range events {
		b.WriteString(chunked("data: " + e + "\n\n"))
	}
	b.WriteString(theEnd)
	return b.String()
}

// cut is an answer whose connection ends before its body does.
func cut(events ...string) script.Answer {
	return script.Answer{Events: []script.Event{{Data: []byte(strings.TrimSuffix(answer(events...), theEnd))}}, Close: true}
}

func raw(text string) script.Answer {
	return script.Answer{Events: []script.Event{{Data: []byte(text)}}}
}

func serve(tb testing.TB, reply func(script.Request) script.Answer) string {
	tb.Helper()
	s, err := script.Serve(tb.Context(), "127.0.0.1:0", reply)
	require.NoError(tb, err)
	tb.Cleanup(s.Close)
	return s.URL()
}

const runID = event.RunID("01jd0000000000000000000000")

func sender(tb testing.TB, base string) *Sender {
	tb.Helper()
	client := wire.NewClient(64, "the-secret-key")
	tb.Cleanup(client.Close)
	return &Sender{
		Client: client, Clock: clock.System("h"), Run: runID, Base: base, Replica: "r0",
		Config: config.Run{Backend: config.Backend{Model: "m", API: config.APIChat, TimeoutS: 10}},
	}
}

var prompt = event.PromptQueued{RequestID: "r0000007", Index: 7, Prompt: "why?"}

// send makes an attempt and holds its record to the event's own rules and schema.
func send(t *testing.T, ctx context.Context, s *Sender) *event.RequestFinished {
	t.Helper()
	r := s.Send(ctx, &prompt, 2, s.Clock.Now())
	require.NoError(t, r.Validate())
	data, err := json.Marshal(r)
	require.NoError(t, err)
	require.NoError(t, contract.Validate(event.TypeRequestFinished, data))
	require.NotContains(t, string(data), "the-secret-key")
	require.Equal(t, "r0000007", r.RequestID)
	require.Equal(t, 2, r.Attempt)
	require.LessOrEqual(t, len(r.Error), 500)
	return r
}

func TestAnswerIsMeasured(t *testing.T) {
	var request script.Request
	plan := []struct {
		at   time.Duration
		data string
	}{
		{2 * time.Millisecond, streamHead},
		{20 * time.Millisecond, chunked("data: " + opening + "\n\ndata: " + `{"choices":[{"delta":{"reasoning":"hm"}}]}` + "\n\n")},
		{30 * time.Millisecond, chunked("data: " + `{"choices":[{"delta":{"reasoning_content":"hm"}}]}` + "\r\n\r\n")},
		{50 * time.Millisecond, chunked("data: " + textPart + "\n\n")},
		{60 * time.Millisecond, chunked("data: " + lastPart + "\n\n")},
		{80 * time.Millisecond, chunked("data: "+usagePart[:len(usagePart)-2]+`,"prompt_tokens_details":{"cached_tokens":2},"completion_tokens_details":{"reasoning_tokens":2}},"metrics":{"queue_time_ms":1.5,"time_to_first_token_ms":18,"generation_time_ms":40}}`+"\n\ndata: [DONE]\n\n") + theEnd},
	}
	var a script.Answer
	for _, p := range plan {
		a.Events = append(a.Events, script.Event{At: p.at, Data: []byte(p.data)})
	}
	base := serve(t, func(r script.Request) script.Answer { request = r; return a })
	s := sender(t, base)
	var told []event.Payload
	s.Told = func(p event.Payload) { told = append(told, p) }
	r := send(t, t.Context(), s)

	require.Equal(t, "/v1/chat/completions", request.Path)
	require.Equal(t, string(runID)+".r0000007.2", request.Header.Get("X-Request-Id"))
	require.Equal(t, "Bearer the-secret-key", request.Header.Get("Authorization"))
	require.Empty(t, request.Header.Get("Accept-Encoding"))

	require.Equal(t, event.StatusOK, r.Status, r.Error)
	require.Empty(t, r.Flags)
	require.Equal(t, "stop", r.FinishReason)
	require.Equal(t, 200, r.HTTPStatus)
	ms := func(want int64, got *int64) {
		t.Helper()
		require.NotNil(t, got)
		require.GreaterOrEqual(t, *got, want*1e6)
		// A loaded machine may pause both sides for long; what counts is that
		// nothing is told before it came. The benchmark measures how late.
		require.Less(t, *got, (want+5_000)*1e6)
	}
	ms(2, r.FirstByteAfterNS)
	ms(20, r.FirstTokenAfterNS)
	ms(50, r.FirstOutputAfterNS)
	ms(60, r.LastTokenAfterNS)
	ms(80, &r.EndAfterNS)
	require.Len(t, r.ChunkGapsNS, 4)
	var sum int64
	for _, gap := range r.ChunkGapsNS {
		sum += gap
	}
	require.Equal(t, *r.LastTokenAfterNS, sum, "the gaps add up to the last token")
	require.EqualValues(t, 5, *r.Tokens.Input)
	require.EqualValues(t, 3, *r.Tokens.Output)
	require.EqualValues(t, 2, *r.Tokens.Cached)
	require.EqualValues(t, 2, *r.Tokens.Reasoning)
	require.EqualValues(t, 1_500_000, *r.Server.QueueNS)

	require.Len(t, told, 2)
	for _, p := range told {
		require.NoError(t, p.Validate())
	}
	require.Equal(t, r.Sent, told[0].(*event.RequestStarted).Sent)
	require.Equal(t, r.Sent.MonoNS+*r.FirstTokenAfterNS, told[1].(*event.RequestFirstToken).At.MonoNS)
}

// TestEveryFailureHasItsClass sends one request to each kind of broken server.
func TestEveryFailureHasItsClass(t *testing.T) {
	json400 := func(message string) script.Answer {
		return script.Plain(400, "application/json", `{"error":{"message":"`+message+`","code":400}}`)
	}
	for _, tt := range []struct {
		name   string
		answer script.Answer
		class  wire.Class
		status int
		text   string
	}{
		{"unknown model", script.Plain(404, "application/json", `{"error":{"message":"no such model"}}`), wire.NotFound, 404, "no such model"},
		{"no key", script.Plain(401, "application/json", `{"error":"Unauthorized"}`), wire.Unauthorized, 401, "Unauthorized"},
		{"key repeated", script.Plain(401, "text/plain", "no such key: Bearer the-secret-key"), wire.Unauthorized, 401, "no such key: Bearer [redacted]"},
		{"over-long prompt", json400("the maximum context length is 10 tokens"), wire.ContextLength, 400, "the maximum context length is 10 tokens"},
		{"bad value", json400("min_tokens must be"), wire.BadRequest, 400, "min_tokens must be"},
		{"too many", script.Plain(429, "text/plain", ""), wire.Overload, 429, "429 Too Many Requests"},
		{"draining", script.Plain(503, "text/plain", ""), wire.Overload, 503, "503 Service Unavailable"},
		{"engine", script.Plain(500, "text/plain", "x"), wire.ServerError, 500, "x"},
		{"redirect", raw("HTTP/1.1 307 Temporary Redirect\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"), wire.ServerError, 307, "307 Temporary Redirect"},
		{"error at once", raw(answer(`{"error":{"message":"it broke","code":500}}`, done)), wire.ErrorInStream, 200, "it broke"},
		{"error half way", raw(answer(opening, textPart, `{"error":{"message":"it broke","code":500}}`, done)), wire.ErrorInStream, 200, "it broke"},
		{"error instead of a stream", script.Plain(200, "application/json", `{"error":{"message":"it broke"}}`), wire.ErrorInStream, 0, "it broke"},
		{"aborted", raw(answer(textPart, `{"choices":[{"delta":{"content":""},"finish_reason":"abort"}]}`, usagePart, done)), wire.ErrorInStream, 200, "the server ended the answer with finish_reason abort"},
		{"whole answer instead of a stream", script.Plain(200, "application/json", `{"choices":[{"text":"a"}]}`), wire.MalformedChunk, 0, `the answer is not a stream: {"choices":[{"text":"a"}]}`},
		{"half a chunk", raw(answer(textPart, textPart[:20])), wire.MalformedChunk, 200, "not a chunk: " + textPart[:20]},
		{"a page", raw(answer("<html>")), wire.MalformedChunk, 200, "not a chunk: <html>"},
		{"cut at once", cut(), wire.BrokenStream, 200, "unexpected EOF"},
		{"cut half way", cut(opening, textPart), wire.BrokenStream, 200, "unexpected EOF"},
		{"cut before usage", cut(opening, textPart, lastPart), wire.BrokenStream, 200, "unexpected EOF"},
		{"ended half way", raw(answer(opening, textPart)), wire.BrokenStream, 200, "unexpected EOF"},
		{"nothing", raw(answer()), wire.BrokenStream, 200, "unexpected EOF"},
		{"no answer", script.Answer{Events: []script.Event{{Data: []byte("HTTP/1.1 2")}}, Close: true}, wire.BrokenStream, 0, ""},
		{"no HTTP", script.Answer{Events: []script.Event{{Data: []byte("SSH-2.0-x\r\n\r\n")}}, Close: true}, wire.BrokenStream, 0, ""},
		{"empty, no usage", raw(answer(opening, `{"choices":[{"delta":{"content":""},"finish_reason":"stop"}]}`, done)), wire.EmptyCompletion, 200, "the answer has no text"},
		{"empty, usage of nothing", raw(answer(opening, `{"choices":[{"delta":{},"finish_reason":"stop"}]}`, `{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":0}}`, done)), wire.EmptyCompletion, 200, "the answer has no text"},
		{"the end token alone", raw(answer(opening, `{"choices":[{"delta":{"content":""},"finish_reason":"stop"}]}`, `{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":1}}`, done)), wire.EmptyCompletion, 200, "the answer has no text"},
		{"only the end", raw(answer(done)), wire.EmptyCompletion, 200, "the answer has no text"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := serve(t, func(script.Request) script.Answer { return tt.answer })
			r := send(t, t.Context(), sender(t, base))
			require.Equal(t, event.StatusFailed, r.Status)
			require.Equal(t, string(tt.class), r.ErrorClass, r.Error)
			if tt.text != "" {
				require.Equal(t, tt.text, r.Error)
			}
			if tt.status != 0 {
				require.Equal(t, tt.status, r.HTTPStatus)
				require.NotNil(t, r.FirstByteAfterNS)
			}
			require.Positive(t, r.EndAfterNS)
		})
	}
}

func TestBrokenStreamKeepsWhatWasMeasured(t *testing.T) {
	withUsage := `{"choices":[{"delta":{"content":" the"}}],"usage":{"prompt_tokens":5,"completion_tokens":2}}`
	base := serve(t, func(script.Request) script.Answer { return cut(opening, textPart, withUsage) })
	r := send(t, t.Context(), sender(t, base))
	require.Equal(t, string(wire.BrokenStream), r.ErrorClass)
	require.NotNil(t, r.FirstTokenAfterNS)
	require.Len(t, r.ChunkGapsNS, 2)
	require.EqualValues(t, 2, *r.Tokens.Output, "continuous usage counts what was generated before the end")
}

// TestOddAnswersAreUsedAndFlagged are servers that lie or leave out, whose
// answers are good all the same.
func TestOddAnswersAreUsedAndFlagged(t *testing.T) {
	usage := func(n int) string {
		return `{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":` + strconv.Itoa(n) + `}}`
	}
	for _, tt := range []struct {
		name   string
		answer script.Answer
		flags  []string
		output int64
	}{
		{"no DONE", raw(answer(textPart, lastPart, usagePart)), []string{NoDone}, 3},
		{"cut after usage", cut(textPart, lastPart, usagePart), []string{NoDone}, 3},
		{"no usage", raw(answer(textPart, lastPart, done)), []string{UsageMissing}, -1},
		{"usage is null", raw(answer(textPart, `{"choices":[],"usage":null}`, lastPart, done)), []string{UsageMissing}, -1},
		{"usage before the end", raw(answer(textPart, usagePart, lastPart, done)), nil, 3},
		{"zero usage", raw(answer(textPart, lastPart, usage(0), done)), []string{UsageImplausible, UsageMissing}, -1},
		{"two usages", raw(answer(textPart, lastPart, usage(3), usage(9), done)), []string{UsageInconsistent}, 9},
		{"the same usage twice", raw(answer(textPart, lastPart, usage(3), usage(3), done)), nil, 3},
		{"usage that falls", raw(answer(`{"choices":[{"delta":{"content":"a"}}],"usage":{"prompt_tokens":5,"completion_tokens":7}}`, lastPart, usage(3), done)), []string{UsageInconsistent}, 3},
		{"no finish reason", raw(answer(textPart, usagePart, done)), []string{NoFinishReason}, 3},
		{"server time below zero", raw(answer(textPart, lastPart, usagePart[:len(usagePart)-1]+`,"metrics":{"queue_time_ms":-4}}`, done)), []string{ServerTimeInvalid}, 3},
		{"tokens without text", raw(answer(`{"choices":[{"delta":{"content":""},"finish_reason":"length"}]}`, usagePart, done)), nil, 3},
		{"not said to be a stream", raw(strings.Replace(answer(textPart, lastPart, usagePart, done), "text/event-stream", "text/plain", 1)), nil, 3},
		{"comments and fields", raw(streamHead + chunked(": ping\n\nevent: message\nid: 1\ndata: "+textPart+"\n\n:\n\ndata: "+lastPart+"\n\ndata: "+usagePart+"\n\ndata: [DONE]\n\n") + theEnd), nil, 3},
		{"no length, closed at the end", script.Answer{Close: true, Events: []script.Event{{Data: []byte("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: " + lastPart + "\n\ndata: " + usagePart + "\n\ndata: [DONE]")}}}, nil, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := serve(t, func(script.Request) script.Answer { return tt.answer })
			r := send(t, t.Context(), sender(t, base))
			require.Equal(t, event.StatusOK, r.Status, r.Error)
			require.Equal(t, tt.flags, r.Flags)
			if tt.output < 0 {
				require.Equal(t, event.Tokens{Source: event.TokensMissing}, r.Tokens)
				return
			}
			require.Equal(t, tt.output, *r.Tokens.Output)
		})
	}
}

// TestSplitsOfAnAnswerDoNotMatter cuts one answer into two writes everywhere.
func TestSplitsOfAnAnswerDoNotMatter(t *testing.T) {
	whole := answer(opening, textPart, lastPart, usagePart, done)
	at := atomic.Int64{}
	base := serve(t, func(script.Request) script.Answer {
		n := int(at.Load())
		return script.Answer{Events: []script.Event{{Data: []byte(whole[:n])}, {At: 50 * time.Microsecond, Data: []byte(whole[n:])}}}
	})
	s := sender(t, base)
	for n := 1; n < len(whole); n += 3 {
		at.Store(int64(n))
		r := send(t, t.Context(), s)
		require.Equal(t, event.StatusOK, r.Status, "split at %d: %s", n, r.Error)
		require.Empty(t, r.Flags)
		require.Len(t, r.ChunkGapsNS, 2)
	}
}

func TestNoServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	base := "http://" + l.Addr().String()
	require.NoError(t, l.Close())
	r := send(t, t.Context(), sender(t, base))
	require.Equal(t, string(wire.Connect), r.ErrorClass)
	require.Contains(t, r.Error, "refused")
	require.Nil(t, r.FirstByteAfterNS)
	require.Zero(t, r.HTTPStatus)
}

func TestTimeoutAndCancellation(t *testing.T) {
	stall := func(events ...script.Event) func(script.Request) script.Answer {
		return func(script.Request) script.Answer {
			return script.Answer{Events: append(events, script.Event{At: time.Hour, Data: []byte("x")})}
		}
	}
	begun := script.Event{Data: []byte(streamHead + chunked("data: "+textPart+"\n\n"))}
	for name, base := range map[string]string{"before": serve(t, stall()), "within": serve(t, stall(begun))} {
		s := sender(t, base)
		s.Config.Backend.TimeoutS = 0.05
		r := send(t, t.Context(), s)
		require.Equal(t, string(wire.Timeout), r.ErrorClass, name)
		require.Equal(t, event.StatusFailed, r.Status)
		require.GreaterOrEqual(t, r.EndAfterNS, int64(50*time.Millisecond))

		s = sender(t, base)
		ctx, cancel := context.WithCancelCause(t.Context())
		timer := time.AfterFunc(30*time.Millisecond, func() { cancel(errors.New("the run has ended")) })
		r = send(t, ctx, s)
		timer.Stop()
		require.Equal(t, string(wire.Cancelled), r.ErrorClass, name)
		require.Equal(t, event.StatusCancelled, r.Status)
		require.Equal(t, "the run has ended", r.Error)
		require.Equal(t, name == "within", r.FirstTokenAfterNS != nil)
	}
}

func TestClockThatGoesBackwards(t *testing.T) {
	base := serve(t, func(script.Request) script.Answer { return raw(answer(textPart, lastPart, usagePart, done)) })
	s := sender(t, base)
	var now atomic.Int64
	now.Store(1 << 40)
	s.watch = func() func() int64 { return func() int64 { return now.Add(-1000) } }
	r := send(t, t.Context(), s)
	require.Equal(t, string(wire.NegativeTime), r.ErrorClass)
	require.Nil(t, r.FirstTokenAfterNS)
	require.Zero(t, r.EndAfterNS)
	require.EqualValues(t, 3, *r.Tokens.Output)
}

func TestUnsupportedRequestIsNotSent(t *testing.T) {
	base := serve(t, func(script.Request) script.Answer {
		t.Error("it was sent")
		return raw(answer(done))
	})
	s := sender(t, base)
	p := event.PromptQueued{RequestID: "r1", Prompt: "x", Generate: event.Generate{Extra: map[string]any{"n": 3}}}
	r := s.Send(t.Context(), &p, 1, s.Clock.Now())
	require.NoError(t, r.Validate())
	require.Equal(t, string(wire.Unsupported), r.ErrorClass)
	require.Equal(t, event.StatusFailed, r.Status)
}

// closer is a server that closes each connection after one answer, but says that
// it keeps it, as one does that lets idle connections go.
func TestKeptConnectionThatTheServerClosedIsNoFailure(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var served atomic.Int64
	var loops sync.WaitGroup
	loops.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			loops.Go(func() {
				defer conn.Close()
				buf := make([]byte, 1<<16)
				if _, err := conn.Read(buf); err != nil {
					return
				}
				served.Add(1)
				_, _ = conn.Write([]byte(answer(textPart, lastPart, usagePart, done)))
				// The next request on this connection is read and thrown away, as
				// when the close and the request cross.
				_, _ = conn.Read(buf)
			})
		}
	})
	s := sender(t, "http://"+listener.Addr().String())
	resent := 0
	for range 20 {
		r := send(t, t.Context(), s)
		require.Equal(t, event.StatusOK, r.Status, r.Error)
		if len(r.Flags) > 0 {
			require.Equal(t, []string{ConnectionResent}, r.Flags)
			resent++
		}
	}
	require.Positive(t, resent)
	require.EqualValues(t, 20, served.Load())
	s.Client.Close()
	require.NoError(t, listener.Close())
	loops.Wait()
}

// TestRequestIsNotSentTwice: a server that takes a request on a new connection and
// dies may have begun the work.
func TestRequestIsNotSentTwice(t *testing.T) {
	var seen atomic.Int64
	base := serve(t, func(script.Request) script.Answer {
		seen.Add(1)
		return script.Answer{Events: []script.Event{{Data: []byte("H")}}, Close: true}
	})
	r := send(t, t.Context(), sender(t, base))
	require.Equal(t, string(wire.BrokenStream), r.ErrorClass)
	require.EqualValues(t, 1, seen.Load())
}

func TestServerThatGoesOnAfterTheEndHoldsNobody(t *testing.T) {
	base := serve(t, func(script.Request) script.Answer {
		return script.Answer{Events: []script.Event{
			{Data: []byte(strings.TrimSuffix(answer(textPart, lastPart, usagePart, done), theEnd))},
			{At: time.Hour, Data: []byte(theEnd)},
		}}
	})
	began := time.Now()
	r := send(t, t.Context(), sender(t, base))
	require.Equal(t, event.StatusOK, r.Status)
	require.Less(t, time.Since(began), 5*time.Second)
	require.Less(t, r.EndAfterNS, int64(500*time.Millisecond), "the wait is not part of the attempt")
}

func TestVeryLongAnswerKeepsItsRecordSmall(t *testing.T) {
	events := make([]string, 0, maxGaps+10)
	for range maxGaps + 5 {
		events = append(events, `{"choices":[{"text":"a"}]}`)
	}
	text := answer(append(events, `{"choices":[{"text":"","finish_reason":"length"}]}`, usagePart, done)...)
	base := serve(t, func(script.Request) script.Answer { return raw(text) })
	r := send(t, t.Context(), sender(t, base))
	require.Equal(t, event.StatusOK, r.Status, r.Error)
	require.Equal(t, []string{GapsTruncated}, r.Flags)
	require.Len(t, r.ChunkGapsNS, maxGaps)
	data, err := json.Marshal(r)
	require.NoError(t, err)
	require.Less(t, len(data), 1<<20, "a broker with its default limit carries it")
}

// TestConnectionsAreKept: a hundred requests one after another need one connection.
func TestConnectionsAreKept(t *testing.T) {
	var accepted atomic.Int64
	server := &http.Server{
		ReadHeaderTimeout: time.Second,
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				accepted.Add(1)
			}
		},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			for _, e := range []string{opening, textPart, lastPart, usagePart, done} {
				_, _ = w.Write([]byte("data: " + e + "\n\n"))
				_ = http.NewResponseController(w).Flush()
			}
		}),
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var loop sync.WaitGroup
	loop.Go(func() { _ = server.Serve(listener) })
	t.Cleanup(func() { _ = server.Close(); loop.Wait() })
	s := sender(t, "http://"+listener.Addr().String())
	for range 100 {
		require.Equal(t, event.StatusOK, send(t, t.Context(), s).Status)
	}
	require.EqualValues(t, 1, accepted.Load())
}
