package dataset

import (
	"iter"
	"time"
)

// Prompt is one request's worth of a dataset.
type Prompt struct {
	Text string
	// InputTokens and OutputTokens are what the dataset declares, or nil.
	InputTokens, OutputTokens *int64
	// Turns are what the user says after that, in a session.
	Turns []Turn
	// Arrival is when the dataset wants the request sent, from the first one on.
	// It means something in a timed set only.
	Arrival time.Duration

	// text makes Text when it is wanted, for prompts that are kept as a recipe.
	text func() string
}

// Turn is a further utterance of a session's user, and the recorded answer before it.
type Turn struct {
	Answer, Text string
	// OutputTokens is what the dataset declares for the answer to it, or nil.
	OutputTokens *int64
}

// Source yields prompts in the dataset's own order. An error ends it, but for
// [errNoPrompt], which stands for a row to be left out.
type Source = iter.Seq2[Prompt, error]

// Set is the prompts of a run by index. The zero Set has none.
type Set struct {
	// Timed is set when the dataset declares arrival times.
	Timed bool
	// Skipped counts rows that were passed over because they hold no prompt.
	Skipped int64
	// Origin says where the prompts come from, for people.
	Origin string

	n  int64
	at func(i int64) Prompt
}

// Len is the number of prompts.
func (s Set) Len() int64 { return s.n }

// At is the i-th prompt, the same at every call. i must be below Len.
func (s Set) At(i int64) Prompt {
	p := s.at(i)
	if p.text != nil {
		p.Text, p.text = p.text(), nil
	}
	return p
}

// Arrival is the arrival time of the i-th prompt of a timed set, without making
// its text.
func (s Set) Arrival(i int64) time.Duration { return s.at(i).Arrival }
