package wire

// ask writes what the responses API calls a chat: one prompt as it is, and a
// dialogue as its messages. Nothing is stored at the server, which would grow with
// the load.
func ask(body map[string]any, system, prompt string, history []Message) {
	body["input"], body["store"] = prompt, false
	if len(history) > 0 {
		messages := append([]Message{}, history...)
		body["input"] = append(messages, Message{"user", prompt})
	}
	if system != "" {
		body["instructions"] = system
	}
}

// nestEffort moves reasoning_effort to where the responses API has it.
func nestEffort(body map[string]any) {
	if effort, ok := body["reasoning_effort"]; ok {
		delete(body, "reasoning_effort")
		body["reasoning"] = map[string]any{"effort": effort}
	}
}
