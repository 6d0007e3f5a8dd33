package attempt

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/wire"
)

// Flags of an attempt.
const (
	// UsageMissing marks an answer without token counts: its latency is good, its
	// tokens are missing.
	UsageMissing = "usage_missing"
	// UsageImplausible marks text with a count of no tokens; the count is dropped.
	UsageImplausible = "usage_implausible"
	// UsageInconsistent marks a count that fell while the answer went on; the
	// last one counts.
	UsageInconsistent = "usage_inconsistent"
	// NoDone marks a stream that ended without [DONE], NoFinishReason an answer
	// without a reason for its end.
	NoDone         = "no_done"
	NoFinishReason = "no_finish_reason"
	// ConnectionResent marks a request that went out again because a kept
	// connection had been closed by the server.
	ConnectionResent = "connection_resent"
	// ServerTimeInvalid marks server timings that are no durations.
	ServerTimeInvalid = "server_time_invalid"
	// GapsTruncated marks an answer with more chunks than are recorded one by one.
	GapsTruncated = "chunk_gaps_truncated"
)

// CancelledByPlan is the class of a request that the driver broke off because the
// load wants some to be (load.cancel_share). It is cancelled, and no failure.
const CancelledByPlan wire.Class = "cancelled_by_plan"

// Sender makes attempts for one run. Its methods may be called from many
// goroutines.
type Sender struct {
	Client *wire.Client
	Clock  clock.Clock
	Run    event.RunID
	Config config.Run
	// Base is the server's root URL, Replica the name of the devices that serve it.
	Base, Replica string
	// History is what a session said before, Session and Turn which one it is and how
	// far; Answer, when set, gets the text of the answer.
	History []wire.Message
	Session string
	Turn    int
	Answer  *strings.Builder
	// Stage is the stage of a closed loop, from 1; a prompt that has its own keeps it.
	Stage int
	// Told, when set, is told of each attempt's sending and of its first token,
	// while the attempt goes on: it must not block.
	Told func(event.Payload)

	// watch starts a stopwatch; nil reads the clock that stamps the sending.
	watch func() func() int64
}

// Send makes the n-th attempt at a prompt and reports it.
func (s *Sender) Send(ctx context.Context, p *event.PromptQueued, n int, received event.Stamp) *event.RequestFinished {
	r := &event.RequestFinished{
		RequestID: p.RequestID, Index: p.Index, Attempt: n, Warmup: p.Warmup, Cooldown: p.Cooldown,
		Session: s.Session, Turn: s.Turn,
		Clock: s.Clock.Host(), Endpoint: s.Base, Replica: s.Replica, API: wire.API(s.Config.Backend),
		ScheduledNS: p.ScheduledNS, Received: received,
		Tokens: event.Tokens{Source: event.TokensMissing},
	}
	r.Stage = cmp.Or(p.Stage, s.Stage)
	r.StageName = s.Config.Load.StageName(r.Stage)
	body, err := wire.Body(s.Config, p, s.History...)
	ctx, breakOff := context.WithCancelCause(ctx)
	defer breakOff(nil)
	ctx, cancel := context.WithTimeout(ctx, time.Duration(s.Config.Backend.TimeoutS*float64(time.Second)))
	defer cancel()
	m := &measure{Sender: s, r: r, body: body, gaps: make([]int64, 0, gapsHint(p.Generate.MaxTokens))}
	if p.Cancel != nil && p.Cancel.AfterTokens != nil {
		m.most = *p.Cancel.AfterTokens
	}
	if p.Cancel != nil && p.Cancel.AfterNS != nil {
		patience := time.AfterFunc(time.Duration(*p.Cancel.AfterNS), func() { breakOff(errPlanned) })
		defer patience.Stop()
	}
	r.Sent = s.Clock.Now()
	if m.now = s.since(r.Sent); s.watch != nil {
		m.now = s.watch()
	}
	m.tell(&event.RequestStarted{RequestID: p.RequestID, Attempt: n, Clock: r.Clock, Sent: r.Sent, Endpoint: s.Base})
	if err == nil {
		err = m.exchange(ctx)
	} else {
		m.ended = m.now()
	}
	m.conclude(ctx, err)
	return r
}

// since reads nanoseconds since a stamp. A stopwatch begun beside the stamp would
// be behind it by whatever came in between, and every offset with it.
func (s *Sender) since(from event.Stamp) func() int64 {
	return func() int64 { return s.Clock.Now().MonoNS - from.MonoNS }
}

// requestID is what the server is told, so that its own record can be joined.
func (s *Sender) requestID(r *event.RequestFinished) string {
	return string(s.Run) + "." + r.RequestID + "." + strconv.Itoa(r.Attempt)
}

const (
	// maxGaps bounds the record of one attempt to what a broker carries.
	maxGaps = 1 << 16
	// usualGaps and mostGaps bound what is set aside for an answer before it comes.
	usualGaps = 128
	mostGaps  = 2048
)

// gapsHint is room for a chunk per token, so that seldom more must be found
// while the answer arrives.
func gapsHint(maxTokens *int64) int64 {
	if maxTokens == nil {
		return usualGaps
	}
	return min(max(*maxTokens+1, 1), mostGaps)
}
