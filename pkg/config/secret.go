package config

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

// Secret is text that is never written out: it marshals and prints as "set" or
// "". Only [Secret.Reveal] gives the value.
type Secret string

// withheld stands for a secret of which only its being set is known: what Parse
// finds in a published config. No real secret holds a NUL.
const withheld Secret = "\x00"

// MarshalJSON hides the value.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + s.String() + `"`), nil }

// UnmarshalJSON reads what MarshalJSON writes; the value itself is gone.
func (s *Secret) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return fmt.Errorf("secret: %w", err)
	}
	*s = ""
	if text != "" {
		*s = withheld
	}
	return nil
}

// MarshalYAML hides the value.
func (s Secret) MarshalYAML() (any, error) { return s.String(), nil }

// String hides the value.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "set"
}

// GoString hides the value from %#v.
func (s Secret) GoString() string { return s.String() }

// Reveal is the value itself, for the one place that sends it; "" when it is not
// set or not known here.
func (s Secret) Reveal() string {
	if s == withheld {
		return ""
	}
	return string(s)
}

// SecretOrFile is value, or the content of file, without the white space around
// it, when one is named. key is the value's, such as api_key; the file's is the
// same with _file. A file that cannot be read is a [Problem].
func SecretOrFile(key string, value Secret, file string) (Secret, error) {
	if file == "" {
		return value, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", Problem{Path: key + "_file", Text: fmt.Sprintf("read %s: %s", file, reason(err))}
	}
	return Secret(strings.TrimSpace(string(text))), nil
}
