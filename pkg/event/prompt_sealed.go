package event

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// ErrSealed is returned, wrapped, for texts that the key does not open.
var ErrSealed = errors.New("sealed prompt does not open")

// NewTextKey is a key for the texts of one run. Who destroys it destroys them,
// wherever the events have been copied to.
func NewTextKey() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // it never fails
	return key
}

// texts are what of a prompt is not kept.
type texts struct {
	Prompt string `json:"prompt"`
	Turns  []said `json:"turns,omitempty"`
}

type said struct {
	Answer string `json:"answer,omitempty"`
	Prompt string `json:"prompt"`
}

// Seal moves the texts into Sealed, under a run's key. The same prompt sealed
// again is the same event: the nonce is its index, which no other prompt of the
// run has.
func (p *PromptQueued) Seal(key []byte) error {
	box, err := box(key)
	if err != nil {
		return err
	}
	t := texts{Prompt: p.Prompt}
	p.Prompt, p.Turns = "", slices.Clone(p.Turns)
	for i, turn := range p.Turns {
		t.Turns = append(t.Turns, said{turn.Answer, turn.Prompt})
		p.Turns[i].Answer, p.Turns[i].Prompt = "", ""
	}
	text, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("seal prompt %s: %w", p.RequestID, err)
	}
	p.Sealed = base64.StdEncoding.EncodeToString(box.Seal(nil, p.nonce(), text, []byte(p.RequestID)))
	return nil
}

// Open undoes Seal; ErrSealed for another key, or for what was never sealed.
func (p *PromptQueued) Open(key []byte) error {
	box, err := box(key)
	if err != nil {
		return err
	}
	bytes, err := base64.StdEncoding.DecodeString(p.Sealed)
	if err == nil {
		bytes, err = box.Open(nil, p.nonce(), bytes, []byte(p.RequestID))
	}
	var t texts
	if err == nil {
		err = json.Unmarshal(bytes, &t)
	}
	if err != nil || len(t.Turns) != len(p.Turns) {
		return fmt.Errorf("%w: %s", ErrSealed, p.RequestID)
	}
	p.Prompt, p.Sealed = t.Prompt, ""
	for i, s := range t.Turns {
		p.Turns[i].Answer, p.Turns[i].Prompt = s.Answer, s.Prompt
	}
	return nil
}

func (p *PromptQueued) nonce() []byte {
	nonce := make([]byte, 12)
	binary.BigEndian.PutUint64(nonce[4:], uint64(p.Index))
	return nonce
}

func box(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("text key: %w", err)
	}
	return cipher.NewGCM(block)
}
