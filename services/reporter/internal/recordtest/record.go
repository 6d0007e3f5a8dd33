package recordtest

import (
	"fmt"
	"strings"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Item is an event before it has a number.
type Item struct {
	Producer event.Producer
	Data     event.Payload
}

// The producers of the record.
var (
	Requester = event.Producer{Service: "aeb", Instance: "a"}
	Loader    = event.Producer{Service: "prompt-loader", Instance: "l"}
	DriverA   = event.Producer{Service: "inference-driver", Instance: "a"}
	DriverB   = event.Producer{Service: "inference-driver", Instance: "b"}
	Sampler   = event.Producer{Service: "energy-sampler", Instance: "s"}
)

// Started is when the run was asked for; the load begins two seconds later.
var Started = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// Run is the run's id, made at Started.
const Run event.RunID = "01kjmma2g0aaaaaaaaaaaaaaaa"

// Prompts is how many prompts the run has, Attempts how many finished attempts,
// Seconds how long it is measured.
const (
	Prompts  = 12
	Attempts = 13
	Seconds  = 8
)

const (
	loadAfter = 2 * time.Second
	boot      = "00000000-0000-0000-0000-000000000001"
)

// Clock is the one clock of the record.
var Clock = event.Clock{Host: "node", BootID: boot}

// Stamp is a moment after Started by both clocks.
func Stamp(after time.Duration) event.Stamp {
	return event.Stamp{WallNS: Started.Add(after).UnixNano(), MonoNS: int64(time.Hour + after)}
}

// Config is the run's, with all files under dir.
func Config(dir string) config.Run {
	c := config.Default()
	c.Name = "record"
	c.OutputDir = dir + "/out"
	c.Backend.Model = "test/model"
	c.Backend.Endpoint = "http://127.0.0.1:8000/v1"
	c.Scenario.DatasetName = "builtin"
	c.Scenario.NumSamples = Prompts
	c.Load.Concurrency = 4
	c.Load.Warmup = 1
	c.Metrics.OutputDir = dir + "/emissions"
	c.Metrics.PUE = 1.2
	c.Metrics.WUELPerKWh = 1.8
	c.Metrics.Methods = []string{"token-weighted/v1", "equal-share/v1", "phase-aware/v1"}
	c.Reporter.OutputFile = dir + "/results/benchmark_results.csv"
	c.Reporter.PowerCSV = true
	c.Reporter.SealTimeoutS = 1
	c.Reporter.WindowS = 1
	c.Metrics.CooldownS = 0.1
	return c
}

// digest stands for the config's, so that a new key of the config is no new record.
var digest = strings.Repeat("0", 64)

// Items are the record's events in the order of their making.
func Items(c config.Run) []Item {
	effective := config.Effective(c)
	items := []Item{
		{Requester, &event.RunRequested{Name: c.Name, Config: effective, ConfigDigest: digest, Simulated: true, Sweep: &event.Sweep{
			ID: Run, Of: 2, Label: "load.concurrency=4", Values: map[string]string{"load.concurrency": "4"},
		}}},
		{Sampler, host(nil)},
		{Sampler, host(new(int64(100_000)))},
		{Loader, &event.RunStarted{Hosts: []string{"node"}, AtNS: Stamp(loadAfter).WallNS}},
	}
	for i := range Prompts {
		items = append(items, Item{Loader, &event.PromptQueued{
			RequestID: id(i), Index: int64(i), Warmup: i == 0, Prompt: "why?", PromptSHA256: strings.Repeat("0", 64),
		}})
	}
	items = append(items, Item{Loader, &event.RunLoaded{Prompts: Prompts, Dataset: &event.DatasetRead{Origin: "built-in questions", Prompts: Prompts}, AtNS: Stamp(loadAfter).WallNS + 1}})
	items = append(items, attempts()...)
	for second := range Seconds {
		items = append(items, Item{Sampler, power(second)})
	}
	items = append(items, Item{DriverA, &event.RunDrained{AtNS: Stamp(7 * time.Second).WallNS}})
	return append(items, Item{Sampler, truth()})
}

func id(i int) string { return fmt.Sprintf("r%06d", i) }

// Number gives each event its id and closes every producer, as a publisher does.
func Number(run event.RunID, items []Item) []event.Event {
	var out []event.Event
	var order []event.Producer
	next := map[event.Producer]uint64{}
	epoch := Started.UnixMilli()
	add := func(p event.Producer, data event.Payload) {
		if next[p] == 0 {
			order = append(order, p)
		}
		next[p]++
		e, err := event.New(event.ID{Run: run, Producer: p, Epoch: epoch, Seq: next[p]}, Started.Add(time.Duration(len(out))*time.Millisecond), data)
		if err != nil {
			panic(err) // a constant of this package
		}
		out = append(out, e)
	}
	for _, item := range items {
		add(item.Producer, item.Data)
	}
	for _, p := range order {
		n := next[p] + 1
		add(p, &event.ProducerClosed{Producer: p.String(), Epoch: epoch, LastSeq: n, Count: n})
	}
	return out
}
