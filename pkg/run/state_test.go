package run_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
)

// next is the run's life as the package comment tells it, said a second time.
var next = map[run.Phase][]run.Phase{
	run.Requested: {run.Baseline, run.Failed, run.Cancelled},
	run.Baseline:  {run.Running, run.Failed, run.Cancelled},
	run.Running:   {run.Draining},
	run.Draining:  {run.Sealed},
	run.Sealed:    {run.Reported, run.Failed},
	run.Reported:  {},
	run.Failed:    {},
	run.Cancelled: {},
}

// reaches reports whether a run can get from one phase to another.
func reaches(from, to run.Phase) bool {
	return from == to || slices.ContainsFunc(next[from], func(p run.Phase) bool { return reaches(p, to) })
}

// step is something that an actor does to a run.
type step struct {
	name string
	do   func(run.State) (run.State, error)
}

var actors = []event.Producer{
	{Service: "prompt-loader", Instance: "l1"},
	{Service: "inference-driver", Instance: "d1"},
	{Service: "inference-driver", Instance: "d2"},
	{Service: "energy-sampler", Instance: "gpu-a"},
}

// anyStep draws a step of any actor, legal at the moment or not.
func anyStep() *rapid.Generator[step] {
	return rapid.Custom(func(r *rapid.T) step {
		who := rapid.SampledFrom(actors).Draw(r, "actor")
		epoch := rapid.Int64Range(1, 2).Draw(r, "epoch")
		at := rapid.Int64Range(1, 1000).Draw(r, "at")
		failure := event.Failure{Class: rapid.SampledFrom([]string{"server_unreachable", "no_sampler"}).Draw(r, "class"), Reason: "r"}
		ok := rapid.Bool().Draw(r, "ok")
		n := rapid.IntRange(0, 3).Draw(r, "n")
		host := rapid.SampledFrom([]string{"gpu-a", "gpu-b"}).Draw(r, "host")
		service := rapid.SampledFrom([]string{run.Driver, run.Reporter}).Draw(r, "service")
		return rapid.SampledFrom([]step{
			{"join", func(s run.State) (run.State, error) { return s.Join(who, epoch) }},
			{"leave", func(s run.State) (run.State, error) { return s.Leave(who, epoch) }},
			{"measure", run.State.Measure},
			{"host joined", func(s run.State) (run.State, error) { return s.HostJoined(host, who) }},
			{"host ready", func(s run.State) (run.State, error) { return s.HostReady(host, who) }},
			{"check", func(s run.State) (run.State, error) { return s.Check(service) }},
			{"start", func(s run.State) (run.State, error) { return s.Start(at) }},
			{"loaded", func(s run.State) (run.State, error) { return s.Loaded(int64(n)) }},
			{"outcome", func(s run.State) (run.State, error) { return s.Outcome(ok, n, failure, at) }},
			{"drain", func(s run.State) (run.State, error) { return s.Drain(at) }},
			{"fail", func(s run.State) (run.State, error) { return s.Fail(failure, at) }},
			{"cancel", func(s run.State) (run.State, error) { return s.Cancel("stop", at) }},
			{"seal", run.State.Seal},
			{"abandon", func(s run.State) (run.State, error) { return s.Abandon(failure) }},
			{"report", func(s run.State) (run.State, error) { return s.Report(s.Revision+n, "out") }},
		}).Draw(r, "step")
	})
}

func text(r *rapid.T, s run.State) string {
	out, err := json.Marshal(s)
	if err != nil {
		r.Fatal(err)
	}
	return string(out)
}

// No sequence of steps takes a run where its life does not lead, and a refused
// step leaves no trace.
func TestNoIllegalTransitionIsEverAccepted(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		s := requested("01m86t04v6gvpqhtaab9ayaasg")
		s.Samplers = rapid.IntRange(0, 2).Draw(r, "samplers")
		for i := range rapid.IntRange(1, 60).Draw(r, "steps") {
			before := text(r, s)
			st := anyStep().Draw(r, fmt.Sprint(i))
			now, err := st.do(s)
			if text(r, s) != before {
				r.Fatalf("%s changed the state it was given", st.name)
			}
			if err != nil {
				if !errors.Is(err, run.ErrTransition) {
					r.Fatalf("%s: %v", st.name, err)
				}
				if text(r, now) != before {
					r.Fatalf("%s was refused but left a trace: %s, then %s", st.name, before, text(r, now))
				}
				continue
			}
			if problem := wrong(s, now); problem != "" {
				r.Fatalf("%s was accepted: %s\nbefore %s\nafter  %s", st.name, problem, before, text(r, now))
			}
			s = now
		}
	})
}

