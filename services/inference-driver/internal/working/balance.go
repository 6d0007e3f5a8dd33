package working

import (
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/services/inference-driver/internal/wire"
)

// target is a server of the run, and how many of this process's requests it has.
type target struct {
	base, replica string
	inFlight      atomic.Int64
}

// targets are the run's servers.
func targets(b config.Backend) ([]*target, error) {
	if b.Unstarted() {
		return nil, errors.New("backend.start: no config that comes over the broker starts a server: `aeb run` does, where it runs")
	}
	var out []*target
	for _, e := range b.Servers() {
		base, err := wire.Base(e.URL)
		if err != nil {
			return nil, fmt.Errorf("the endpoint of %s is not a URL", e.Replica)
		}
		out = append(out, &target{base: base, replica: e.Replica})
	}
	return out, nil
}

// balance spreads the requests of this process over the servers. Processes take
// turns that begin one server apart, by the order in which they joined the run, so
// that their sum is spread as evenly as each part. What others have in flight is
// not known: least_busy means the least busy with this process's requests.
type balance struct {
	way     string
	targets []*target
	rank    int
	turn    atomic.Int64
}

// take picks the server of the next request, which give must get back.
func (b *balance) take() *target {
	t := b.pick()
	t.inFlight.Add(1)
	return t
}

func (b *balance) give(t *target) { t.inFlight.Add(-1) }

func (b *balance) pick() *target {
	n := len(b.targets)
	if b.way == config.BalanceReplica {
		return b.targets[b.rank%n]
	}
	first := (b.rank + int(b.turn.Add(1)-1)) % n
	best := b.targets[first]
	if b.way != config.BalanceLeastBusy {
		return best
	}
	least := best.inFlight.Load()
	for i := 1; i < n; i++ {
		t := b.targets[(first+i)%n]
		if busy := t.inFlight.Load(); busy < least {
			best, least = t, busy
		}
	}
	return best
}

// driversSeen is how many drivers have joined a run so far.
func driversSeen(s run.State) int {
	n := 0
	for _, p := range s.Producers {
		if strings.HasPrefix(p.Producer, run.Driver+".") {
			n++
		}
	}
	return n
}
