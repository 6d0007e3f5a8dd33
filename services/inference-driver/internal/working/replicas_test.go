//go:build !race

package working

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/simulate/script"
)

const (
	concurrency = 32
	// opening prompts go out while connections are made; the others are compared.
	opening  = concurrency
	compared = 192
	// significance is how often one comparison may find two samples of the same
	// distribution different.
	significance = 1e-5
	// fifth makes a clock fast by 20 %, in parts per million.
	fifth = 200_000
)

// known plans times that depend on the prompt alone: 240 to 330 ms to the first
// token, and 60 to 80 ms to each of three others. They are long beside what a busy
// machine adds.
func known(r script.Request) script.Stream {
	_, id, _ := strings.Cut(r.Header.Get("X-Request-Id"), ".r")
	var index uint64
	_, _ = fmt.Sscanf(id, "%d.", &index)
	draw := rand.New(rand.NewPCG(1, index))
	between := func(low, high float64) time.Duration {
		return time.Duration((low + (high-low)*draw.Float64()) * float64(time.Millisecond))
	}
	return script.Stream{Count: 4, First: between(240, 330), Gap: between(60, 80)}
}

// latencies are figures in seconds, each sorted, in the order of figureNames.
func latencies(all []*event.RequestFinished) [3][]float64 {
	var out [3][]float64
	for _, r := range all {
		if r.Index < opening {
			continue
		}
		first, last := float64(*r.FirstTokenAfterNS)/1e9, float64(*r.LastTokenAfterNS)/1e9
		for i, x := range []float64{first, last, (last - first) / float64(*r.Tokens.Output-1)} {
			out[i] = append(out[i], x)
		}
	}
	for _, sample := range out {
		slices.Sort(sample)
	}
	return out
}

var figureNames = [3]string{"TTFT", "E2E", "TPOT"}

// different names the figures by which two samples of requests are of different
// distributions, after the Kolmogorov–Smirnov test.
func different(t *testing.T, who string, some, others []*event.RequestFinished) (names []string) {
	t.Helper()
	a, b := latencies(some), latencies(others)
	n, m := float64(len(a[0])), float64(len(b[0]))
	// The asymptotic critical value, √(-ln(α/2)/2 · (n+m)/nm).
	limit := math.Sqrt(-math.Log(significance/2) / 2 * (n + m) / (n * m))
	var apart [3]float64
	for i, name := range figureNames {
		if apart[i] = stat.KolmogorovSmirnov(a[i], nil, b[i], nil); apart[i] > limit {
			names = append(names, name)
		}
	}
	t.Logf("%s (%.0f beside %.0f requests): %v are %.3f apart, different from %.3f on", who, n, m, figureNames, apart, limit)
	return names
}

// driven is what replicas made of the prompts, each by a clock that runs fast by
// so many parts per million.
func driven(t *testing.T, fast ...float64) (all []*event.RequestFinished) {
	t.Helper()
	st, server := newStage(t), scripted(t, known)
	for _, ppm := range fast {
		st.replica(func(r *Runner) { r.Clock = clock.Skewed(r.Clock, r.Clock.Host(), 0, ppm) })
	}
	id := st.request(func(c *config.Run) {
		c.Backend.Endpoint, c.Load.Concurrency = server.URL()+"/v1", concurrency
	})
	st.start(id)
	st.load(id, opening+compared)
	require.Nil(t, st.await(id, over).Failure)
	for _, attempts := range st.read(id).finished {
		require.Len(t, attempts, 1)
		require.Equal(t, event.StatusOK, attempts[0].Status, attempts[0].Error)
		all = append(all, attempts[0])
	}
	require.Len(t, all, opening+compared)
	require.Equal(t, concurrency, mostAtOnce(server.Records()), "all slots are used, and no more")
	shares := byHost(all)
	require.Len(t, shares, len(fast))
	for host, own := range shares {
		require.Greater(t, len(own), len(all)/len(fast)/2, "the share of %s", host)
	}
	return all
}

// mostAtOnce is how many requests for answers a server had at once. None is over
// before its last write begins.
func mostAtOnce(records []script.Record) (most int) {
	type edge struct {
		at   int64
		step int
	}
	var edges []edge
	for _, r := range records {
		if r.RequestID != "" {
			edges = append(edges, edge{r.Read, 1}, edge{r.Before[len(r.Before)-1], -1})
		}
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Or(cmp.Compare(a.at, b.at), a.step-b.step) })
	now := 0
	for _, e := range edges {
		now += e.step
		most = max(most, now)
	}
	return most
}

// TestReplicasMeasureAlike: the same prompts have the same latencies through one,
// two and four replicas, and by each replica, and a replica among four whose times
// are a fifth too long is told. A machine that stalls is asked again; one that is
// kept busy, as by the race detector, shows its own latencies.
func TestReplicasMeasureAlike(t *testing.T) {
	for range 3 {
		if alike(t) {
			return
		}
	}
	t.Fatal("different every time")
}

// alike drives the runs, side by side where the machine has the cores, each with a
// broker and a server of its own, and compares them.
func alike(t *testing.T) bool {
	t.Helper()
	var one, two, four, slow []*event.RequestFinished
	t.Run("driven", func(t *testing.T) {
		drive := func(name string, all *[]*event.RequestFinished, fast ...float64) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				*all = driven(t, fast...)
			})
		}
		drive("one", &one, 0)
		drive("two", &two, 0, 0)
		drive("four", &four, 0, 0, 0, 0)
		drive("four and one is slow", &slow, 0, 0, fifth, 0)
	})
	if t.Failed() {
		t.FailNow()
	}
	same := len(different(t, "two replicas", two, one)) == 0 && len(different(t, "four replicas", four, one)) == 0
	for _, all := range [][]*event.RequestFinished{two, four} {
		for host, own := range byHost(all) {
			others := slices.DeleteFunc(slices.Clone(all), func(r *event.RequestFinished) bool { return r.Clock.Host == host })
			same = same && len(different(t, host, own, others)) == 0
		}
	}
	others := slices.DeleteFunc(slices.Clone(slow), func(r *event.RequestFinished) bool { return r.Clock.Host == "d3" })
	return same && len(different(t, "the slow one", byHost(slow)["d3"], others)) == len(figureNames)
}

// byHost are the requests that each replica did.
func byHost(all []*event.RequestFinished) map[string][]*event.RequestFinished {
	out := map[string][]*event.RequestFinished{}
	for _, r := range all {
		out[r.Clock.Host] = append(out[r.Clock.Host], r)
	}
	return out
}