// wrong says what an accepted step must not have done.
func wrong(was, now run.State) string {
	switch {
	case was.Phase != now.Phase && !slices.Contains(next[was.Phase], now.Phase):
		return fmt.Sprintf("%s to %s", was.Phase, now.Phase)
	case was.Phase.Final() && was.Phase != run.Reported && !sameButLeaving(was, now):
		return "a run that has ended changed"
	case was.Phase == run.Baseline && now.Phase == run.Running && len(was.Waiting()) > 0:
		return fmt.Sprintf("load begins although %v are waited for", was.Waiting())
	case was.Failure != nil && was.Phase == now.Phase && (now.Failure == nil || *now.Failure != *was.Failure):
		return "the first failure was forgotten"
	case now.Revision != was.Revision && (now.Revision != was.Revision+1 || now.Phase != run.Reported):
		return "a revision was skipped"
	case now.Phase == run.Reported && now.Revision < 1:
		return "reported without a revision"
	case (now.Phase == run.Draining) && now.DrainingNS == 0:
		return "drains since never"
	case len(now.Producers) > len(was.Producers) && (was.Phase == run.Sealed || was.Phase.Final()):
		return "a producer joined a sealed run"
	}
	for key, p := range was.Producers {
		if still, ok := now.Producers[key]; !ok || p.Closed && !still.Closed {
			return "producer " + key + " was forgotten or opened again"
		}
	}
	return ""
}

func sameButLeaving(was, now run.State) bool {
	left := maps.Clone(now.Producers)
	for key, p := range left {
		p.Closed = was.Producers[key].Closed
		left[key] = p
	}
	now.Producers = left
	a, _ := json.Marshal(was)
	b, _ := json.Marshal(now)
	return string(a) == string(b)
}

func TestLifeOfARun(t *testing.T) {
	s := requested("01m86t04v6gvpqhtaab9ayaasg")
	s.Samplers = 1
	do := func(step func(run.State) (run.State, error)) {
		t.Helper()
		var err error
		s, err = step(s)
		require.NoError(t, err)
	}
	refused := func(step func(run.State) (run.State, error)) {
		t.Helper()
		_, err := step(s)
		require.ErrorIs(t, err, run.ErrTransition)
	}
	start := func(s run.State) (run.State, error) { return s.Start(10) }
	driver, sampler := actors[1], actors[3]

	refused(start)
	do(run.State.Measure)
	require.Equal(t, []string{run.Driver, run.Reporter, "energy-sampler"}, s.Waiting())
	do(func(s run.State) (run.State, error) { return s.HostJoined("gpu-a", sampler) })
	require.False(t, s.SamplersReady())
	do(func(s run.State) (run.State, error) { return s.HostReady("gpu-a", sampler) })
	do(func(s run.State) (run.State, error) { return s.Check(run.Driver) })
	refused(start)
	do(func(s run.State) (run.State, error) { return s.Check(run.Reporter) })
	require.Empty(t, s.Waiting())
	do(start)
	do(func(s run.State) (run.State, error) { return s.Join(driver, 7) })
	do(func(s run.State) (run.State, error) { return s.Loaded(3) })
	require.False(t, s.AllClosed())
	do(func(s run.State) (run.State, error) { return s.Drain(20) })
	do(func(s run.State) (run.State, error) { return s.Leave(driver, 7) })
	require.True(t, s.AllClosed())
	do(run.State.Seal)
	refused(func(s run.State) (run.State, error) { return s.Join(driver, 8) })
	do(func(s run.State) (run.State, error) { return s.Report(1, "out") })
	refused(func(s run.State) (run.State, error) { return s.Report(3, "out") })
	do(func(s run.State) (run.State, error) { return s.Report(2, "out") })
	require.True(t, s.Phase.Final())
	refused(func(s run.State) (run.State, error) { return s.Cancel("late", 30) })
}

// A loader that takes over counts its stages anew, and does not lead a run back.
func TestStagesOnlyGoOn(t *testing.T) {
	_, err := run.State{Phase: run.Baseline}.EnterStage(1)
	require.ErrorIs(t, err, run.ErrTransition)
	s := run.State{Phase: run.Running}
	for _, step := range []struct{ enter, is int }{{1, 1}, {3, 3}, {2, 3}, {4, 4}} {
		s, err = s.EnterStage(step.enter)
		require.NoError(t, err)
		require.Equal(t, step.is, s.Stage)
	}
}

func TestFailFast(t *testing.T) {
	s := requested("01m86t04v6gvpqhtaab9ayaasg")
	s.Phase = run.Running
	failure := event.Failure{Class: "consecutive_failures", Reason: "3 in a row"}
	outcome := func(ok bool) {
		t.Helper()
		var err error
		s, err = s.Outcome(ok, 3, failure, 5)
		require.NoError(t, err)
	}
	outcome(false)
	outcome(false)
	outcome(true)
	outcome(false)
	outcome(false)
	require.Equal(t, run.Running, s.Phase)
	outcome(false)
	require.Equal(t, run.Draining, s.Phase, "a run that fails under load is still drained and reported")
	require.Equal(t, &failure, s.Failure)
	require.Equal(t, int64(5), s.DrainingNS)
}
