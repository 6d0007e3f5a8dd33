package clickhouse

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/ebitengine/purego"
)

// childArgument as the first argument makes a process the engine instead of the
// program; it is what a process list shows.
const childArgument = "clickhouse-engine"

// order is what the parent tells its child, as the first line on its standard
// input: the password is in no argument list and in no environment.
type order struct {
	Library  string   `json:"library"`
	Args     []string `json:"args"`
	HTTPURL  string   `json:"http_url"`
	User     string   `json:"user"`
	Password string   `json:"password"`
}

// hooked tells Start that a child of this program will find its way here.
var hooked atomic.Bool

// Once its parent is gone the engine needs about 0.1 s to end. It would wait 5 s
// for clients that keep a connection open, and then end with status 1; there is
// nothing to wait for, since what it has confirmed is in parts on disk.
const (
	askGrace = 5 * time.Second
	endGrace = time.Second
)

// RunChildIfAsked turns this process into the engine, and never returns, when it
// was started as such by Start; otherwise it does nothing. Call it first in main,
// before flags are read.
func RunChildIfAsked() {
	hooked.Store(true)
	if len(os.Args) < 2 || os.Args[1] != childArgument {
		return
	}
	code := 0
	if err := runChild(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code) //nolint:forbidigo // this is the main of the child, and must not return into that of the program
}

// runChild is the engine until its query ends or its parent is gone.
func runChild() error {
	in := bufio.NewReader(os.Stdin)
	line, err := in.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("order from parent: %w", err)
	}
	var o order
	if err := json.Unmarshal(line, &o); err != nil {
		return fmt.Errorf("order from parent: %w", err)
	}
	ended := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		ended <- callEngine(o.Library, append([]string{"clickhouse"}, o.Args...))
	}()
	orphaned := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, in) // it ends with the parent, however that does
		close(orphaned)
	}()
	select {
	case err := <-ended:
		return err
	case <-orphaned:
		return end(o, ended)
	}
}

// end cancels the query that holds the engine and gives it a moment to clean up;
// what is left ends with the process.
func end(o order, ended <-chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), askGrace)
	defer cancel()
	// An idle connection of ours would be one more to wait for.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	if err := post(ctx, client, o.HTTPURL, o.User, o.Password, endQuery, io.Discard); err != nil {
		return fmt.Errorf("end the engine: %w", err)
	}
	timer := time.NewTimer(endGrace)
	defer timer.Stop()
	select {
	case err := <-ended:
		return err
	case <-timer.C:
		return nil
	}
}

// callEngine loads the library and calls its command line, which returns when
// the query of its arguments ends.
func callEngine(library string, args []string) error {
	handle, err := purego.Dlopen(library, purego.RTLD_NOW|purego.RTLD_GLOBAL)
	if err != nil {
		return fmt.Errorf("load %s: %w", library, err)
	}
	var cmdline func(argc int32, argv unsafe.Pointer) uintptr
	purego.RegisterLibFunc(&cmdline, handle, "chdb_query_cmdline")
	argv := make([]*byte, len(args)+1)
	for i, arg := range args {
		argv[i] = unsafe.SliceData(append([]byte(arg), 0))
	}
	cmdline(int32(len(args)), unsafe.Pointer(unsafe.SliceData(argv)))
	runtime.KeepAlive(argv)
	return nil
}

// post sends one statement over HTTP and copies the answer to out.
func post(ctx context.Context, client *http.Client, url, user, password, query string, out io.Writer) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(query))
	if err != nil {
		return err
	}
	req.Header.Set("X-ClickHouse-User", user)
	req.Header.Set("X-ClickHouse-Key", password)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 4096))
		return fmt.Errorf("status %d: %s", resp.StatusCode, lastLines(string(text), 3))
	}
	_, err = io.Copy(out, resp.Body)
	return err
}
