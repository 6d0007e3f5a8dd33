package attribution

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// A token takes 10 ms, and every second a prompt of 1000 tokens holds everybody up
// for 50 ms. Nobody says when chunks came, but answers took so much longer.
func TestAnswersTellWhatPromptsTake(t *testing.T) {
	s := oneDevice(0, Fitted)
	for k := range 9 {
		at := float64(k + 1)
		s.requests = append(s.requests, ask(fmt.Sprint("prompt", k), at, at+0.1, at+0.1, 1000, 1))
	}
	for i, tokens := range []int64{20, 90, 130, 210, 240, 280, 330, 370, 420, 450} {
		at := 0.5 + 0.03*float64(i)
		end := at + 0.01*float64(tokens)
		for k := 1.0; k < end; k++ {
			end += 0.05
		}
		s.requests = append(s.requests, ask(fmt.Sprint("answer", i), at, at, end, 0, tokens+1))
	}
	stall := func(requests []Request) float64 {
		e := s.engine(t)
		require.NoError(t, e.AddPower("gpu-0", s.samples[0]))
		for _, r := range requests {
			require.NoError(t, e.AddRequest(r))
		}
		d := e.devices["gpu-0"]
		d.toNS = s.to
		d.finish()
		d.tape.end(false)
		return d.stall()
	}
	require.InEpsilon(t, 50_000, stall(s.requests), 1e-6)
	require.Zero(t, stall(s.requests[:15]), "six answers are too few")
	for i := range s.requests {
		if r := &s.requests[i]; r.InputTokens == 0 {
			r.OutputTokens = 2 + int64(i%3)
		}
	}
	require.Zero(t, stall(s.requests), "answers that do not follow their tokens tell nothing")
}
