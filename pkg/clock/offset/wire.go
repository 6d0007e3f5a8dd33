package offset

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// reply is the reference's answer.
type reply struct {
	Clock    event.Clock `json:"clock"`
	Received event.Stamp `json:"received"`
	Answered event.Stamp `json:"answered"`
}

// Answer makes the answers of the host of c, to be given to bus.Answer on
// subject.Clock of the host.
func Answer(c clock.Clock) func([]byte) []byte {
	return func([]byte) []byte {
		received := c.Now()
		// Stamps and tokens always have a JSON form.
		out, _ := json.Marshal(reply{Clock: c.Host(), Received: received, Answered: c.Now()})
		return out
	}
}

// Ask sends one question to the reference.
type Ask func(ctx context.Context, question []byte) ([]byte, error)

// Probe makes one round trip and says whose clock answered.
func Probe(ctx context.Context, c clock.Clock, ask Ask) (Exchange, event.Clock, error) {
	asked := c.Now()
	raw, err := ask(ctx, nil)
	heard := c.Now()
	if err != nil {
		return Exchange{}, event.Clock{}, err
	}
	var r reply
	if err := json.Unmarshal(raw, &r); err != nil {
		return Exchange{}, event.Clock{}, fmt.Errorf("read a clock's answer: %w", err)
	}
	// A wall clock that is set between the two readings would make the trip any
	// length; the monotonic one does not move then.
	return Exchange{
		AskedNS: asked.WallNS, HeardNS: asked.AtMono(heard.MonoNS),
		ReceivedNS: r.Received.WallNS, AnsweredNS: r.Received.AtMono(r.Answered.MonoNS),
		HostZeroNS: asked.AtMono(0), ReferenceZeroNS: r.Received.AtMono(0),
	}, r.Clock, nil
}
