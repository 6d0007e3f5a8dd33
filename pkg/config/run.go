package config

// The values of the keys that choose between a few.
const (
	APIChat        = "chat"
	APICompletions = "completions"
	APIResponses   = "responses"

	LoadClosed   = "closed"
	LoadConstant = "constant"
	LoadPoisson  = "poisson"
	LoadGamma    = "gamma"
	LoadTrace    = "trace"
	LoadASAP     = "asap"

	BusyWait   = "wait"
	BusyRefuse = "refuse"

	IdleShared   = "shared"
	IdleSeparate = "separate"
)

// Run is the effective config of one run. The keys of backend, scenario, metrics
// and reporter are those of the seed's YAML files, which load unchanged; the
// rest is this project's.
type Run struct {
	// Name labels the run in every output.
	Name string `yaml:"name" json:"name"`
	// OutputDir holds one folder per run.
	OutputDir string   `yaml:"output_dir" json:"output_dir"`
	Backend   Backend  `yaml:"backend" json:"backend"`
	Scenario  Scenario `yaml:"scenario" json:"scenario"`
	Load      Load     `yaml:"load" json:"load"`
	Metrics   Metrics  `yaml:"metrics" json:"metrics"`
	Reporter  Reporter `yaml:"reporter" json:"reporter"`
}

// Backend is the inference server.
type Backend struct {
	// Type is the dialect: one of BackendTypes.
	Type string `yaml:"type" json:"type"`
	// Endpoint is the base URL, with or without a trailing /v1. Model must be
	// one that the server lists.
	Endpoint string `yaml:"endpoint" json:"endpoint"`
	// Start makes `aeb run` start the server, at Endpoint, and end it with the run: for
	// type pytorch, where it is the default when no endpoint is given. Port 0 is a
	// free one, which is then in the run's record.
	Start bool `yaml:"start" json:"start,omitempty"`
	// Endpoints, when given, replace Endpoint: several servers of the model. Balance
	// says which one a request goes to: "round_robin", "least_busy" (fewest requests of the
	// same driver process) or "replica" (the k-th driver process that joins the run
	// uses the k-th endpoint, over and over).
	Endpoints []Endpoint `yaml:"endpoints" json:"endpoints,omitempty"`
	Balance   string     `yaml:"balance" json:"balance"`
	Model     string     `yaml:"model" json:"model"`
	// API is "chat", "completions" or "responses", which TGI does not have.
	API  string `yaml:"api" json:"api"`
	Task string `yaml:"task" json:"task"`
	// DeviceIDs are the GPU indices, on each measuring host, that serve the
	// model; empty means all.
	DeviceIDs []int  `yaml:"device_ids" json:"device_ids,omitempty"`
	Device    string `yaml:"device" json:"device"`
	// APIKey is sent as a bearer token and never published: the effective
	// config carries only whether one was set.
	APIKey Secret `yaml:"api_key" json:"api_key"`
	// TimeoutS bounds one request; ReadyTimeoutS the wait for the server.
	TimeoutS      float64 `yaml:"timeout_s" json:"timeout_s"`
	ReadyTimeoutS float64 `yaml:"ready_timeout_s" json:"ready_timeout_s"`

	// The following describe the engine. A server that is started is told them, or the
	// config is refused; for one that runs already they are published as given.
	// UseCache and PadTokenID go to a server of type pytorch with each request.
	TorchDtype           string            `yaml:"torch_dtype" json:"torch_dtype,omitempty"`
	DeviceMap            string            `yaml:"device_map" json:"device_map,omitempty"`
	MaxMemory            map[string]string `yaml:"max_memory" json:"max_memory,omitempty"`
	GPUMemoryUtilization *float64          `yaml:"gpu_memory_utilization" json:"gpu_memory_utilization,omitempty"`
	LoadIn8Bit           *bool             `yaml:"load_in_8bit" json:"load_in_8bit,omitempty"`
	LoadIn4Bit           *bool             `yaml:"load_in_4bit" json:"load_in_4bit,omitempty"`
	TrustRemoteCode      *bool             `yaml:"trust_remote_code" json:"trust_remote_code,omitempty"`
	UseCache             *bool             `yaml:"use_cache" json:"use_cache,omitempty"`
	PadTokenID           *int64            `yaml:"pad_token_id" json:"pad_token_id,omitempty"`
}

