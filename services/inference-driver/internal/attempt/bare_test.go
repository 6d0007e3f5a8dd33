package attempt

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"strings"
)

// bare reads a stream as plainly as Go can: no HTTP but the request, no events, no
// record. each is called with what every read brought. It is what the machine and
// the runtime cost, to hold attempts against.
func bare(ctx context.Context, url, id string, each func(data []byte)) error {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		return err
	}
	defer conn.Close()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/chat/completions", strings.NewReader("{}"))
	if err != nil {
		return err
	}
	request.Header.Set("X-Request-Id", id)
	if err := request.Write(conn); err != nil {
		return err
	}
	// The end may come in two reads: as much of what was read is kept.
	buffer := make([]byte, len(theEnd)+8<<10)
	kept := 0
	for {
		n, err := conn.Read(buffer[kept:])
		if err != nil {
			return err
		}
		have := buffer[:kept+n]
		each(have[kept:])
		if bytes.HasSuffix(have, []byte(theEnd)) {
			return nil
		}
		kept = copy(buffer, have[max(0, len(have)-len(theEnd)):])
	}
}
