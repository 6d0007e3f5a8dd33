package simulate

import "strconv"

// whole is the body of an answer that is not streamed.
func (a *answer) whole(withUsage bool) []byte {
	object := "text_completion"
	if a.chat {
		object = "chat.completion"
	}
	b := append(a.opening(object), `,"choices":[`...)
	for i := range a.choices {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"index":`...)
		b = strconv.AppendInt(b, int64(i), 10)
		c := &a.choices[i]
		var text, reasoning []byte
		for ; c.told < c.output; c.told++ {
			if a.chat && c.told < c.thinking {
				reasoning = c.appendText(reasoning, c.told)
			} else {
				text = c.appendText(text, c.told)
			}
		}
		if a.chat {
			b = append(b, `,"message":{"role":"assistant","content":`...)
			b = append(b, quoted(string(text))...)
			b = append(b, `,"reasoning":`...)
			if reasoning == nil {
				b = append(b, `null`...)
			} else {
				b = append(b, quoted(string(reasoning))...)
			}
			b = append(b, `}`...)
		} else {
			b = append(b, `,"text":`...)
			if a.echo {
				text = append([]byte(a.prompts[i/a.n]), text...)
			}
			b = append(b, quoted(string(text))...)
		}
		b = append(b, `,"logprobs":null,"finish_reason":"`+c.finish+`","stop_reason":`...)
		b = append(b, c.stopReason()...)
		b = append(b, '}')
	}
	b = append(b, `],"usage":`...)
	if withUsage {
		u := a.total()
		u.null = true
		b = u.append(b)
	} else {
		b = append(b, `null`...)
	}
	b = append(b, `,"system_fingerprint":`...)
	b = append(b, quoted(a.fingerprint())...)
	b = a.appendRequestMetrics(b)
	return append(b, '}')
}
