package attribution

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// Four slots for ten seconds, each attempt one second long with its first token
// after 300 ms, in slots that are 200 ms apart; then a straggler of 5 s.
func TestSteadyWindow(t *testing.T) {
	var all []Request
	for slot := range 4 {
		for i := range 10 {
			at := 1 + float64(slot)*0.2 + float64(i)
			all = append(all, ask(fmt.Sprint(slot, i), at, at+0.3, at+1, 1, 1))
		}
	}
	all = append(all, ask("straggler", 10.9, 11, 16, 1, 1))
	s, ok := SteadyWindow(all)
	require.True(t, ok)
	require.Equal(t, 4, s.InFlight)
	require.Equal(t, 1900*ms, s.FromNS) // the fourth first token: 1.6 + 0.3
	require.Equal(t, 11_200*ms, s.ToNS) // the straggler holds a place until then
	require.Equal(t, 34, s.Requests)
}

func TestSteadyWindowNone(t *testing.T) {
	_, ok := SteadyWindow(nil)
	require.False(t, ok)
	_, ok = SteadyWindow([]Request{ask("a", 1, 1, 1, 1, 1)})
	require.False(t, ok)
	failed := ask("a", 1, 1, 2, 1, 1)
	failed.FirstTokenNS = missing
	_, ok = SteadyWindow([]Request{failed})
	require.False(t, ok)
}
