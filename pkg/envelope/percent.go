package envelope

import (
	"fmt"
	"net/url"
	"strings"
)

// escape percent-encodes what a header value may not hold by the CloudEvents NATS
// binding: space, '"', '%', control characters and everything beyond ASCII. Our
// own attributes never need it, so the common path copies nothing.
func escape(value string) string {
	for i := range len(value) {
		if mustEscape(value[i]) {
			return escapeFrom(value, i)
		}
	}
	return value
}

func mustEscape(c byte) bool { return c <= ' ' || c >= 0x7f || c == '"' || c == '%' }

func escapeFrom(value string, first int) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	b.WriteString(value[:first])
	for i := first; i < len(value); i++ {
		if c := value[i]; mustEscape(c) {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// unescape undoes escape; a value that was never escaped stays as it is.
func unescape(value string) (string, error) {
	if !strings.Contains(value, "%") {
		return value, nil
	}
	out, err := url.PathUnescape(value)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNotCloudEvent, err)
	}
	return out, nil
}