// Scenario is what is asked of the server.
type Scenario struct {
	// DatasetName is a Hugging Face Hub name, a local path (.jsonl, .json,
	// .csv, .tsv, .parquet, .arrow, .txt, or a folder that datasets saved),
	// "builtin" or "synthetic". DatasetFormat overrides the path's ending, and is
	// "mooncake" for traces.
	DatasetName   string `yaml:"dataset_name" json:"dataset_name"`
	DatasetFormat string `yaml:"dataset_format" json:"dataset_format,omitempty"`
	// DatasetConfig, Split and Revision select within a Hub dataset.
	DatasetConfig string `yaml:"dataset_config" json:"dataset_config,omitempty"`
	Split         string `yaml:"split" json:"split"`
	Revision      string `yaml:"revision" json:"revision,omitempty"`
	// TextColumnName is the column of the prompt: text, or a conversation of
	// {from, value} or {role, content} turns, of which the first user turn is
	// the prompt, or with Sessions each.
	TextColumnName string `yaml:"text_column_name" json:"text_column_name"`
	// InputTokensColumn and OutputTokensColumn name columns that declare
	// lengths, TimestampColumn one of arrival times in milliseconds.
	InputTokensColumn  string `yaml:"input_tokens_column" json:"input_tokens_column,omitempty"`
	OutputTokensColumn string `yaml:"output_tokens_column" json:"output_tokens_column,omitempty"`
	TimestampColumn    string `yaml:"timestamp_column" json:"timestamp_column,omitempty"`
	// ReferenceOutput makes the answer in a conversation declare the output
	// length, estimated from its characters.
	ReferenceOutput bool `yaml:"reference_output" json:"reference_output,omitempty"`
	// Synthetic is what dataset_name synthetic makes up; SharedPrefix applies to
	// every dataset.
	Synthetic    *Synthetic    `yaml:"synthetic" json:"synthetic,omitempty"`
	SharedPrefix *SharedPrefix `yaml:"shared_prefix" json:"shared_prefix,omitempty"`
	// NumSamples is how many prompts are sent; a smaller dataset is used whole
	// unless Repeat.
	NumSamples int64 `yaml:"num_samples" json:"num_samples"`
	Repeat     bool  `yaml:"repeat" json:"repeat"`
	// Shuffle takes samples in an order drawn from Seed.
	Shuffle bool  `yaml:"shuffle" json:"shuffle"`
	Seed    int64 `yaml:"seed" json:"seed"`
	// Truncation applies MaxInputTokens.
	Truncation bool `yaml:"truncation" json:"truncation"`
	// SystemPrompt is put before every chat prompt.
	SystemPrompt string `yaml:"system_prompt" json:"system_prompt,omitempty"`
	// Reasoning switches it on or off in the way of the model's family; unset,
	// nothing is sent about it. ReasoningParams go along when it is on, and win.
	// ReasoningFormat is one of ReasoningFormats, empty for the family that the
	// model's name tells.
	Reasoning       *bool          `yaml:"reasoning" json:"reasoning,omitempty"`
	ReasoningParams map[string]any `yaml:"reasoning_params" json:"reasoning_params,omitempty"`
	ReasoningFormat string         `yaml:"reasoning_format" json:"reasoning_format,omitempty"`
	InputShapes     map[string]any `yaml:"input_shapes" json:"input_shapes,omitempty"`
	GenerateKwargs  GenerateKwargs `yaml:"generate_kwargs" json:"generate_kwargs"`
	// KeepPrompts stores prompt texts with the run. Otherwise only their hash stays:
	// the stream holds the texts encrypted, for the drivers, and their key is
	// destroyed when the load is over. Such a run cannot be driven again.
	KeepPrompts bool `yaml:"keep_prompts" json:"keep_prompts"`
	Dialogue    `yaml:",inline"`
	Shorten     `yaml:",inline"`
}

