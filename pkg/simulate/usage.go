package simulate

import "strconv"

// usage is vLLM's token account, in its field order.
type usage struct {
	prompt, completion int
	// cached and reasoning are -1 when they are not shown; null shows that cached
	// is not, as answers do that are not streamed.
	cached, reasoning int
	null              bool
}

// append writes the object.
func (u usage) append(b []byte) []byte {
	b = append(b, `{"prompt_tokens":`...)
	b = strconv.AppendInt(b, int64(u.prompt), 10)
	b = append(b, `,"total_tokens":`...)
	b = strconv.AppendInt(b, int64(u.prompt+u.completion), 10)
	b = append(b, `,"completion_tokens":`...)
	b = strconv.AppendInt(b, int64(u.completion), 10)
	switch {
	case u.cached >= 0:
		b = append(b, `,"prompt_tokens_details":{"cached_tokens":`...)
		b = strconv.AppendInt(b, int64(u.cached), 10)
		b = append(b, '}')
	case u.null:
		b = append(b, `,"prompt_tokens_details":null`...)
	}
	if u.reasoning >= 0 {
		b = append(b, `,"completion_tokens_details":{"reasoning_tokens":`...)
		b = strconv.AppendInt(b, int64(u.reasoning), 10)
		b = append(b, '}')
	}
	return append(b, '}')
}

// appendMetrics writes the object of per-request metrics of one sequence.
func appendMetrics(b []byte, s *sequence) []byte {
	number := func(name string, v float64) {
		b = append(b, '"')
		b = append(b, name...)
		b = append(b, `":`...)
		b = strconv.AppendFloat(b, v, 'g', -1, 64)
	}
	generating := seconds(s.ended - s.first)
	itl, rate := 0.0, 0.0
	if s.output > 1 && generating > 0 {
		itl, rate = generating/float64(s.output-1), float64(s.output-1)/generating
	}
	b = append(b, '{')
	number("time_to_first_token_ms", 1000*seconds(s.first-s.arrived))
	b = append(b, ',')
	number("generation_time_ms", 1000*generating)
	b = append(b, ',')
	number("queue_time_ms", 1000*seconds(s.started-s.arrived))
	b = append(b, ',')
	number("mean_itl_ms", 1000*itl)
	b = append(b, ',')
	number("tokens_per_second", rate)
	return append(b, '}')
}
