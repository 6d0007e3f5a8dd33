package config

// The dataset names that mean no file: the built-in questions, and prompts made
// up to declared lengths.
const (
	DatasetBuiltin   = "builtin"
	DatasetSynthetic = "synthetic"
)

// FormatMooncake is the dataset_format of traces: one JSON object per line with
// timestamp (ms), input_length, output_length and hash_ids.
const FormatMooncake = "mooncake"

// datasetFormats are what dataset_format takes; empty goes by the file's ending.
var datasetFormats = []string{"jsonl", "json", "csv", "tsv", "txt", "parquet", "arrow", FormatMooncake}

// Synthetic declares prompts that are made up rather than read.
type Synthetic struct {
	InputTokens Lengths `yaml:"input_tokens" json:"input_tokens"`
	// OutputTokens, when given, makes each request ask for exactly its length.
	OutputTokens *Lengths `yaml:"output_tokens" json:"output_tokens,omitempty"`
}

// Lengths is a distribution of token counts: normal, rounded, and drawn again
// when it falls outside Min and Max. A Max of 0 sets no bound; Std 0 is a fixed
// length.
type Lengths struct {
	Mean float64 `yaml:"mean" json:"mean"`
	Std  float64 `yaml:"std" json:"std"`
	Min  int64   `yaml:"min" json:"min"`
	Max  int64   `yaml:"max" json:"max,omitempty"`
}

// SharedPrefix puts one of Count made-up prefixes of Tokens tokens before each
// prompt, as system prompts and documents are shared between users.
type SharedPrefix struct {
	Count  int64 `yaml:"count" json:"count"`
	Tokens int64 `yaml:"tokens" json:"tokens"`
}

// maxTokens keeps a made-up prompt within what a server could take and a broker
// would carry.
const maxTokens = 1 << 20

func (s Scenario) checkPrompts(c *checks, loadType string) {
	if s.DatasetFormat != "" {
		c.oneOf("scenario.dataset_format", s.DatasetFormat, datasetFormats...)
	}
	if s.DatasetName == DatasetSynthetic {
		c.require("scenario.synthetic", s.Synthetic != nil, "missing: dataset_name synthetic needs input_tokens")
	} else {
		c.require("scenario.synthetic", s.Synthetic == nil, "needs dataset_name synthetic")
	}
	if s.Synthetic != nil {
		s.Synthetic.InputTokens.check(c, "scenario.synthetic.input_tokens.")
		if s.Synthetic.OutputTokens != nil {
			s.Synthetic.OutputTokens.check(c, "scenario.synthetic.output_tokens.")
		}
	}
	if p := s.SharedPrefix; p != nil {
		c.atLeast("scenario.shared_prefix.count", p.Count, 1)
		c.atLeast("scenario.shared_prefix.tokens", p.Tokens, 1)
		c.require("scenario.shared_prefix.tokens", p.Tokens <= maxTokens, "%d is more than %d", p.Tokens, maxTokens)
	}
	if loadType == LoadTrace {
		recorded := s.DatasetName != DatasetBuiltin && s.DatasetName != DatasetSynthetic
		c.require("load.type", recorded, "a trace takes its arrival times from the dataset, and %s has none", s.DatasetName)
		c.require("load.type", !recorded || s.TimestampColumn != "" || s.DatasetFormat == FormatMooncake, "a trace needs scenario.timestamp_column, or dataset_format mooncake")
		c.require("scenario.shuffle", !s.Shuffle, "would tear the trace apart")
	}
}

func (l Lengths) check(c *checks, base string) {
	c.require(base+"mean", l.Mean >= 1 && l.Mean <= maxTokens, "%g is not between 1 and %d", l.Mean, maxTokens)
	c.between(base+"std", l.Std, 0, maxTokens)
	c.require(base+"min", l.Min >= 0 && float64(l.Min) <= l.Mean, "%d is not between 0 and the mean", l.Min)
	c.require(base+"max", l.Max == 0 || float64(l.Max) >= l.Mean && l.Max <= maxTokens, "%d is not between the mean and %d", l.Max, maxTokens)
}
