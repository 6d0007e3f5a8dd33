// Command scripted is a chat server whose every chunk comes at a planned time, to
// hold load generators against. It writes what it did, and when, when its input
// ends or it is told to stop.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/simulate/script"
)

// plan is what every request gets. Request n has its first token First +
// (n mod spreadOver)/spreadOver × Spread after it was read: clients with many
// streams otherwise begin and end all of them at once, which no server does.
type plan struct {
	model               string
	first, spread, gap  time.Duration
	tokens, promptCount int
}

const spreadOver = 61

func (p plan) answer(r script.Request) script.Answer {
	switch {
	case r.Path == "/v1/models":
		return script.Plain(200, "application/json", fmt.Sprintf(`{"object":"list","data":[{"id":%q,"object":"model"}]}`, p.model))
	case r.Path == "/health":
		return script.Plain(200, "text/plain", "")
	case r.Path != "/v1/chat/completions":
		return script.Plain(404, "application/json", `{"error":{"message":"not here"}}`)
	}
	return script.Tokens(script.Stream{
		Chat: true, Model: p.model, ID: strconv.Itoa(r.Number), Count: p.tokens, Prompt: p.promptCount,
		First: p.first + p.spread*time.Duration(r.Number%spreadOver)/spreadOver, Gap: p.gap,
	})
}

// served is one line of the log, in nanoseconds of CLOCK_MONOTONIC: when the
// request had been read, and when each token's write began. Number is also in the
// answer's id, RequestID what the client sent as X-Request-Id.
type served struct {
	Number    int     `json:"number"`
	RequestID string  `json:"request_id"`
	Read      int64   `json:"read_ns"`
	Tokens    []int64 `json:"tokens_ns"`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "scripted:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	var p plan
	flags := flag.NewFlagSet("scripted", flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:0", "host:port; port 0 picks one, and the address is the first line of the output")
	flags.StringVar(&p.model, "model", "scripted", "name of the model")
	flags.DurationVar(&p.first, "first", 50*time.Millisecond, "time to the first token")
	flags.DurationVar(&p.spread, "spread", 0, "most that is added to it, evenly over requests")
	flags.DurationVar(&p.gap, "gap", 20*time.Millisecond, "time to each token after it")
	flags.IntVar(&p.tokens, "tokens", 64, "tokens of every answer")
	flags.IntVar(&p.promptCount, "prompt", 16, "tokens that usage says the prompt has")
	log := flags.String("log", "", "file for what was done, one JSON object a line")
	if err := flags.Parse(args); err != nil {
		return err
	}
	var mu sync.Mutex
	chats := map[int]bool{}
	server, err := script.Serve(ctx, *listen, func(r script.Request) script.Answer {
		if strings.HasPrefix(r.Path, "/v1/chat/") {
			mu.Lock()
			chats[r.Number] = true
			mu.Unlock()
		}
		return p.answer(r)
	})
	if err != nil {
		return err
	}
	defer server.Close()
	if _, err := fmt.Fprintln(out, server.URL()); err != nil {
		return err
	}
	over := make(chan struct{})
	go func() { // waits for a reader that has no deadline: it ends with the process
		_, _ = io.Copy(io.Discard, in)
		close(over)
	}()
	select {
	case <-over:
	case <-ctx.Done():
	}
	if *log == "" {
		return nil
	}
	// A client may know of an answer's end a moment before it is recorded.
	clock.Wait(ctx, settle)
	mu.Lock()
	defer mu.Unlock()
	return write(*log, server.Records(), chats)
}

const settle = 100 * time.Millisecond

// write logs the chats, in the order in which they ended.
func write(path string, records []script.Record, chats map[int]bool) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(file)
	for _, r := range records {
		if !chats[r.Number] || len(r.Before) == 0 {
			continue
		}
		if err := encoder.Encode(served{r.Number, r.RequestID, r.Read, r.Before[1:]}); err != nil {
			_ = file.Close()
			return err
		}
	}
	return file.Close()
}
