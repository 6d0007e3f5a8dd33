package working

import (
	"strconv"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/wire"
)

// dialogue is a prompt with what follows it: a session, or of one turn a plain
// request. It stays with one process and one server, whose cache may hold what was
// said before.
type dialogue struct {
	prompt *event.PromptQueued
	// turn counts from 1.
	turn    int
	history []wire.Message
}

func (d *dialogue) session() bool { return len(d.prompt.Turns) > 0 }

// next is the prompt of the next turn; false after the last. The first has the
// session's own id, the others theirs after it.
func (d *dialogue) next() (*event.PromptQueued, bool) {
	if d.turn > len(d.prompt.Turns) {
		return nil, false
	}
	p := *d.prompt
	p.Turns = nil
	if d.turn++; d.turn == 1 {
		return &p, true
	}
	turn := d.prompt.Turns[d.turn-2]
	p.RequestID += "-t" + strconv.Itoa(d.turn)
	p.Prompt, p.PromptSHA256 = turn.Prompt, turn.PromptSHA256
	p.ScheduledNS, p.Cancel, p.ExpectedInputTokens = nil, nil, nil
	if n := turn.ExpectedOutputTokens; n != nil {
		p.ExpectedOutputTokens = n
		p.Generate.MaxTokens, p.Generate.MinTokens, p.Generate.IgnoreEOS = n, n, new(true)
	}
	return &p, true
}

// answered puts a turn and its answer into the history: the dataset's answer where
// it gives one, else the server's own.
func (d *dialogue) answered(p *event.PromptQueued, own string) {
	if d.turn > len(d.prompt.Turns) {
		return
	}
	if given := d.prompt.Turns[d.turn-1].Answer; given != "" {
		own = given
	}
	d.history = append(d.history, wire.Message{Role: "user", Content: p.Prompt}, wire.Message{Role: "assistant", Content: own})
}

// keeps reports whether the present turn's own answer will be wanted.
func (d *dialogue) keeps() *strings.Builder {
	if d.turn > len(d.prompt.Turns) || d.prompt.Turns[d.turn-1].Answer != "" {
		return nil
	}
	return &strings.Builder{}
}
