package dataset

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// turn is one utterance, as ShareGPT ({from, value}) or the chat APIs ({role,
// content}) write it.
type turn struct {
	From    string          `json:"from"`
	Value   string          `json:"value"`
	Role    string          `json:"role"`
	Content json.RawMessage `json:"content"`
}

type talk []turn

// conversation reads a cell that holds a list of turns. A list of anything else
// is no conversation, and stays the JSON text that it is.
func conversation(c cell) (talk, bool) {
	if c.kind != jsonValue || c.value[0] != '[' {
		return nil, false
	}
	var turns talk
	if json.Unmarshal([]byte(c.value), &turns) != nil {
		return nil, false
	}
	for _, t := range turns {
		if t.speaker() == "" {
			return nil, false
		}
	}
	return turns, true
}

// prompt is the first thing that the user says. With reference, the answer to it
// declares the output length. What comes before it (a system turn) and after it
// (later turns) is left out.
func (t talk) prompt(reference bool) (Prompt, error) {
	for i, turn := range t {
		said := turn.text()
		if !turn.isUser() || strings.TrimSpace(said) == "" {
			continue
		}
		p := Prompt{Text: said}
		if reference && i+1 < len(t) && t[i+1].isAssistant() {
			p.OutputTokens = estimateTokens(t[i+1].text())
		}
		return p, nil
	}
	return Prompt{}, errNoPrompt
}

// session is every turn of the user, at most most of them unless it is 0, with the
// answer that was given before each. Of utterances in a row by one speaker the last
// counts: a user who says it again takes back what was said.
func (t talk) session(reference bool, most int64) (Prompt, error) {
	var said []Turn
	for _, turn := range t {
		text := turn.text()
		switch n := len(said); {
		case strings.TrimSpace(text) == "":
		case turn.isUser() && (n == 0 || said[n-1].Answer != ""):
			said = append(said, Turn{Text: text})
		case turn.isUser():
			said[n-1].Text = text
		case turn.isAssistant() && n > 0:
			said[n-1].Answer = text
		}
	}
	if most > 0 {
		said = said[:min(int64(len(said)), most)]
	}
	if len(said) == 0 {
		return Prompt{}, errNoPrompt
	}
	length := func(i int) *int64 {
		if !reference {
			return nil
		}
		return estimateTokens(said[i].Answer)
	}
	p := Prompt{Text: said[0].Text, OutputTokens: length(0)}
	for i := 1; i < len(said); i++ {
		p.Turns = append(p.Turns, Turn{Answer: said[i-1].Answer, Text: said[i].Text, OutputTokens: length(i)})
	}
	return p, nil
}

func (t turn) speaker() string { return strings.ToLower(t.From + t.Role) }

func (t turn) isUser() bool {
	s := t.speaker()
	return s == "human" || s == "user"
}

func (t turn) isAssistant() bool {
	switch t.speaker() {
	case "gpt", "assistant", "model", "chatgpt", "bot", "bing", "bard":
		return true
	}
	return false
}

// text is what is said: a string, or the text parts of a list of parts.
func (t turn) text() string {
	if t.Value != "" || len(t.Content) == 0 {
		return t.Value
	}
	var whole string
	if json.Unmarshal(t.Content, &whole) == nil {
		return whole
	}
	var parts []struct {
		Text string `json:"text"`
	}
	if json.Unmarshal(t.Content, &parts) != nil {
		return ""
	}
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.Text)
	}
	return b.String()
}

// charactersPerToken is the rule of thumb that model makers publish for English
// text and byte-pair vocabularies.
const charactersPerToken = 4

// estimateTokens guesses a length where no tokenizer is at hand; nil for none.
func estimateTokens(s string) *int64 {
	n := int64((utf8.RuneCountInString(s) + charactersPerToken - 1) / charactersPerToken)
	if n == 0 {
		return nil
	}
	return &n
}
