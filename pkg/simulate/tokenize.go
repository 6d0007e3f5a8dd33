package simulate

import "unicode"

// Piece sizes of the tokenizer: about what byte-pair vocabularies give on prose.
const (
	lettersPerToken = 6
	digitsPerToken  = 3
	// chatTurnTokens frame one message of a chat, chatOpenTokens the answer.
	chatTurnTokens = 4
	chatOpenTokens = 3
)

// countTokens is how many tokens a text has: runs of letters in pieces of six,
// digits in pieces of three, a run of blanks longer than one is one, and every
// other sign is one. It is deterministic, and the same number is in usage, in the
// metrics and in the physics.
func countTokens(text string) int {
	tokens, run := 0, 0
	var class, previous rune
	for _, r := range text {
		switch {
		case unicode.IsLetter(r) || unicode.IsMark(r):
			class = 'a'
		case unicode.IsDigit(r):
			class = '0'
		case unicode.IsSpace(r):
			class = ' '
		default:
			class = '.'
		}
		if class != previous {
			run = 0
		}
		switch class {
		case 'a':
			if run%lettersPerToken == 0 {
				tokens++
			}
		case '0':
			if run%digitsPerToken == 0 {
				tokens++
			}
		case ' ':
			// One blank belongs to the word that follows it.
			if run == 1 {
				tokens++
			}
		default:
			tokens++
		}
		run++
		previous = class
	}
	return tokens
}

// hashText seeds what is said about a text (FNV-1a).
func hashText(seed uint64, text string) uint64 {
	h := uint64(14695981039346656037) ^ mix(seed)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	return mix(h)
}
