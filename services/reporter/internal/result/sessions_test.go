package result_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/recordtest"
)

// Turns that were never sent are counted, and no run with one is valid without a word.
func TestTurnsUnsent(t *testing.T) {
	e := flawless()
	// session adds one of three turns, with as many answers as are given.
	session := func(id string, answers ...event.Status) {
		turns := []event.Turn{{PromptSHA256: strings.Repeat("1", 64)}, {PromptSHA256: strings.Repeat("2", 64)}}
		e.Add(recordtest.Loader, &event.PromptQueued{RequestID: id, Index: 20, PromptSHA256: strings.Repeat("0", 64), Turns: turns})
		for i, status := range answers {
			f := &event.RequestFinished{
				RequestID: id + []string{"", "-t2", "-t3"}[i], Index: 20, Attempt: 1, Session: id, Turn: i + 1, Clock: recordtest.Clock, Replica: "r0",
				Sent: recordtest.Stamp(3 * time.Second), EndAfterNS: 1e6, Status: status, Tokens: event.Tokens{Source: event.TokensMissing},
			}
			if status == event.StatusFailed {
				f.ErrorClass = "timeout"
			}
			e.Add(recordtest.DriverA, f)
		}
	}
	session("s1", event.StatusOK, event.StatusOK, event.StatusOK)
	session("s2", event.StatusOK, event.StatusFailed)
	session("s3", event.StatusFailed)
	session("s4")
	s := compute(t, recordtest.Number(recordtest.Run, e.Items())).Summary
	require.Equal(t, &event.SessionCounts{Total: 4, Complete: 1, TurnsUnsent: 1 + 2 + 3}, s.Sessions)
	require.True(t, slices.ContainsFunc(s.Verdict.Reasons, func(reason string) bool {
		return strings.Contains(reason, "6 turns were never sent, in 3 of 4 sessions")
	}), s.Verdict.Reasons)

	require.Nil(t, compute(t, record()).Summary.Sessions)
}
