package config

// The ways to tell a server what was said before, and to shorten a long prompt.
const (
	HistoryDataset = "dataset"
	HistoryServer  = "server"

	TruncateServer     = "server"
	TruncateCharacters = "characters"
)

// Dialogue makes sessions of conversations: each further turn is sent once the turn
// before is answered, by the same driver process to the same server. A session
// takes one place of load.concurrency from its first request to its last answer,
// thinking included, so that this many sessions are in flight and at most as many
// requests. A turn that fails ends its session. When its driver dies, another
// begins the session anew.
type Dialogue struct {
	// Sessions sends every user turn of a conversation, at most MaxTurns (0 is all),
	// where otherwise only the first is sent.
	Sessions bool  `yaml:"sessions" json:"sessions,omitempty"`
	MaxTurns int64 `yaml:"max_turns" json:"max_turns,omitempty"`
	// TurnDelayS is the user's pause before each further turn, in seconds.
	TurnDelayS float64 `yaml:"turn_delay_s" json:"turn_delay_s,omitempty"`
	// History is what the server is told that it had answered: "dataset", the
	// recorded answers, which makes every run's prompts the same; or "server", its
	// own answers, as a user would see them.
	History string `yaml:"history" json:"history,omitempty"`
}

// Shorten bounds the length of prompts, when scenario.truncation is set.
type Shorten struct {
	// MaxInputTokens is the most tokens of a prompt; 0 sets no bound.
	MaxInputTokens int64 `yaml:"max_input_tokens" json:"max_input_tokens,omitempty"`
	// TruncateBy is who shortens: "server" asks it to, in its own tokens
	// (truncate_prompt_tokens of vLLM, which keeps the end); "characters" has the
	// loader keep the first four characters for each token, an estimate.
	TruncateBy string `yaml:"truncate_by" json:"truncate_by,omitempty"`
}

// TruncatedBy is who shortens prompts; "" when nobody does.
func (s Scenario) TruncatedBy() string {
	if !s.Truncation || s.MaxInputTokens == 0 {
		return ""
	}
	return s.TruncateBy
}

func (s Scenario) checkDialogue(c *checks, b Backend) {
	c.atLeast("scenario.max_turns", s.MaxTurns, 0)
	c.between("scenario.turn_delay_s", s.TurnDelayS, 0, maxDelayS)
	if s.Sessions {
		c.oneOf("scenario.history", s.History, HistoryDataset, HistoryServer)
		c.require("scenario.sessions", b.API != APICompletions, "needs backend.api chat: completions have no turns")
		recorded := s.DatasetName != DatasetBuiltin && s.DatasetName != DatasetSynthetic
		c.require("scenario.sessions", recorded, "needs a dataset of conversations, and %s has none", s.DatasetName)
	} else {
		c.require("scenario.max_turns", s.MaxTurns == 0, "needs scenario.sessions")
		c.require("scenario.turn_delay_s", s.TurnDelayS == 0, "needs scenario.sessions")
		c.require("scenario.history", s.History == "", "needs scenario.sessions")
	}
	c.atLeast("scenario.max_input_tokens", s.MaxInputTokens, 0)
	if s.MaxInputTokens == 0 {
		c.require("scenario.truncate_by", s.TruncateBy == "", "needs scenario.max_input_tokens")
		return
	}
	c.require("scenario.max_input_tokens", s.Truncation, "needs scenario.truncation")
	c.oneOf("scenario.truncate_by", s.TruncateBy, TruncateServer, TruncateCharacters)
	c.require("scenario.truncate_by", s.TruncateBy != TruncateServer || b.truncates(), "server: %s has no parameter for it in backend.api %s; use characters", b.Type, b.API)
}

// settleDialogue fills in what the other keys leave no doubt about.
func (s *Scenario) settleDialogue(b Backend) {
	if s.Sessions && s.History == "" {
		s.History = HistoryDataset
	}
	if s.MaxInputTokens > 0 && s.TruncateBy == "" {
		s.TruncateBy = TruncateCharacters
		if b.truncates() {
			s.TruncateBy = TruncateServer
		}
	}
}
