package tick

import (
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// bubble is the clock of a synctest bubble, whose time began at a moment.
type bubble struct{ begin time.Time }

func (b bubble) Host() event.Clock { return event.Clock{Host: "test", BootID: "bubble"} }

func (b bubble) Now() event.Stamp {
	return event.Stamp{WallNS: time.Now().UnixNano(), MonoNS: int64(time.Since(b.begin)) + 1}
}