// GenerateKwargs are sampling parameters under the names the seed uses.
type GenerateKwargs struct {
	MaxNewTokens *int64         `yaml:"max_new_tokens" json:"max_new_tokens,omitempty"`
	MinNewTokens *int64         `yaml:"min_new_tokens" json:"min_new_tokens,omitempty"`
	Temperature  *float64       `yaml:"temperature" json:"temperature,omitempty"`
	TopP         *float64       `yaml:"top_p" json:"top_p,omitempty"`
	TopK         *int64         `yaml:"top_k" json:"top_k,omitempty"`
	DoSample     *bool          `yaml:"do_sample" json:"do_sample,omitempty"`
	Seed         *int64         `yaml:"seed" json:"seed,omitempty"`
	Stop         []string       `yaml:"stop" json:"stop,omitempty"`
	IgnoreEOS    *bool          `yaml:"ignore_eos" json:"ignore_eos,omitempty"`
	Extra        map[string]any `yaml:"extra_body" json:"extra_body,omitempty"`
}

// Load is how requests arrive.
type Load struct {
	// Type is "closed" (a fixed number in flight), "constant", "poisson" or
	// "gamma" (arrivals at a rate), "trace" (at the dataset's times) or "asap"
	// (all at once).
	Type string `yaml:"type" json:"type"`
	// Concurrency is the number in flight over all driver replicas; for an open
	// loop the ceiling of it.
	Concurrency int64 `yaml:"concurrency" json:"concurrency"`
	// RatePerS is the rate of an open loop; Stages, in its place, change it over
	// time. In a closed loop they change Concurrency, which is then the most of them.
	RatePerS float64 `yaml:"rate_per_s" json:"rate_per_s,omitempty"`
	Stages   []Stage `yaml:"stages" json:"stages,omitempty"`
	// Burstiness is the shape of the gamma distribution of gaps: 1 is Poisson,
	// less is burstier, more is evener.
	Burstiness float64 `yaml:"burstiness" json:"burstiness,omitempty"`
	// TimeScale stretches a trace: 0.5 is twice as fast.
	TimeScale float64 `yaml:"time_scale" json:"time_scale,omitempty"`
	// DurationS ends the load after a time, however many prompts are left; 0
	// sets no limit.
	DurationS float64 `yaml:"duration_s" json:"duration_s,omitempty"`
	// Warmup is how many of the first requests are marked warm-up; WarmupShare
	// and WarmupS say it as a share of the load or as its first seconds.
	Warmup      int64   `yaml:"warmup" json:"warmup"`
	WarmupShare float64 `yaml:"warmup_share" json:"warmup_share,omitempty"`
	WarmupS     float64 `yaml:"warmup_s" json:"warmup_s,omitempty"`
	// Cooldown is how many of the last requests are marked cool-down, which counts
	// like warm-up: neither latency nor energy per request has them. CooldownShare
	// and CooldownS say it as a share of the load or as its last seconds.
	Cooldown      int64   `yaml:"cooldown" json:"cooldown,omitempty"`
	CooldownShare float64 `yaml:"cooldown_share" json:"cooldown_share,omitempty"`
	CooldownS     float64 `yaml:"cooldown_s" json:"cooldown_s,omitempty"`
	// FailFast is how many consecutive failures end the run; 0 never does.
	FailFast int `yaml:"fail_fast" json:"fail_fast"`
	// MaxErrors ends the run at so many failed requests, over all driver replicas;
	// MaxErrorRate when more than that share of what has ended has failed, judged
	// from the 20th request on. 0 sets no bound.
	MaxErrors    int64   `yaml:"max_errors" json:"max_errors,omitempty"`
	MaxErrorRate float64 `yaml:"max_error_rate" json:"max_error_rate,omitempty"`
	// Retries, when given, sends requests again that failed.
	Retries *Retries `yaml:"retries" json:"retries,omitempty"`
	// CancelShare of the requests, drawn by scenario.seed, are broken off by the
	// driver, as users do who lose patience: after CancelAfterTokens chunks with a
	// token, or CancelAfterS after sending.
	CancelShare       float64 `yaml:"cancel_share" json:"cancel_share,omitempty"`
	CancelAfterTokens int64   `yaml:"cancel_after_tokens" json:"cancel_after_tokens,omitempty"`
	CancelAfterS      float64 `yaml:"cancel_after_s" json:"cancel_after_s,omitempty"`
	// SLO is what a request has to hold to count as goodput.
	SLO *SLO `yaml:"slo" json:"slo,omitempty"`
}

