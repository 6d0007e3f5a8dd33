package scrape

import (
	"bytes"
	"fmt"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// gauge is one value of an event and the metrics that it is read from, the first
// that is there: vLLM's, then SGLang's, then TGI's, which no other server has. Of
// a histogram it is the sum: TGI counts tokens in these alone. A server's engines each have a series: add sums them, and what
// is a ratio is averaged instead.
type gauge struct {
	names []string
	mean  bool
	into  func(*event.ServerSampled) **float64
}

var gauges = []gauge{
	{names: []string{"vllm:num_requests_running", "sglang:num_running_reqs", "tgi_batch_current_size"}, into: func(s *event.ServerSampled) **float64 { return &s.RequestsRunning }},
	{names: []string{"vllm:num_requests_waiting", "sglang:num_queue_reqs", "tgi_queue_size"}, into: func(s *event.ServerSampled) **float64 { return &s.RequestsWaiting }},
	{names: []string{"vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc", "sglang:token_usage"}, mean: true, into: func(s *event.ServerSampled) **float64 { return &s.KVCacheUsageRatio }},
	{names: []string{"vllm:prompt_tokens_total", "sglang:prompt_tokens_total", "tgi_request_input_length"}, into: func(s *event.ServerSampled) **float64 { return &s.PromptTokensTotal }},
	{names: []string{"vllm:generation_tokens_total", "sglang:generation_tokens_total", "tgi_request_generated_tokens"}, into: func(s *event.ServerSampled) **float64 { return &s.GenerationTokensTotal }},
	{names: []string{"vllm:request_success_total", "tgi_request_success"}, into: func(s *event.ServerSampled) **float64 { return &s.RequestSuccessTotal }},
	{names: []string{"vllm:num_preemptions_total"}, into: func(s *event.ServerSampled) **float64 { return &s.PreemptionsTotal }},
}

// Parse fills the values of s from a page. It reports whether any was there.
func Parse(page []byte, s *event.ServerSampled) (bool, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(page))
	if err != nil {
		return false, fmt.Errorf("server metrics: %w", err)
	}
	found := false
	for _, g := range gauges {
		for _, name := range g.names {
			if v, ok := value(families[name], g.mean); ok {
				*g.into(s) = &v
				found = true
				break
			}
		}
	}
	return found, nil
}

// value adds a family's series up, or averages them.
func value(family *dto.MetricFamily, mean bool) (float64, bool) {
	sum, n := 0.0, 0
	for _, m := range family.GetMetric() {
		switch {
		case m.Gauge != nil:
			sum += m.Gauge.GetValue()
		case m.Counter != nil:
			sum += m.Counter.GetValue()
		case m.Untyped != nil:
			sum += m.Untyped.GetValue()
		case m.Histogram != nil:
			sum += m.Histogram.GetSampleSum()
		default:
			continue
		}
		n++
	}
	if mean && n > 0 {
		sum /= float64(n)
	}
	// A value that is no number, or not finite, says nothing.
	return sum, n > 0 && sum-sum == 0
}
