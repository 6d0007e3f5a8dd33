package script

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Event is one write: Data goes out as it is, At after the request has been read.
type Event struct {
	At   time.Duration
	Data []byte
}

// Answer is what a request gets. The first event must begin with an HTTP
// response's head.
type Answer struct {
	Events []Event
	// Close ends the connection after the last event, as a broken stream does.
	Close bool
}

// Request is what has been asked.
type Request struct {
	// Number counts requests from 0 over all connections.
	Number int
	Path   string
	Header http.Header
	Body   []byte
}

// Stream says how Tokens spreads a stream over time.
type Stream struct {
	Chat  bool
	Model string
	// ID is the answer's id without its prefix.
	ID string
	// Head is when the response's head goes out, First when the first token
	// does, Gap the time to each one after it.
	Head, First, Gap time.Duration
	// Count is the number of tokens, each a chunk of its own; Prompt is what
	// usage says of the prompt.
	Count, Prompt int
	// PerWrite tokens go out in one write, at the time of the first of them; 0
	// is one.
	PerWrite int
}

// Tokens is a vLLM-like stream: head, tokens, usage, end. A chat's role chunk
// comes in the write of the first token, the usage and the end in that of the
// last, so the events are the head and one for each PerWrite tokens.
func Tokens(s Stream) Answer {
	object, prefix := "text_completion", "cmpl-"
	if s.Chat {
		object, prefix = "chat.completion.chunk", "chatcmpl-"
	}
	open := `data: {"id":"` + prefix + s.ID + `","object":"` + object + `","created":1,"model":"` + s.Model + `",`
	part := func(i int) string {
		finish := "null"
		if i == s.Count-1 {
			finish = `"length"`
		}
		text := ` t` + strconv.Itoa(i)
		if s.Chat {
			return open + `"choices":[{"index":0,"delta":{"content":"` + text + `"},"logprobs":null,"finish_reason":` + finish + "}]}\n\n"
		}
		return open + `"choices":[{"index":0,"text":"` + text + `","logprobs":null,"finish_reason":` + finish + ",\"stop_reason\":null}]}\n\n"
	}
	a := Answer{Events: make([]Event, 0, s.Count+1)}
	a.Events = append(a.Events, Event{s.Head, []byte("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n")})
	per := max(1, s.PerWrite)
	for i := 0; i < s.Count; i += per {
		var body strings.Builder
		if i == 0 && s.Chat {
			body.WriteString(open + "\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n")
		}
		for k := i; k < min(i+per, s.Count); k++ {
			body.WriteString(part(k))
		}
		end := ""
		if i+per >= s.Count {
			body.WriteString(open + `"choices":[],"usage":{"prompt_tokens":` + strconv.Itoa(s.Prompt) + `,"total_tokens":` +
				strconv.Itoa(s.Prompt+s.Count) + `,"completion_tokens":` + strconv.Itoa(s.Count) + "}}\n\ndata: [DONE]\n\n")
			end = "0\r\n\r\n"
		}
		a.Events = append(a.Events, Event{s.First + time.Duration(i)*s.Gap, append(chunked(body.String()), end...)})
	}
	return a
}

// chunked is one chunk of a chunked body.
func chunked(body string) []byte {
	out := strconv.AppendInt(nil, int64(len(body)), 16)
	out = append(out, "\r\n"...)
	out = append(out, body...)
	return append(out, "\r\n"...)
}

// Plain is a whole response at once.
func Plain(status int, contentType, body string) Answer {
	head := "HTTP/1.1 " + strconv.Itoa(status) + " " + http.StatusText(status) + "\r\nContent-Type: " + contentType +
		"\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n"
	return Answer{Events: []Event{{0, []byte(head + body)}}}
}
