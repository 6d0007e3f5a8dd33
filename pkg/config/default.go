package config

// Default is the config of a run that says nothing. Where the seed has a default
// it is the seed's, but for backend.device_ids: the seed's [0] would count one
// GPU of a server that uses four, so here every GPU counts unless it is named.
func Default() Run {
	maxNew, minNew := int64(100), int64(defaultMinNewTokens)
	return Run{
		Name:      "benchmark",
		OutputDir: "./benchmark_output",
		Backend: Backend{
			Type:          "vllm",
			Endpoint:      "http://localhost:8000/v1",
			Balance:       BalanceRoundRobin,
			Model:         "openai/gpt-oss-120b",
			API:           APIChat,
			Task:          "text-generation",
			Device:        "cuda",
			TimeoutS:      300,
			ReadyTimeoutS: 30,
		},
		Scenario: Scenario{
			DatasetName:    "AIEnergyScore/text_generation",
			Split:          "train",
			TextColumnName: "text",
			NumSamples:     10,
			Truncation:     true,
			GenerateKwargs: GenerateKwargs{MaxNewTokens: &maxNew, MinNewTokens: &minNew},
			KeepPrompts:    true,
		},
		Load: Load{
			Type: LoadClosed,
			// The seed sends one request at a time.
			Concurrency: 1,
			// The seed gives up after the third failure in a row.
			FailFast: 3,
		},
		Metrics: Metrics{
			Type:           "codecarbon",
			Enabled:        true,
			ProjectName:    "ai_energy_benchmarks",
			OutputDir:      "./emissions",
			CountryISOCode: "USA",
			// CodeCarbon's: no overhead and no water unless the user knows better.
			PUE: 1.0,

			Samplers:        1,
			SampleHz:        20,
			BaselineS:       2,
			CooldownS:       1,
			SamplerTimeoutS: 60,
			OnBusyGPU:       BusyWait,
			Methods:         []string{"token-weighted/v1", "equal-share/v1"},
			IdlePolicy:      IdleShared,
			// A prefill token is computed together with thousands of others, a
			// decode token reads the whole model for a handful. Four to one is
			// what hosted services commonly charge for an output against an input
			// token. It is a declared weight, not a measurement: the interval on
			// each figure says what the choice matters.
			PrefillTokenWeight: 1,
			DecodeTokenWeight:  4,
		},
		Reporter: Reporter{
			Type:         "csv",
			OutputFile:   "./results/benchmark_results.csv",
			WindowS:      10,
			SealTimeoutS: 30,
		},
	}
}

const (
	defaultMinNewTokens = 50
	// openLoopCeiling bounds requests in flight where arrivals and not slots set
	// the pace: far above what a server batches, far below its socket limit.
	openLoopCeiling = 512
	// samplesWithoutLimit is more than a load's time can use up.
	samplesWithoutLimit = 1_000_000_000
)

// settle adjusts defaults to what was given, so that a default never contradicts
// the user. given reports whether a key was.
func (r *Run) settle(given func(key string) bool) {
	kwargs := &r.Scenario.GenerateKwargs
	if !r.Backend.takes("min_tokens") && !given("scenario.generate_kwargs.min_new_tokens") {
		kwargs.MinNewTokens = nil
	}
	if kwargs.MaxNewTokens != nil && kwargs.MinNewTokens != nil &&
		*kwargs.MaxNewTokens < *kwargs.MinNewTokens && !given("scenario.generate_kwargs.min_new_tokens") {
		least := *kwargs.MaxNewTokens
		kwargs.MinNewTokens = &least
	}
	if r.Load.OpenLoop() && !given("load.concurrency") {
		r.Load.Concurrency = openLoopCeiling
	}
	if r.Load.Type == LoadGamma && !given("load.burstiness") {
		r.Load.Burstiness = 1
	}
	if r.Load.Type == LoadTrace && !given("load.time_scale") {
		r.Load.TimeScale = 1
	}
	if r.Load.Type == LoadTrace && r.Scenario.DatasetFormat != FormatMooncake && !given("scenario.timestamp_column") {
		r.Scenario.TimestampColumn = "timestamp"
	}
	r.Backend.settleStart(given)
	if b := &r.Backend; len(b.Endpoints) > 0 {
		b.Endpoint = b.Endpoints[0].URL
	}
	r.Load.settleStages(&r.Scenario, given)
	r.Scenario.settleDialogue(r.Backend)
	// Who asks for a time wants prompts for all of it.
	if r.Load.DurationS > 0 && !given("scenario.num_samples") {
		r.Scenario.NumSamples = samplesWithoutLimit
		if !given("scenario.repeat") {
			r.Scenario.Repeat = true
		}
	}
}
