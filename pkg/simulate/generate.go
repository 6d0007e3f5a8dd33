package simulate

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync"
	"time"
)

// maxBody bounds a request's body in bytes.
const maxBody = 64 << 20

// defaultMaxTokens is what a completion without max_tokens gets; a chat gets the
// rest of the context.
const defaultMaxTokens = 16

// thinkingShare is how much of an answer's tokens is reasoning.
const thinkingShare = 0.4

// buffers are for chunks on their way to the socket.
var buffers = sync.Pool{New: func() any { return new(make([]byte, 0, 4096)) }}

// generate serves the three ways to ask for an answer, whose bodies decode reads.
func (s *Simulator) generate(w http.ResponseWriter, r *http.Request, decode func([]byte) (*request, *apiError)) {
	q, problem := s.accept(w, r, decode)
	if problem != nil {
		problem.write(w)
		return
	}
	fault := s.requestFault()
	switch fault.Kind {
	case FaultHTTP500:
		(&apiError{http.StatusInternalServerError, engineError, "EngineCore encountered an issue (simulated fault).", ""}).write(w)
		return
	case FaultSlow:
		timer := time.NewTimer(fault.delay())
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			return
		}
	}
	seqs := s.sequences(q, r.Header.Get("X-Request-Id"), fault.Kind == FaultEmpty)
	a := newAnswer(q, &s.cfg, s.answerID(q, r), s.now()/int64(time.Second), seqs)
	if s.cfg.Options.RequestIDHeaders {
		w.Header().Set("X-Request-Id", a.id[strings.IndexAny(a.id, "-_")+1:])
	}
	s.submit(seqs)
	defer func() {
		for _, q := range seqs {
			if !q.done() {
				q.cancelled.Store(true)
			}
		}
	}()
	if q.stream {
		a.stream(w, r, fault.Kind)
		return
	}
	for !a.ready() {
		select {
		case <-seqs[0].notify:
		case <-r.Context().Done():
			return
		}
	}
	switch fault.Kind {
	case FaultBrokenStream:
		w.Header().Set("Content-Length", "100000")
		_, _ = w.Write([]byte(`{"id":"`))
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case FaultErrorInStream:
		(&apiError{http.StatusInternalServerError, engineError, "generation failed (simulated fault).", ""}).write(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(a.whole(fault.Kind != FaultNoUsage))
}

// accept reads and checks a request; model and context are looked up here.
func (s *Simulator) accept(w http.ResponseWriter, r *http.Request, decode func([]byte) (*request, *apiError)) (*request, *apiError) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return nil, &apiError{http.StatusBadRequest, badRequest, "Unsupported Media Type: Only 'application/json' is allowed", ""}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, invalid("", "body: %v", err)
	}
	q, problem := decode(body)
	if problem != nil {
		return nil, problem
	}
	if q.model != "" && q.model != s.cfg.Model {
		return nil, &apiError{http.StatusNotFound, notFound, fmt.Sprintf("The model `%s` does not exist.", q.model), "model"}
	}
	for i, tokens := range q.tokens {
		if problem := s.fits(q, i, tokens); problem != nil {
			return nil, problem
		}
	}
	return q, nil
}

// fits checks one prompt against the context.
func (s *Simulator) fits(q *request, i, tokens int) *apiError {
	want := 1
	if q.maxTokens != nil {
		want = *q.maxTokens
	}
	if tokens+max(want, q.minTokens) > s.cfg.MaxModelLen {
		return refused("input_tokens", "This model's maximum context length is %d tokens. However, you requested %d output tokens and your prompt contains %d characters (%d tokens). Please reduce one of them.",
			s.cfg.MaxModelLen, max(want, q.minTokens), len(q.prompts[i]), tokens)
	}
	return nil
}

