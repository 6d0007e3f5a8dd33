package simulate

import (
	"github.com/prometheus/client_golang/prometheus"
)

// stats are the server's own figures under vLLM's names.
type stats struct {
	registry *prometheus.Registry

	prompt, generation          prometheus.Counter
	stopped, cut, abort         prometheus.Counter
	ttft, itl, tpot, e2e        prometheus.Observer
	queue, prefill, decode, inf prometheus.Observer
	promptTokens, outputTokens  prometheus.Observer
	iteration                   prometheus.Observer
}

// Buckets as vLLM has them.
var (
	ttftBuckets = []float64{.001, .005, .01, .02, .04, .06, .08, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640, 2560}
	itlBuckets  = []float64{.01, .025, .05, .075, .1, .15, .2, .3, .4, .5, .75, 1, 2.5, 5, 7.5, 10, 20, 40, 80}
	e2eBuckets  = []float64{.3, .5, .8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680}
)

// gauges are read when the metrics are.
type gauges struct{ running, waiting, cache func() float64 }

func newStats(model string, maxModelLen int, g gauges) *stats {
	labels := prometheus.Labels{"model_name": model, "engine": "0"}
	s := &stats{registry: prometheus.NewRegistry()}
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: "vllm:" + name, Help: help, ConstLabels: labels})
		s.registry.MustRegister(c)
		return c
	}
	histogram := func(name, help string, buckets []float64) prometheus.Observer {
		h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "vllm:" + name, Help: help, Buckets: buckets, ConstLabels: labels})
		s.registry.MustRegister(h)
		return h
	}
	for name, read := range map[string]func() float64{
		"num_requests_running": g.running, "num_requests_waiting": g.waiting, "kv_cache_usage_perc": g.cache,
	} {
		s.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "vllm:" + name, Help: "Present value (simulated).", ConstLabels: labels,
		}, read))
	}
	counts := tokenBuckets(maxModelLen)
	s.prompt = counter("prompt_tokens_total", "Prompt tokens processed (simulated).")
	s.generation = counter("generation_tokens_total", "Tokens generated (simulated).")
	success := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "vllm:request_success_total", Help: "Requests that ended, by reason (simulated).", ConstLabels: labels,
	}, []string{"finished_reason"})
	s.registry.MustRegister(success)
	s.stopped, s.cut, s.abort = success.WithLabelValues("stop"), success.WithLabelValues("length"), success.WithLabelValues("abort")
	counter("num_preemptions_total", "Always 0: the simulator reserves room in the cache before it admits.")
	s.ttft = histogram("time_to_first_token_seconds", "From arrival to the first token.", ttftBuckets)
	s.itl = histogram("inter_token_latency_seconds", "Between two tokens of a request.", itlBuckets)
	s.tpot = histogram("request_time_per_output_token_seconds", "Mean time per output token of a request.", itlBuckets)
	s.e2e = histogram("e2e_request_latency_seconds", "From arrival to the last token.", e2eBuckets)
	s.queue = histogram("request_queue_time_seconds", "From arrival to the first step.", e2eBuckets)
	s.prefill = histogram("request_prefill_time_seconds", "From the first step to the first token.", e2eBuckets)
	s.decode = histogram("request_decode_time_seconds", "From the first to the last token.", e2eBuckets)
	s.inf = histogram("request_inference_time_seconds", "From the first step to the last token.", e2eBuckets)
	s.promptTokens = histogram("request_prompt_tokens", "Prompt tokens of a request.", counts)
	s.outputTokens = histogram("request_generation_tokens", "Tokens generated for a request.", counts)
	s.iteration = histogram("iteration_tokens_total", "Tokens computed in one step.", counts)
	return s
}

// tokenBuckets are 1, 2, 5, 10, … up to the longest context.
func tokenBuckets(most int) []float64 {
	var out []float64
	for decade := 1; ; decade *= 10 {
		for _, m := range []int{1, 2, 5} {
			if m*decade > most {
				return out
			}
			out = append(out, float64(m*decade))
		}
	}
}

func (s *stats) step(tokens int) { s.iteration.Observe(float64(tokens)) }

// token notes the made-th token of a sequence.
func (s *stats) token(q *sequence, now, made int64) {
	s.generation.Inc()
	if made == 1 {
		s.prompt.Add(float64(q.prompt))
		s.ttft.Observe(seconds(now - q.arrived))
	} else {
		s.itl.Observe(seconds(now - q.latest))
	}
	q.latest = now
}

func (s *stats) finished(q *sequence) {
	if q.finish == "length" {
		s.cut.Inc()
	} else {
		s.stopped.Inc()
	}
	s.e2e.Observe(seconds(q.ended - q.arrived))
	s.queue.Observe(seconds(q.started - q.arrived))
	s.prefill.Observe(seconds(q.first - q.started))
	s.decode.Observe(seconds(q.ended - q.first))
	s.inf.Observe(seconds(q.ended - q.started))
	s.promptTokens.Observe(float64(q.prompt))
	s.outputTokens.Observe(float64(q.output))
	if q.output > 1 {
		s.tpot.Observe(seconds(q.ended-q.first) / float64(q.output-1))
	}
}

func (s *stats) aborted() { s.abort.Inc() }
