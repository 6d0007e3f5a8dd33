package recordtest

import (
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// attempts are four at a time, each about 1.2 s long. Request 3 fails, request 5 is
// cancelled, request 7 is made again by the other driver, request 9 has no counts.
func attempts() []Item {
	var out []Item
	for i := range Prompts {
		start := loadAfter + 100*time.Millisecond + time.Duration(i/4)*1500*time.Millisecond + time.Duration(i%4)*37*time.Millisecond
		driver := DriverA
		if i%2 == 1 {
			driver = DriverB
		}
		f := attempt(i, 1, start)
		switch i {
		case 3:
			fail(f, event.StatusFailed, "http_status")
			f.HTTPStatus = 500
		case 5:
			fail(f, event.StatusCancelled, "")
		case 7:
			fail(f, event.StatusFailed, "stream_broken")
			out = append(out, finished(driver, f)...)
			f, driver = attempt(i, 2, start+700*time.Millisecond), DriverA
		case 9:
			f.Tokens = event.Tokens{Source: event.TokensMissing}
			f.Flags = []string{"usage_missing"}
		}
		out = append(out, finished(driver, f)...)
	}
	return out
}

func finished(p event.Producer, f *event.RequestFinished) []Item {
	return []Item{
		{p, &event.RequestStarted{RequestID: f.RequestID, Attempt: f.Attempt, Clock: f.Clock, Sent: f.Sent, Endpoint: f.Endpoint}},
		{p, f},
	}
}

func attempt(i, number int, start time.Duration) *event.RequestFinished {
	const first, gap = int64(80e6), int64(23e6)
	tokens := int64(40 + i)
	f := &event.RequestFinished{
		RequestID: id(i), Index: int64(i), Attempt: number, Warmup: i == 0, Clock: Clock,
		Endpoint: "http://127.0.0.1:8000/v1", Replica: "r0", API: "chat/completions",
		Received: Stamp(start - time.Millisecond), Sent: Stamp(start),
		FirstByteAfterNS: new(first - 1e6), FirstTokenAfterNS: new(first), FirstOutputAfterNS: new(first),
		Tokens:       event.Tokens{Source: event.TokensFromUsage, Input: new(int64(100 + 10*i)), Output: new(tokens), Cached: new(int64(16))},
		FinishReason: "length", Status: event.StatusOK, HTTPStatus: 200,
		Server: &event.ServerTimings{QueueNS: new(int64(5e6)), FirstTokenNS: new(int64(70e6))},
	}
	at := first
	f.ChunkGapsNS = append(f.ChunkGapsNS, first)
	for range tokens - 1 {
		f.ChunkGapsNS = append(f.ChunkGapsNS, gap)
		at += gap
	}
	f.LastTokenAfterNS, f.EndAfterNS = new(at), at+2e6
	return f
}

// fail ends an attempt half way.
func fail(f *event.RequestFinished, status event.Status, class string) {
	f.Status, f.ErrorClass, f.FinishReason = status, class, ""
	f.ChunkGapsNS = f.ChunkGapsNS[:10]
	f.LastTokenAfterNS = new(int64(80e6 + 9*23e6))
	f.EndAfterNS = *f.LastTokenAfterNS + 4e6
	f.Tokens = event.Tokens{Source: event.TokensMissing}
}
