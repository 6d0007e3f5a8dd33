package config

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// Effective is the config as it is published: JSON, with "set" in place of each
// secret that was given.
func Effective(r Run) json.RawMessage {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	// A Run holds nothing that JSON cannot write: Load admits finite numbers only.
	if err := enc.Encode(r); err != nil {
		panic(fmt.Sprintf("effective config: %v", err))
	}
	return bytes.TrimSpace(b.Bytes())
}

// ErrEffective is for a stored config that this version cannot read.
var ErrEffective = errors.New("effective config")

// Parse reads what Effective wrote, or returns ErrEffective. A secret stays "set" and reveals nothing.
func Parse(effective json.RawMessage) (Run, error) {
	var r Run
	if err := json.Unmarshal(effective, &r); err != nil {
		return Run{}, fmt.Errorf("%w: %w", ErrEffective, err)
	}
	return r, nil
}

// Digest is the SHA-256, in hexadecimal, of the effective config in canonical
// form: keys sorted, no white space. Two runs with the same digest were asked
// for the same thing.
func Digest(r Run) string {
	var any map[string]any
	dec := json.NewDecoder(bytes.NewReader(Effective(r)))
	dec.UseNumber()
	if err := dec.Decode(&any); err != nil {
		panic(fmt.Sprintf("effective config: %v", err))
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(any); err != nil {
		panic(fmt.Sprintf("effective config: %v", err))
	}
	sum := sha256.Sum256(bytes.TrimSpace(b.Bytes()))
	return hex.EncodeToString(sum[:])
}
