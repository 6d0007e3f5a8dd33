package wire

import "encoding/json"

// Message is one utterance of a chat.
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// Text is what a chunk adds to the answer, without reasoning, which chats do not
// repeat to a server. It allocates: it is for who wants the text and not its time.
func Text(chunk []byte) string {
	var c struct {
		Type    string          `json:"type"`
		Delta   json.RawMessage `json:"delta"`
		Choices []struct {
			Text  string `json:"text"`
			Delta struct {
				Content string `json:"content"`
			} `json:"delta"`
		} `json:"choices"`
	}
	if json.Unmarshal(chunk, &c) != nil {
		return ""
	}
	if c.Type == "response.output_text.delta" {
		var text string
		_ = json.Unmarshal(c.Delta, &text) // a delta that is no string adds nothing
		return text
	}
	if len(c.Choices) == 0 {
		return ""
	}
	return c.Choices[0].Text + c.Choices[0].Delta.Content
}
