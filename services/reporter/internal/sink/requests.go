package sink

import (
	"io"
	"strconv"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// requestColumns are the columns of requests.csv.
var requestColumns = []string{
	"run_id", "request_id", "attempt", "method", "status", "error_class", "warmup", "endpoint", "replica",
	"scheduled_ns", "sent_ns", "first_byte_ns", "first_token_ns", "last_token_ns",
	"ttft_s", "itl_mean_s", "tpot_s", "e2e_s",
	"input_tokens", "output_tokens", "reasoning_tokens", "cached_tokens",
	"energy_j", "energy_low_j", "energy_high_j", "dynamic_j", "idle_j", "queue_j", "prefill_j", "decode_j",
	"cpu_j", "ram_j", "j_per_output_token", "emissions_gco2e", "coverage", "provenance", "flags",
}

func writeRequests(path string, rows []event.ResultRequest) error {
	return replace(path, func(w io.Writer) error { return WriteRequests(w, rows) })
}

// WriteRequests writes requests.csv.
func WriteRequests(w io.Writer, rows []event.ResultRequest) error {
	return table(w, requestColumns, func(yield func([]string) bool) {
		for i := range rows {
			if !yield(requestRow(&rows[i])) {
				return
			}
		}
	})
}

func requestRow(r *event.ResultRequest) []string {
	return []string{
		string(r.RunID), r.RequestID, strconv.Itoa(r.Attempt), r.Method, string(r.Status), r.ErrorClass,
		strconv.FormatBool(r.Warmup), r.Endpoint, r.Replica,
		integer(r.ScheduledNS), strconv.FormatInt(r.SentNS, 10), integer(r.FirstByteNS), integer(r.FirstTokenNS), integer(r.LastTokenNS),
		number(r.TTFTS), number(r.ITLMeanS), number(r.TPOTS), float(r.E2ES),
		integer(r.InputTokens), integer(r.OutputTokens), integer(r.ReasoningTokens), integer(r.CachedTokens),
		number(r.EnergyJ), number(r.EnergyLowJ), number(r.EnergyHighJ), number(r.DynamicJ), number(r.IdleJ),
		number(r.QueueJ), number(r.PrefillJ), number(r.DecodeJ), number(r.CPUJ), number(r.RAMJ),
		number(r.JPerOutputToken), number(r.EmissionsGCO2e), number(r.Coverage), string(r.Provenance), strings.Join(r.Flags, " "),
	}
}

// float is the shortest text that reads back to the same bits.
func float(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

func number(v *float64) string {
	if v == nil {
		return ""
	}
	return float(*v)
}

func integer(v *int64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatInt(*v, 10)
}
