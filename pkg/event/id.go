package event

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Errors that id parsers return, wrapped with the offending text.
var (
	ErrBadRunID   = errors.New("bad run id")
	ErrBadEventID = errors.New("bad event id")
	ErrBadToken   = errors.New("bad token")
)

// RunID names a run: 26 characters of lower-case Crockford base32 in ULID
// layout (48 bits of Unix milliseconds, then 80 random bits), so that ids sort
// by creation time and are safe as one subject token and as a folder name.
type RunID string

const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

// The forms, as patterns. Every event checks several ids, so the checks are written
// out below; a test holds them to the patterns.
const (
	runIDPattern = `^[0-7][0-9a-hjkmnp-tv-z]{25}$`
	tokenPattern = `^[a-z0-9][a-z0-9_-]{0,62}$`

	runIDLength = 26
	tokenLength = 63
)

func isRunID(s string) bool {
	if len(s) != runIDLength || s[0] > '7' {
		return false
	}
	for i := range len(s) {
		if strings.IndexByte(crockford, s[i]) < 0 {
			return false
		}
	}
	return true
}

func isToken(s string) bool {
	if s == "" || len(s) > tokenLength || s[0] == '-' || s[0] == '_' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// NewRunID returns a fresh id for a run created at now.
func NewRunID(now time.Time) RunID {
	var raw [16]byte
	binary.BigEndian.PutUint64(raw[:8], uint64(now.UnixMilli())<<16)
	// crypto/rand.Read never fails on the supported platforms.
	_, _ = rand.Read(raw[6:])
	return encodeULID(raw)
}

// encodeULID writes 128 bits as 26 base32 digits, the first of which carries
// only three bits.
func encodeULID(raw [16]byte) RunID {
	hi := binary.BigEndian.Uint64(raw[:8])
	lo := binary.BigEndian.Uint64(raw[8:])
	var out [26]byte
	for i := len(out) - 1; i >= 0; i-- {
		out[i] = crockford[lo&31]
		lo = lo>>5 | hi<<59
		hi >>= 5
	}
	return RunID(out[:])
}

// ParseRunID checks s. It returns ErrBadRunID for anything NewRunID cannot make.
func ParseRunID(s string) (RunID, error) {
	if !isRunID(s) {
		return "", fmt.Errorf("%w: %q is not 26 lower-case base32 characters", ErrBadRunID, s)
	}
	return RunID(s), nil
}

// Created is the moment the id was made, to the millisecond; the zero time if
// the id is malformed.
func (r RunID) Created() time.Time {
	if !isRunID(string(r)) {
		return time.Time{}
	}
	var ms int64
	for _, c := range r[:10] {
		ms = ms<<5 | int64(strings.IndexRune(crockford, c))
	}
	return time.UnixMilli(ms).UTC()
}

// CheckToken reports whether s can be one token of a subject or an id: a shard,
// a host, an instance. It returns ErrBadToken otherwise.
func CheckToken(s string) error {
	if !isToken(s) {
		return fmt.Errorf("%w: %q must match %s", ErrBadToken, s, tokenPattern)
	}
	return nil
}

// Token turns any name (a host name, a file name) into a valid token: lower
// case, every other character replaced by '-', at most 63 long.
func Token(name string) string {
	var b strings.Builder
	for _, c := range strings.ToLower(name) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', b.Len() > 0 && (c == '-' || c == '_'):
			b.WriteRune(c)
		case b.Len() > 0:
			b.WriteByte('-')
		}
		if b.Len() == tokenLength {
			break
		}
	}
	if b.Len() == 0 {
		return "x"
	}
	return b.String()
}

// Producer is one process that publishes events: a service and an instance of
// it. Its text form is service.instance, both valid tokens.
type Producer struct {
	Service  string
	Instance string
}

// String is the form used in event ids and in completeness records.
func (p Producer) String() string { return p.Service + "." + p.Instance }

// Source is the CloudEvents source attribute: /aeb/<service>/<instance>.
func (p Producer) Source() string { return "/aeb/" + p.Service + "/" + p.Instance }

// Validate returns ErrBadToken when either part is not a token.
func (p Producer) Validate() error {
	return errors.Join(CheckToken(p.Service), CheckToken(p.Instance))
}

// ParseProducer reads the form that Producer.String writes.
func ParseProducer(s string) (Producer, error) {
	service, instance, ok := strings.Cut(s, ".")
	p := Producer{Service: service, Instance: instance}
	if !ok {
		return Producer{}, fmt.Errorf("%w: producer %q has no instance", ErrBadToken, s)
	}
	return p, p.Validate()
}

// ID is the identity of an event: <run>/<producer>/<epoch>/<seq>. It is the
// CloudEvents id and the Nats-Msg-Id, so that a retry is recognised and a
// restarted producer (another epoch) cannot collide with its earlier self.
type ID struct {
	Run      RunID
	Producer Producer
	// Epoch separates the lives of one producer: the Unix milliseconds of its start.
	Epoch int64
	// Seq counts this producer's events of this run and epoch, from 1, without gaps.
	Seq uint64
}

// String writes the id.
func (id ID) String() string {
	return string(id.Run) + "/" + id.Producer.String() + "/" +
		strconv.FormatInt(id.Epoch, 10) + "/" + strconv.FormatUint(id.Seq, 10)
}

// Validate returns ErrBadEventID, wrapped with the reason.
func (id ID) Validate() error {
	if _, err := ParseRunID(string(id.Run)); err != nil {
		return fmt.Errorf("%w: %w", ErrBadEventID, err)
	}
	if err := id.Producer.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrBadEventID, err)
	}
	if id.Epoch <= 0 || id.Seq == 0 {
		return fmt.Errorf("%w: epoch %d and seq %d must be positive", ErrBadEventID, id.Epoch, id.Seq)
	}
	return nil
}

// ParseID reads the form that ID.String writes, and nothing else.
func ParseID(s string) (ID, error) {
	parts := strings.Split(s, "/")
	if len(parts) != 4 {
		return ID{}, fmt.Errorf("%w: %q has %d parts, want run/producer/epoch/seq", ErrBadEventID, s, len(parts))
	}
	producer, err := ParseProducer(parts[1])
	if err != nil {
		return ID{}, fmt.Errorf("%w: %w", ErrBadEventID, err)
	}
	epoch, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil {
		return ID{}, fmt.Errorf("%w: epoch of %q: %w", ErrBadEventID, s, err)
	}
	seq, err := strconv.ParseUint(parts[3], 10, 64)
	if err != nil {
		return ID{}, fmt.Errorf("%w: sequence of %q: %w", ErrBadEventID, s, err)
	}
	id := ID{Run: RunID(parts[0]), Producer: producer, Epoch: epoch, Seq: seq}
	if err := id.Validate(); err != nil {
		return ID{}, err
	}
	if id.String() != s {
		return ID{}, fmt.Errorf("%w: %q is not in canonical form", ErrBadEventID, s)
	}
	return id, nil
}
