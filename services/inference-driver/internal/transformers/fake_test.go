package transformers

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
)

// behaves says, in the environment, which part this binary plays in place of a test's.
const behaves = "FAKE_TRANSFORMERS"

// The parts: programs in place of `transformers`, and a program that starts one.
const (
	serves   = "serves"
	crashes  = "crashes"
	loads    = "loads for ever"
	lingers  = "lingers"
	bystands = "bystands"
	parent   = "parent"
)

func TestMain(m *testing.M) {
	switch os.Getenv(behaves) {
	case "":
		goleak.VerifyTestMain(m)
	case crashes:
		for i := range 30 {
			fmt.Fprintf(os.Stderr, "  File \"layer_%d.py\"\n", i)
		}
		fmt.Fprint(os.Stderr, "ValueError: the weights are not there")
		os.Exit(1) //nolint:forbidigo // a program's part
	case loads, bystands:
		fmt.Fprintln(os.Stdout, "Loading weights:  10%\rLoading weights:  20%\r")
		select {}
	case serves, lingers:
		fake()
	case parent:
		playParent()
	}
}

// told is what the fake says it was started with.
type told struct {
	Args    []string
	Visible string
	Secret  string
	PID     int
	Child   int
}

// fake serves what the readiness of the real one is asked by.
func fake() {
	own := told{Args: os.Args[1:], Visible: os.Getenv("CUDA_VISIBLE_DEVICES"), Secret: os.Getenv("AEB_API_KEY"), PID: os.Getpid()}
	if os.Getenv(behaves) == lingers {
		signal.Ignore(syscall.SIGTERM)
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), behaves+"="+bystands)
		child.Stdout = os.Stdout
		if err := child.Start(); err != nil {
			panic(err)
		}
		own.Child = child.Process.Pid
	}
	flag := func(name string) string { return os.Args[slices.Index(os.Args, name)+1] }
	http.HandleFunc("GET /health", func(http.ResponseWriter, *http.Request) {})
	http.HandleFunc("GET /told", func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(own) })
	http.HandleFunc("GET /die", func(http.ResponseWriter, *http.Request) {
		fmt.Fprintln(os.Stderr, "CUDA error: device-side assert triggered")
		os.Exit(3) //nolint:forbidigo // a program's part
	})
	panic(http.ListenAndServe(net.JoinHostPort(flag("--host"), flag("--port")), nil))
}

// playParent starts a server as aeb would and stays, to be killed.
func playParent() {
	if err := os.Setenv(behaves, serves); err != nil {
		panic(err)
	}
	s, err := Start(testContext, os.Args[0], backend(), slog.New(slog.DiscardHandler))
	if err != nil {
		panic(err)
	}
	fmt.Fprintln(os.Stdout, s.Endpoint())
	select {}
}

func backend() config.Backend {
	c, err := config.LoadRun("", "backend.type=pytorch", "backend.model=tiny/model", "backend.ready_timeout_s=20")
	if err != nil {
		panic(strings.ReplaceAll(err.Error(), "\n", " "))
	}
	return c.Backend
}