// SLO are a request's bounds in seconds; 0 sets none. A request is good when it is
// ok and meets all of them.
type SLO struct {
	// TTFTS bounds the first token, TPOTS the mean time per output token after
	// it, ITLS the mean gap between chunks, E2ES the last token.
	TTFTS float64 `yaml:"ttft_s" json:"ttft_s,omitempty"`
	TPOTS float64 `yaml:"tpot_s" json:"tpot_s,omitempty"`
	ITLS  float64 `yaml:"itl_s" json:"itl_s,omitempty"`
	E2ES  float64 `yaml:"e2e_s" json:"e2e_s,omitempty"`
}

// Metrics is what is measured.
type Metrics struct {
	// Type is kept from the seed: "codecarbon" means energy and emissions.
	Type    string `yaml:"type" json:"type"`
	Enabled bool   `yaml:"enabled" json:"enabled"`
	// ProjectName and OutputDir are where and as what emissions.csv is appended.
	ProjectName string `yaml:"project_name" json:"project_name"`
	OutputDir   string `yaml:"output_dir" json:"output_dir"`
	// CountryISOCode is ISO 3166-1 alpha-3; Region a US state, Canadian
	// province or Nordic zone.
	CountryISOCode string `yaml:"country_iso_code" json:"country_iso_code"`
	Region         string `yaml:"region" json:"region,omitempty"`
	// CloudProvider and CloudRegion are as the provider writes them, such as gcp
	// and europe-west1; a Region counts before them.
	CloudProvider string `yaml:"cloud_provider" json:"cloud_provider,omitempty"`
	CloudRegion   string `yaml:"cloud_region" json:"cloud_region,omitempty"`
	// ForceCarbonIntensityGPerKWh replaces the tables.
	ForceCarbonIntensityGPerKWh *float64 `yaml:"force_carbon_intensity_g_per_kwh" json:"force_carbon_intensity_g_per_kwh,omitempty"`
	// Intensity is where a figure that changes during the run comes from; nil is the
	// table, which also stands in where that source has none.
	Intensity  *Intensity `yaml:"intensity" json:"intensity,omitempty"`
	PUE        float64    `yaml:"pue" json:"pue"`
	WUELPerKWh float64    `yaml:"wue_l_per_kwh" json:"wue_l_per_kwh"`
	// ElectricityPricePerKWh, in Currency, prices the facility's energy; 0 is not
	// known, and gives no cost.
	ElectricityPricePerKWh float64 `yaml:"electricity_price_per_kwh" json:"electricity_price_per_kwh,omitempty"`
	Currency               string  `yaml:"currency" json:"currency,omitempty"`
	// Embodied is a declared figure, reported beside operation and never added
	// to it.
	Embodied *Embodied `yaml:"embodied" json:"embodied,omitempty"`
	// CPUErrorRel and RAMErrorRel declare how far a model of the processors' and of the
	// memory's power may be off, such as 0.3 for ±30 %. They bound what is modelled and
	// nothing that is measured; 0 declares none, and such a figure has no interval.
	CPUErrorRel float64 `yaml:"cpu_error_rel" json:"cpu_error_rel,omitempty"`
	RAMErrorRel float64 `yaml:"ram_error_rel" json:"ram_error_rel,omitempty"`

	// Samplers is how many measuring hosts the run waits for.
	Samplers int `yaml:"samplers" json:"samplers"`
	// SampleHz is the sensor rate. BaselineS of idle are measured before the
	// load and CooldownS after it.
	SampleHz  float64 `yaml:"sample_hz" json:"sample_hz"`
	BaselineS float64 `yaml:"baseline_s" json:"baseline_s"`
	CooldownS float64 `yaml:"cooldown_s" json:"cooldown_s"`
	// SamplerTimeoutS bounds the wait for samplers to be ready.
	SamplerTimeoutS float64 `yaml:"sampler_timeout_s" json:"sampler_timeout_s"`
	// OnBusyGPU is "wait" or "refuse" when another run holds the lease.
	OnBusyGPU string `yaml:"on_busy_gpu" json:"on_busy_gpu"`
	// Methods are attribution methods; the first is the primary one.
	Methods []string `yaml:"methods" json:"methods"`
	// IdlePolicy is "shared" (idle power while requests run is shared by them)
	// or "separate" (it is kept in the idle account).
	IdlePolicy string `yaml:"idle_policy" json:"idle_policy"`
	// PrefillTokenWeight and DecodeTokenWeight are the weights of token-weighted.
	PrefillTokenWeight float64 `yaml:"prefill_token_weight" json:"prefill_token_weight"`
	DecodeTokenWeight  float64 `yaml:"decode_token_weight" json:"decode_token_weight"`
}

