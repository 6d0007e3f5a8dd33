package dataset

import (
	"encoding/json"
	"fmt"
	"strings"
)

// blockTokens is what one hash id of a Mooncake trace stands for.
const blockTokens = 512

// call is one row of a trace in the format that the Mooncake project published
// (timestamp in milliseconds), with the names that other tools write for the
// same.
type call struct {
	Timestamp    json.Number `json:"timestamp"`
	InputLength  json.Number `json:"input_length"`
	InputTokens  json.Number `json:"input_tokens"`
	OutputLength json.Number `json:"output_length"`
	OutputTokens json.Number `json:"output_tokens"`
	HashIDs      []int64     `json:"hash_ids"`
}

// mooncake reads a trace. Its rows hold lengths and the hashes of prefixes, not
// texts: a prompt is made up block by block, each from its hash, so that
// prompts share in text what the recorded ones shared. What no hash covers is
// drawn for the row alone.
func mooncake(path string, seed int64) Source {
	return func(yield func(Prompt, error) bool) {
		for l, err := range lines(path) {
			var p Prompt
			if err == nil {
				if p, err = traced(l.line, int64(l.at), seed); err != nil {
					err = fmt.Errorf("%s:%d: %w", path, l.at, err)
				}
			}
			if !yield(p, err) || err != nil {
				return
			}
		}
	}
}

func traced(line []byte, at, seed int64) (Prompt, error) {
	var c call
	if err := json.Unmarshal(line, &c); err != nil {
		return Prompt{}, fmt.Errorf("%w: not a row of a trace: %w", ErrFormat, err)
	}
	arrival, err := numberCell(c.Timestamp).milliseconds()
	if err != nil {
		return Prompt{}, fmt.Errorf("timestamp: %w", err)
	}
	input, err := tokens("input_length", c.InputLength, c.InputTokens)
	if err != nil {
		return Prompt{}, err
	}
	output, err := tokens("output_length", c.OutputLength, c.OutputTokens)
	if err != nil {
		return Prompt{}, err
	}
	return Prompt{
		InputTokens: &input, OutputTokens: &output, Arrival: arrival,
		text: func() string { return blocks(c.HashIDs, input, at, seed) },
	}, nil
}

// tokens takes the length under either of its names; a request for nothing is
// none.
func tokens(name string, values ...json.Number) (int64, error) {
	for _, v := range values {
		n, err := numberCell(v).count()
		if err != nil {
			return 0, fmt.Errorf("%s: %w", name, err)
		}
		if n != nil && (*n < 1 || *n > maxTraceTokens) {
			return 0, fmt.Errorf("%w: %s: %d is not between 1 and %d", ErrFormat, name, *n, maxTraceTokens)
		}
		if n != nil {
			return *n, nil
		}
	}
	return 0, fmt.Errorf("%w: %s is missing", ErrFormat, name)
}

// maxTraceTokens is beyond any context window of today.
const maxTraceTokens = 1 << 24

func numberCell(n json.Number) cell {
	if n == "" {
		return cell{}
	}
	return cell{jsonValue, n.String()}
}

// blocks makes the text of a prompt of total tokens.
func blocks(hashes []int64, total, at, seed int64) string {
	var parts []string
	left := total
	for _, hash := range hashes {
		if left == 0 {
			break
		}
		take := min(left, blockTokens)
		parts = append(parts, words(drawing(seed, drawBlock, hash), take))
		left -= take
	}
	if left > 0 {
		parts = append(parts, words(drawing(seed, drawTail, at), left))
	}
	return strings.Join(parts, " ")
}
