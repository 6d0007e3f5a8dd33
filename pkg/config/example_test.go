package config_test

import (
	"fmt"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

func ExampleLoadRun() {
	run, err := config.LoadRun("../../configs/demo.yaml", "load.concurrency=4", "metrics=careful")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(run.Name, run.Load.Concurrency, run.Metrics.BaselineS)

	_, err = config.LoadRun("../../configs/demo.yaml", "load.concurency=4")
	fmt.Println(err)
	fmt.Println(config.IsUsage(err))
	// Output:
	// demo 4 1
	// override: load.concurency: unknown key; did you mean load.concurrency?
	// true
}

func ExampleSweep() {
	runs, _ := config.Sweep("load.concurrency=1,8", "name=x")
	for _, overrides := range runs {
		fmt.Println(overrides)
	}
	// Output:
	// [load.concurrency=1 name=x]
	// [load.concurrency=8 name=x]
}
