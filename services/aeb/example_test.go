package aeb_test

import (
	"context"
	"fmt"
	"os"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/simulate"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb"
)

// A config path and overrides in, the summary out.
func ExampleRun() {
	dir, err := os.MkdirTemp("", "aeb-example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	os.Setenv("AEB_DATA", dir) // where the embedded engines keep their data

	ctx := context.Background()
	server, err := simulate.Serve(ctx, "127.0.0.1:0", simulate.DefaultConfig())
	if err != nil {
		panic(err)
	}
	defer server.Close()

	summary, err := aeb.Run(ctx, "../../configs/demo.yaml",
		"backend.endpoint="+server.URL(), "scenario.num_samples=20", "metrics.baseline_s=0.2", "metrics.cooldown_s=0.2",
		"output_dir="+dir, "metrics.output_dir="+dir, "reporter.output_file="+dir+"/results.csv")
	if err != nil {
		panic(err)
	}
	fmt.Println(summary.Status, summary.Requests.OK, "requests")
	// Output: completed 20 requests
}

// Every combination of the swept keys is a run, and the results stand side by side.
func ExampleRunSweep() {
	dir, err := os.MkdirTemp("", "aeb-example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	os.Setenv("AEB_DATA", dir)

	ctx := context.Background()
	server, err := simulate.Serve(ctx, "127.0.0.1:0", simulate.DefaultConfig())
	if err != nil {
		panic(err)
	}
	defer server.Close()

	sweep, err := aeb.RunSweep(ctx, "../../configs/demo.yaml", "load.concurrency=4,8",
		"backend.endpoint="+server.URL(), "scenario.num_samples=20", "metrics.baseline_s=0.2", "metrics.cooldown_s=0.2",
		"output_dir="+dir, "metrics.output_dir="+dir, "reporter.output_file="+dir+"/results.csv")
	if err != nil {
		panic(err)
	}
	for _, r := range sweep.Comparison.Runs {
		fmt.Println(r.Label, r.Status)
	}
	fmt.Println(sweep.Comparison.Config[0].Key, sweep.Comparison.Config[0].Values)
	// Output:
	// load.concurrency=4 completed
	// load.concurrency=8 completed
	// load.concurrency [4 8]
}
