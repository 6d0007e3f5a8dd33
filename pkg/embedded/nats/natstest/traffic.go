package natstest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	natsd "github.com/nats-io/nats-server/v2/server"
)

// What a user does with a subject.
const (
	publish   = "PUB"
	subscribe = "SUB"
)

// traffic is the server's log: of its trace it keeps who used which subject, and
// of its errors all.
type traffic struct {
	mu     sync.Mutex
	used   map[string]map[string]bool // operation and user, then subject
	errors []string
}

var _ natsd.Logger = (*traffic)(nil)

func newTraffic() *traffic { return &traffic{used: map[string]map[string]bool{}} }

// traced is a line of the trace: the client, with "account/user" at its end, and
// its operation, such as
//
//	127.0.0.1:50 - cid:7 - "v1:go:name" - "$G/user:driver" - <<- [PUB subject reply 12]
var traced = regexp.MustCompile(`/user:([^"]+)" - <<- \[H?(PUB|SUB) (\S+)`)

// Tracef implements server.Logger.
func (t *traffic) Tracef(format string, args ...any) {
	line := traced.FindStringSubmatch(fmt.Sprintf(format, args...))
	if line == nil {
		return
	}
	key := line[2] + line[1]
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.used[key] == nil {
		t.used[key] = map[string]bool{}
	}
	t.used[key][line[3]] = true
}

// of are the subjects of a user's operations.
func (t *traffic) of(op, user string) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Collect(maps.Keys(t.used[op+user]))
}

// Errorf implements server.Logger.
func (t *traffic) Errorf(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.errors = append(t.errors, fmt.Sprintf(format, args...))
}

func (t *traffic) refusals() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []string
	for _, line := range t.errors {
		if strings.Contains(line, "Violation") {
			out = append(out, line)
		}
	}
	return out
}

// Fatalf implements server.Logger.
func (t *traffic) Fatalf(format string, args ...any) { t.Errorf(format, args...) }

// Warnf implements server.Logger.
func (*traffic) Warnf(string, ...any) {}

// Noticef implements server.Logger.
func (*traffic) Noticef(string, ...any) {}

// Debugf implements server.Logger.
func (*traffic) Debugf(string, ...any) {}

// matches reports whether a right covers a subject. The subject is literal, also
// where a token of it is a wildcard: a consumer's filter is part of a subject.
func matches(right, subject string) bool {
	want, have := strings.Split(right, "."), strings.Split(subject, ".")
	for i, token := range want {
		switch {
		case token == ">":
			return len(have) > i
		case i >= len(have), token != "*" && token != have[i]:
			return false
		}
	}
	return len(want) == len(have)
}
