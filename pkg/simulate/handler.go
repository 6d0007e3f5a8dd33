package simulate

import (
	"crypto/subtle"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// ServerVersion is what /version says. It is no version of vLLM's on purpose.
const ServerVersion = "0.0.0+simulated"

// Handler serves the OpenAI-compatible API, /metrics and /simulate/….
func (s *Simulator) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/completions", s.serveBy(asCompletion))
	mux.HandleFunc("POST /v1/chat/completions", s.serveBy(asChat))
	mux.HandleFunc("POST /v1/responses", s.serveBy(asResponse))
	mux.HandleFunc("GET /v1/models", s.models)
	mux.HandleFunc("POST /tokenize", s.tokenize)
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, map[string]string{"version": ServerVersion})
	})
	healthy := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }
	mux.HandleFunc("GET /health", healthy)
	mux.HandleFunc("/ping", healthy)
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.stats.registry, promhttp.HandlerOpts{}))

	mux.HandleFunc("GET /simulate/devices", s.listDevices)
	mux.HandleFunc("GET /simulate/read", s.readDevices)
	mux.HandleFunc("GET /simulate/samples", s.listSamples)
	mux.HandleFunc("GET /simulate/ledger", func(w http.ResponseWriter, r *http.Request) { writeLedger(w, r, s.Truth) })
	mux.HandleFunc("GET /simulate/faults", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, s.Faults()) })
	mux.HandleFunc("PUT /simulate/faults", s.putFaults)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		(&apiError{http.StatusNotFound, "Not Found", "Not Found", ""}).write(w)
	})
	return s.guard(mux)
}

// guard asks for the key under /v1 when there is one.
func (s *Simulator) guard(next http.Handler) http.Handler {
	if s.cfg.APIKey == "" {
		return next
	}
	want := []byte("Bearer " + s.cfg.APIKey)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v1") && subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), want) != 1 {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"error":"Unauthorized"}`)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Simulator) models(w http.ResponseWriter, _ *http.Request) {
	created := s.birth.WallNS / 1e9
	writeJSON(w, map[string]any{"object": "list", "data": []any{map[string]any{
		"id": s.cfg.Model, "object": "model", "created": created, "owned_by": "vllm", "root": "simulated", "parent": nil,
		"max_model_len": s.cfg.MaxModelLen,
		"permission": []any{map[string]any{
			"id": "modelperm-simulated", "object": "model_permission", "created": created, "allow_create_engine": false,
			"allow_sampling": true, "allow_logprobs": true, "allow_search_indices": false, "allow_view": true,
			"allow_fine_tuning": false, "organization": "*", "group": nil, "is_blocking": false,
		}},
	}}})
}

func (s *Simulator) tokenize(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		invalid("", "body: %v", err).write(w)
		return
	}
	var form struct {
		Messages json.RawMessage `json:"messages"`
	}
	// What is wrong with the body is said by the reader of requests.
	_ = json.Unmarshal(body, &form)
	q, problem := decodeRequest(body, form.Messages != nil)
	if problem != nil {
		problem.write(w)
		return
	}
	ids := make([]uint64, q.tokens[0])
	for i := range ids {
		ids[i] = mix(hashText(uint64(i), q.prompts[0])) % 128_000
	}
	writeJSON(w, map[string]any{"count": len(ids), "max_model_len": s.cfg.MaxModelLen, "tokens": ids, "token_strs": nil})
}

func (s *Simulator) listDevices(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, s.sensors.describe())
}

// Read reads every device's sensors at this moment.
func (s *Simulator) Read() []Reading {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	out := make([]Reading, len(s.cfg.Devices))
	for i := range out {
		out[i] = s.sensors.read(i, now)
	}
	return out
}

func (s *Simulator) readDevices(w http.ResponseWriter, _ *http.Request) { writeJSON(w, s.Read()) }

func (s *Simulator) listSamples(w http.ResponseWriter, r *http.Request) {
	since, err := queryNS(r, "since_ns")
	if err != nil {
		err.write(w)
		return
	}
	s.mu.Lock()
	samples := s.sensors.samples(since, s.now())
	s.mu.Unlock()
	out := make(map[string][]Sample, len(s.cfg.Devices))
	for _, d := range s.cfg.Devices {
		out[d.ID] = samples
	}
	writeJSON(w, out)
}

// writeLedger answers with the books of a run.
func writeLedger(
	w http.ResponseWriter, r *http.Request, truth func(run event.RunID, from, to int64) (*event.TruthRecorded, error),
) {
	from, problem := queryNS(r, "from_ns")
	to, other := queryNS(r, "to_ns")
	if problem == nil {
		problem = other
	}
	if problem != nil {
		problem.write(w)
		return
	}
	t, err := truth(event.RunID(r.URL.Query().Get("run")), from, to)
	if err != nil {
		(&apiError{http.StatusGone, "Gone", err.Error(), "from_ns"}).write(w)
		return
	}
	writeJSON(w, t)
}

// queryNS reads a time from the query; absent is 0.
func queryNS(r *http.Request, name string) (int64, *apiError) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	v, err := strconv.ParseInt(text, 10, 64)
	if err != nil || v < 0 {
		return 0, refused(name, "%s: %q is no time in nanoseconds", name, text)
	}
	return v, nil
}

func (s *Simulator) putFaults(w http.ResponseWriter, r *http.Request) {
	var list []Fault
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&list); err != nil {
		invalid("", "faults: %v", err).write(w)
		return
	}
	if err := s.SetFaults(list...); err != nil {
		refused("kind", "%v", err).write(w)
		return
	}
	writeJSON(w, s.Faults())
}