// Kinds of [Intensity].
const (
	IntensityTable           = "table"
	IntensityProfile         = "profile"
	IntensityElectricityMaps = "electricity_maps"
)

// Intensity is a source of carbon intensity over time. A sampler asks it while the
// run is on.
type Intensity struct {
	// Type is table, profile or electricity_maps.
	Type string `yaml:"type" json:"type"`
	// File is the profile's CSV, on the measuring host: hour_utc,g_per_kwh or
	// time,g_per_kwh.
	File string `yaml:"file" json:"file,omitempty"`
	// Zone is a key of Electricity Maps, such as DE; without one the cloud region
	// is asked for.
	Zone string `yaml:"zone" json:"zone,omitempty"`
}

// Embodied is what making the accelerators emitted, spread over their use.
type Embodied struct {
	// KgCO2ePerDevice is one accelerator's footprint before use, LifetimeH the
	// hours that it is spread over, and Source who says so.
	KgCO2ePerDevice float64 `yaml:"kgco2e_per_device" json:"kgco2e_per_device"`
	LifetimeH       float64 `yaml:"lifetime_h" json:"lifetime_h"`
	Source          string  `yaml:"source" json:"source"`
}

// Reporter is where results go.
type Reporter struct {
	// Type is kept from the seed: "csv".
	Type string `yaml:"type" json:"type"`
	// OutputFile gets one appended row per run with the seed's columns.
	OutputFile string `yaml:"output_file" json:"output_file"`
	// PowerCSV also writes power.csv.
	PowerCSV bool `yaml:"power_csv" json:"power_csv"`
	// AIEnergyScore also writes that project's files: GPU_ENERGY_WH.txt and
	// GPU_ENERGY_SUMMARY.json in the run's folder, and a row of
	// master_results.csv in OutputDir. Those of a run that had more than one
	// request in flight have "concurrent" in their names.
	AIEnergyScore bool `yaml:"aienergyscore" json:"aienergyscore,omitempty"`
	// WindowS is the length of the windows that a run's figures are also given
	// for; 0 gives none. A run shorter than two of them has none.
	WindowS float64 `yaml:"window_s" json:"window_s"`
	// SealTimeoutS is how long the reporter waits for producers to close.
	SealTimeoutS float64 `yaml:"seal_timeout_s" json:"seal_timeout_s"`
}