// sequences are the request's answers to be generated, n for each prompt.
func (s *Simulator) sequences(q *request, requestID string, empty bool) []*sequence {
	run, request, attempt := parseRequestID(requestID)
	notify := make(chan struct{}, 1)
	var out []*sequence
	for i, text := range q.prompts {
		l := limits{min: q.minTokens, ignoreEOS: q.ignoreEOS, stop: q.stop, keepStop: q.keepStop}
		l.max = s.cfg.MaxModelLen - q.tokens[i]
		if q.maxTokens != nil {
			l.max = *q.maxTokens
		} else if !q.chat {
			l.max = min(l.max, max(defaultMaxTokens, q.minTokens))
		}
		for n := range q.n {
			seed := s.cfg.Seed
			if q.seed != nil {
				seed = *q.seed
			}
			p := newPlan(hashText(seed+uint64(n)*0x9e3779b97f4a7c15, text), s.cfg.MeanOutputTokens, l)
			if q.thinking && s.cfg.Options.Reasoning {
				p.thinking = int(thinkingShare * float64(p.spoken))
			}
			if empty {
				p = plan{output: 1, chars: -1, finish: "stop"}
			}
			out = append(out, &sequence{
				plan: p, prompt: q.tokens[i], notify: notify,
				entry: &entry{run: run, request: request, attempt: attempt},
			})
		}
	}
	return out
}

// answerID is vLLM's: a prefix, and the request's header or something random.
func (s *Simulator) answerID(q *request, r *http.Request) string {
	tail := r.Header.Get("X-Request-Id")
	if tail == "" {
		var raw [16]byte
		// crypto/rand.Read never fails on the supported platforms.
		_, _ = rand.Read(raw[:])
		tail = hex.EncodeToString(raw[:])
	}
	if q.responses {
		return "resp_" + tail
	}
	if q.chat {
		return "chatcmpl-" + tail
	}
	return "cmpl-" + tail
}

// ready reports whether every choice has been made.
func (a *answer) ready() bool {
	for i := range a.choices {
		if !a.choices[i].done() {
			return false
		}
	}
	return true
}

// stream writes chunks as tokens come. A client that is slow gets several in one
// write, each still a chunk of its own.
func (a *answer) stream(w http.ResponseWriter, r *http.Request, fault string) {
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	control := http.NewResponseController(w)
	if control.Flush() != nil {
		return
	}
	if fault == FaultNoUsage {
		a.withUsage, a.everyUsage = false, false
	}
	half := a.half(fault)
	held, _ := buffers.Get().(*[]byte)
	defer buffers.Put(held)
	if a.responses {
		b := a.appendBegun((*held)[:0])
		if _, err := w.Write(b); err != nil || control.Flush() != nil {
			return
		}
	}
	for {
		select {
		case <-a.choices[0].notify:
		case <-r.Context().Done():
			return
		}
		b := a.appendNew((*held)[:0], half-a.told())
		ended := a.done()
		switch {
		case a.told() >= half && fault == FaultBrokenStream:
			b = append(b, a.head[:len(a.head)/2]...)
		case a.told() >= half && fault == FaultErrorInStream && a.responses:
			b, ended = a.appendFailed(b, "generation failed (simulated fault)."), true
		case a.told() >= half && fault == FaultErrorInStream:
			b = append(append(b, "data: "...), (&apiError{http.StatusInternalServerError, engineError, "generation failed (simulated fault).", ""}).body()...)
			b, ended = append(b, "\n\ndata: [DONE]\n\n"...), true
		case ended:
			b = a.appendEnd(b)
		}
		_, err := w.Write(b)
		*held = b
		if errors.Join(err, control.Flush()) != nil || ended {
			return
		}
		if fault == FaultBrokenStream && a.told() >= half {
			panic(http.ErrAbortHandler)
		}
	}
}

// half is after how many tokens the fault strikes; it never does without one.
func (a *answer) half(fault string) int {
	all := 0
	for i := range a.choices {
		all += a.choices[i].output
	}
	if fault == FaultBrokenStream || fault == FaultErrorInStream {
		return all / 2
	}
	return all
}
