package compare

import "github.com/neuralwatt/ai-energy-benchmarks/pkg/event"

// figure is one line of a comparison.
type figure struct {
	name, title, unit string
	value             func(s *event.Summary) *float64
	// interval is nil where the values behind a figure do not bound it.
	interval func(s Samples) *Interval
}

var figures = []figure{
	{"requests_total", "requests", "1", count(func(s *event.Summary) int64 { return s.Requests.Total }), nil},
	{"requests_ok", "requests ok", "1", count(func(s *event.Summary) int64 { return s.Requests.OK }), nil},
	{"requests_per_s", "requests/s", "1/s", plain(func(s *event.Summary) float64 { return s.Throughput.RequestsPerS }), nil},
	{"output_tokens_per_s", "output tokens/s", "1/s", func(s *event.Summary) *float64 { return s.Throughput.OutputTokensPerS }, nil},
	{"ttft_p50_ms", "TTFT p50", "ms", latency(ttft, p50), milli(func(s Samples) *Interval { return exact(s.TTFTS, 0.5) })},
	{"ttft_p99_ms", "TTFT p99", "ms", latency(ttft, p99), milli(func(s Samples) *Interval { return exact(s.TTFTS, 0.99) })},
	{"tpot_p50_ms", "TPOT p50", "ms", latency(tpot, p50), milli(func(s Samples) *Interval { return exact(s.TPOTS, 0.5) })},
	{"tpot_p99_ms", "TPOT p99", "ms", latency(tpot, p99), milli(func(s Samples) *Interval { return exact(s.TPOTS, 0.99) })},
	{"j_per_request_p50", "J per request p50", "J", perRequest, func(s Samples) *Interval { return s.perRequestJ(0.5) }},
	{"j_per_output_token", "J per output token", "J", func(s *event.Summary) *float64 { return s.Energy.JPerOutputToken }, perToken},
	{"wh_per_1000_requests", "Wh per 1,000 requests", "Wh", func(s *event.Summary) *float64 { return s.Energy.WhPer1000Requests }, per1000},
	{"gco2e", "gCO2e", "g", func(s *event.Summary) *float64 { return s.Emissions.GCO2e }, nil},
}

func count(of func(*event.Summary) int64) func(*event.Summary) *float64 {
	return plain(func(s *event.Summary) float64 { return float64(of(s)) })
}

func plain(of func(*event.Summary) float64) func(*event.Summary) *float64 {
	return func(s *event.Summary) *float64 {
		v := of(s)
		return &v
	}
}

func ttft(s *event.Summary) *event.Distribution { return s.Latency.TTFTS }
func tpot(s *event.Summary) *event.Distribution { return s.Latency.TPOTS }
func p50(d *event.Distribution) float64         { return d.P50 }
func p99(d *event.Distribution) float64         { return d.P99 }

const msPerS = 1e3

// latency is in seconds in a summary.
func latency(of func(*event.Summary) *event.Distribution, at func(*event.Distribution) float64) func(*event.Summary) *float64 {
	return func(s *event.Summary) *float64 {
		d := of(s)
		if d == nil {
			return nil
		}
		v := at(d) * msPerS
		return &v
	}
}

func milli(of func(Samples) *Interval) func(Samples) *Interval {
	return func(s Samples) *Interval {
		i := of(s)
		if i == nil {
			return nil
		}
		return &Interval{Low: scaled(i.Low, msPerS), High: scaled(i.High, msPerS)}
	}
}

func scaled(v *float64, by float64) *float64 {
	if v == nil {
		return nil
	}
	out := *v * by
	return &out
}

func perRequest(s *event.Summary) *float64 {
	if len(s.Methods) == 0 || s.Methods[0].PerRequestJ == nil {
		return nil
	}
	return &s.Methods[0].PerRequestJ.P50
}

func perToken(s Samples) *Interval {
	return s.ratio(1, func(e Energy) float64 { return e.OutputTokens })
}

// per1000 is joules for one request as watt-hours for a thousand.
func per1000(s Samples) *Interval {
	const whPerJ = 1.0 / 3600
	return s.ratio(1000*whPerJ, func(Energy) float64 { return 1 })
}
