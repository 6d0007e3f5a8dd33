package service

import (
	"encoding/json"
	"maps"
	"net/http"
	"sync"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/bus"
)

// Health collects what makes the service ready. Alive means the process answers;
// ready means it is started, connected and no loop has ended.
type Health struct {
	bus *bus.Bus

	mu       sync.Mutex
	stopping bool
	parts    map[string]string
}

func newHealth(b *bus.Bus) *Health { return &Health{bus: b, parts: map[string]string{}} }

// Set makes one part of the service unready for a reason, or ready with "".
func (h *Health) Set(part, reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.parts[part] = reason
}

func (h *Health) add(loop string) { h.Set("loop "+loop, "") }

func (h *Health) fail(loop string, err error) {
	reason := "ended"
	if err != nil {
		reason = err.Error()
	}
	h.Set("loop "+loop, reason)
}

func (h *Health) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopping = true
}

// problems names every part that is not ready.
func (h *Health) problems() map[string]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := maps.Clone(h.parts)
	maps.DeleteFunc(out, func(_, reason string) bool { return reason == "" })
	if h.stopping {
		out["service"] = "stopping"
	}
	if !h.bus.Connected() {
		out["broker"] = "not connected"
	}
	return out
}

// ready answers 200, or 503 with the reasons as JSON.
func (h *Health) ready(w http.ResponseWriter, _ *http.Request) {
	problems := h.problems()
	w.Header().Set("Content-Type", "application/json")
	if len(problems) > 0 {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"ready": len(problems) == 0, "problems": problems})
}
