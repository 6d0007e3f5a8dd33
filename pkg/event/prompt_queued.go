package event

// PromptQueued is one unit of work. In an open loop it is published at its
// arrival time, so that the stream itself is the arrival trace.
type PromptQueued struct {
	// RequestID is unique in the run: "r" and the index, zero-padded.
	RequestID string `json:"request_id"`
	// Index counts prompts from 0 in dataset order.
	Index  int64 `json:"index"`
	Warmup bool  `json:"warmup"`
	// Cooldown marks the last requests of a load, which no latency counts either.
	Cooldown bool `json:"cooldown,omitempty"`
	// Stage is the stage of an open loop, from 1, that the prompt is due in; absent
	// without stages. In a closed loop the driver knows it, when it sends.
	Stage int `json:"stage,omitempty"`
	// Prompt is the text, or absent when the run's policy keeps only the hash. It is
	// a session's first turn when there are Turns.
	Prompt string `json:"prompt,omitempty"`
	// PromptSHA256 is the hexadecimal SHA-256 of the text.
	PromptSHA256 string `json:"prompt_sha256"`
	// Turns are what the user says after that, each once the turn before is
	// answered.
	Turns []Turn `json:"turns,omitempty"`
	// Sealed holds the texts of a run that keeps only their hashes, for its drivers
	// alone: see [PromptQueued.Seal].
	Sealed string `json:"sealed,omitempty"`
	// ScheduledNS is the wall time at which an open loop wants the request
	// sent; absent in a closed loop.
	ScheduledNS *int64 `json:"scheduled_ns,omitempty"`
	// ExpectedInputTokens and ExpectedOutputTokens are what a trace or a
	// synthetic dataset declares; the server's usage stays the only measure.
	ExpectedInputTokens  *int64   `json:"expected_input_tokens,omitempty"`
	ExpectedOutputTokens *int64   `json:"expected_output_tokens,omitempty"`
	Generate             Generate `json:"generate"`
	// Cancel, when there, is when the driver shall break the request off.
	Cancel *CancelPlan `json:"cancel,omitempty"`
}

// Turn is a further utterance of a session's user.
type Turn struct {
	// Answer is what the dataset's assistant said before it, when the history is the
	// dataset's; else the server's own answer is.
	Answer string `json:"answer,omitempty"`
	// Prompt is the text, or absent when the run keeps only the hash.
	Prompt       string `json:"prompt,omitempty"`
	PromptSHA256 string `json:"prompt_sha256"`
	// ExpectedOutputTokens is what the dataset declares for the answer.
	ExpectedOutputTokens *int64 `json:"expected_output_tokens,omitempty"`
}

// CancelPlan breaks a request off after so many chunks with a token, or so much
// time from its sending; exactly one is there.
type CancelPlan struct {
	AfterTokens *int64 `json:"after_tokens,omitempty"`
	AfterNS     *int64 `json:"after_ns,omitempty"`
}

// Generate holds the sampling parameters of one request. An absent value is
// left to the server.
type Generate struct {
	MaxTokens   *int64   `json:"max_tokens,omitempty"`
	MinTokens   *int64   `json:"min_tokens,omitempty"`
	Temperature *float64 `json:"temperature,omitempty"`
	TopP        *float64 `json:"top_p,omitempty"`
	TopK        *int64   `json:"top_k,omitempty"`
	Seed        *int64   `json:"seed,omitempty"`
	Stop        []string `json:"stop,omitempty"`
	IgnoreEOS   *bool    `json:"ignore_eos,omitempty"`
	// Extra is merged into the request body at top level.
	Extra map[string]any `json:"extra,omitempty"`
}

// EventType implements Payload.
func (*PromptQueued) EventType() Type { return TypePromptQueued }

// EventSubject implements Payload.
func (p *PromptQueued) EventSubject() string { return p.RequestID }

// Validate implements Payload.
func (p *PromptQueued) Validate() error {
	var c checker
	c.token("request_id", p.RequestID)
	c.require(p.Index >= 0, "index: negative")
	c.require(p.Stage >= 0, "stage: negative")
	c.require(len(p.PromptSHA256) == 64, "prompt_sha256: want 64 hexadecimal digits")
	c.nonNegative("scheduled_ns", p.ScheduledNS)
	c.nonNegative("expected_input_tokens", p.ExpectedInputTokens)
	c.nonNegative("expected_output_tokens", p.ExpectedOutputTokens)
	c.nonNegative("generate.max_tokens", p.Generate.MaxTokens)
	c.nonNegative("generate.min_tokens", p.Generate.MinTokens)
	for i, t := range p.Turns {
		c.require(len(t.PromptSHA256) == 64, "turns: %d: prompt_sha256: want 64 hexadecimal digits", i)
		c.nonNegative("turns: expected_output_tokens", t.ExpectedOutputTokens)
	}
	if plan := p.Cancel; plan != nil {
		c.require((plan.AfterTokens != nil) != (plan.AfterNS != nil), "cancel: wants after_tokens or after_ns")
		c.require(plan.AfterTokens == nil || *plan.AfterTokens > 0, "cancel.after_tokens: must be positive")
		c.require(plan.AfterNS == nil || *plan.AfterNS > 0, "cancel.after_ns: must be positive")
	}
	return c.err()
}
