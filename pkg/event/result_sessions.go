package event

// SessionCounts is what became of prompts of several turns.
type SessionCounts struct {
	Total int64 `json:"total"`
	// Complete counts sessions whose last turn was answered.
	Complete int64 `json:"complete"`
	// TurnsUnsent counts turns that no attempt was recorded of: one that is not
	// answered ends its session.
	TurnsUnsent int64 `json:"turns_unsent"`
}
