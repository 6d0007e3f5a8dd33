package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus/natsbus"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/config"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/clickhouse"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/service"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/stack"
	energysampler "github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler"
)

// Options say what to look at.
type Options struct {
	Data     string
	NATS     string
	Endpoint string
	// Fetch gets the ClickHouse engine when it is not here.
	Fetch bool
}

// State is how a part is.
type State int

// Good parts work, Lacking ones a run goes on without, Broken ones stop it.
const (
	Good State = iota
	Lacking
	Broken
)

// Finding is what there is to say of one part.
type Finding struct {
	Part   string
	State  State
	Text   string
	Advice string
}

// Mark is a short word for the state.
func (f Finding) Mark() string { return [...]string{"ok", "--", "!!"}[f.State] }

// patience bounds every question to something outside this process.
const patience = 5 * time.Second

// Examine yields the findings one by one.
func Examine(ctx context.Context, o Options) iter.Seq[Finding] {
	checks := []func(context.Context, Options) []Finding{system, data, clickHouse, sensors, broker, endpoint}
	return func(yield func(Finding) bool) {
		for _, check := range checks {
			for _, f := range check(ctx, o) {
				if !yield(f) {
					return
				}
			}
		}
	}
}

func system(context.Context, Options) []Finding {
	return []Finding{{Part: "system", Text: fmt.Sprintf("%s/%s, %d processors, built with %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), runtime.Version())}}
}

// data tries to write where a run will.
func data(_ context.Context, o Options) []Finding {
	dir, err := filepath.Abs(o.Data)
	if err == nil {
		err = os.MkdirAll(dir, 0o750)
	}
	if err == nil {
		var f *os.File
		if f, err = os.CreateTemp(dir, "doctor"); err == nil {
			err = errors.Join(f.Close(), os.Remove(f.Name()))
		}
	}
	if err != nil {
		return []Finding{{Part: "data", State: Broken, Text: err.Error(), Advice: "choose a folder that you can write to with --data"}}
	}
	return []Finding{{Part: "data", Text: dir + " can be written to"}}
}

func clickHouse(ctx context.Context, o Options) []Finding {
	const part = "clickhouse"
	if o.Fetch {
		path, err := clickhouse.Fetch(ctx, nil)
		if err != nil {
			return []Finding{{Part: part, State: Broken, Text: err.Error(), Advice: "npm must be installed and reach its registry"}}
		}
		return []Finding{{Part: part, Text: "engine at " + path}}
	}
	path, err := clickhouse.Cached()
	if err != nil {
		return []Finding{{Part: part, State: Lacking, Text: err.Error(), Advice: "aeb doctor --fetch gets it; until then runs write files and no tables"}}
	}
	return []Finding{{Part: part, Text: "engine at " + path}}
}

// sensors lists what the sampler would read here, with its settings from the
// environment as a run takes them.
func sensors(ctx context.Context, _ Options) []Finding {
	settings := energysampler.DefaultConfig()
	err := config.LoadService("", service.EnvPrefix, &settings)
	if err == nil {
		err = settings.Validate()
	}
	if err != nil {
		return []Finding{{Part: "sensors", State: Broken, Text: err.Error(), Advice: "correct the AEB_ variable of that name, or remove it"}}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var out []Finding
	for _, s := range energysampler.Probe(ctx, settings) {
		f := Finding{Part: "sensor " + s.Kind, Text: s.Text, Advice: s.Advice}
		switch {
		case s.Fatal:
			f.State = Broken
		case !s.Usable:
			f.State = Lacking
		}
		out = append(out, f)
	}
	return out
}

func broker(ctx context.Context, o Options) []Finding {
	const part = "broker"
	if o.NATS == "" {
		return []Finding{{Part: part, Text: "embedded"}}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	login, err := stack.Login(o.NATS)
	if err != nil {
		return []Finding{{Part: part, State: Broken, Text: err.Error()}}
	}
	login.Name = "aeb-doctor"
	differences, err := natsbus.Differences(ctx, login)
	if err != nil {
		text := login.Address() + ": " + err.Error()
		return []Finding{{Part: part, State: Broken, Text: text, Advice: "is nats-server running there, with JetStream, and does it know AEB_NATS_USER?"}}
	}
	findings := []Finding{{Part: part, Text: login.Address() + " answers"}}
	for _, d := range differences {
		f := Finding{Part: part, State: Lacking, Text: d.String(), Advice: "aeb setup would change it"}
		if d.Missing() {
			f.State, f.Advice = Broken, "aeb setup makes it"
		}
		findings = append(findings, f)
	}
	return findings
}

// endpoint asks an inference server for its models.
func endpoint(ctx context.Context, o Options) []Finding {
	const part = "server"
	if o.Endpoint == "" {
		return nil
	}
	base := strings.TrimSuffix(strings.TrimRight(o.Endpoint, "/"), "/v1")
	models, err := models(ctx, base+"/v1/models")
	if err != nil {
		return []Finding{{Part: part, State: Broken, Text: err.Error(), Advice: "start the server, or correct backend.endpoint"}}
	}
	return []Finding{{Part: part, Text: base + " serves " + strings.Join(models, ", ")}}
}

func models(ctx context.Context, url string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", url, response.Status)
	}
	var body struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if err := json.NewDecoder(response.Body).Decode(&body); err != nil {
		return nil, fmt.Errorf("models of %s: %w", url, err)
	}
	names := make([]string, len(body.Data))
	for i, m := range body.Data {
		names[i] = m.ID
	}
	return names, nil
}
