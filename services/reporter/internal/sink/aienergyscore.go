package sink

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/collect"
	"github.com/neuralwatt/ai-energy-benchmarks/services/reporter/internal/result"
)

// AIEnergyScore's figures are of one request at a time. A run that had more in
// flight is cheaper per request, so its files have other names, which nobody
// uploads by mistake, and say the label inside as well.
const (
	batchOne   = "batch-1"
	concurrent = "concurrent"
)

func scoreLabel(s event.Summary) string {
	if s.Throughput.ConcurrencyMax == 1 {
		return batchOne
	}
	return concurrent
}

// scoreName is base.ext for a run of one request at a time, else
// base.concurrent.ext.
func scoreName(s event.Summary, base, ext string) string {
	if scoreLabel(s) == batchOne {
		return base + ext
	}
	return base + "." + concurrent + ext
}

// scoreSummary is GPU_ENERGY_SUMMARY.json: AIEnergyScore's keys, then ours. The
// energy is the accelerators' alone. A prompt's preparation happens before it is
// sent, so it is not in the figure and not known.
type scoreSummary struct {
	Units string   `json:"units"`
	Total *float64 `json:"total"`
	// Format is whose measurement it is of the two that AIEnergyScore knows.
	Format       string   `json:"format"`
	PreprocessWh *float64 `json:"preprocess_wh"`
	PrefillWh    *float64 `json:"prefill_wh"`
	DecodeWh     *float64 `json:"decode_wh"`
	// OtherWh is the rest of Total: idle, queues, gaps, and what is
	// unattributed.
	OtherWh        *float64    `json:"other_wh"`
	Label          string      `json:"label"`
	ConcurrencyMax int64       `json:"concurrency_max"`
	Method         string      `json:"method"`
	Simulated      bool        `json:"simulated"`
	Status         string      `json:"status"`
	RunID          event.RunID `json:"run_id"`
}

// writeScore writes the two GPU_ENERGY files. A run whose accelerators were not
// measured has no figure: null, and a text without a number.
func writeScore(dir string, res result.Result) error {
	s := res.Summary
	text := "not measured\n"
	if wh := s.Energy.GPUWh; wh != nil {
		text = scoreNumber(*wh) + "\n"
	}
	err := replace(filepath.Join(dir, scoreName(s, "GPU_ENERGY_WH", ".txt")), func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
	if err != nil {
		return err
	}
	return replace(filepath.Join(dir, scoreName(s, "GPU_ENERGY_SUMMARY", ".json")), func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		return encoder.Encode(scoreOf(res))
	})
}

func scoreOf(res result.Result) scoreSummary {
	s := res.Summary
	out := scoreSummary{
		Units: "Wh", Format: "ai_energy_benchmarks", Label: scoreLabel(s), ConcurrencyMax: s.Throughput.ConcurrencyMax, Method: s.Energy.Method,
		Simulated: s.Simulated, Status: s.Status, RunID: s.RunID,
	}
	if s.Energy.GPUWh == nil {
		return out
	}
	var prefillJ, decodeJ float64
	for i := range res.Rows {
		if row := &res.Rows[i]; row.Method == s.Energy.Method && row.PrefillJ != nil && row.DecodeJ != nil {
			prefillJ, decodeJ = prefillJ+*row.PrefillJ, decodeJ+*row.DecodeJ
		}
	}
	prefillWh, decodeWh := prefillJ/3600, decodeJ/3600
	out.Total, out.PrefillWh, out.DecodeWh = s.Energy.GPUWh, &prefillWh, &decodeWh
	out.OtherWh = new(*s.Energy.GPUWh - prefillWh - decodeWh)
	return out
}

// scoreNumber has two decimals, as AIEnergyScore writes it, and four digits below
// 1 Wh, where two decimals would be nothing.
func scoreNumber(wh float64) string {
	if wh < 1 {
		return strconv.FormatFloat(wh, 'g', 4, 64)
	}
	return fmt.Sprintf("%.2f", wh)
}

// putScore puts the run's row into master_results.csv: AIEnergyScore's columns in
// its order, then ours. What is not known, such as the model's size class, is empty.
func putScore(r *collect.Run, s event.Summary) error {
	header, row := scoreRow(r, s)
	return putRow(scoreTable(r.Config.OutputDir, s), header, row)
}

func scoreTable(dir string, s event.Summary) string {
	return filepath.Join(dir, scoreName(s, "master_results", ".csv"))
}

func scoreRow(r *collect.Run, s event.Summary) (header, row []string) {
	c := r.Config
	total, answered := prompts(r)
	tokens := s.Tokens.Total()
	per := func(scale, by float64) string {
		if s.Energy.GPUWh == nil || by == 0 {
			return ""
		}
		return float(*s.Energy.GPUWh * scale / by)
	}
	tokensPerJ := ""
	if wh := s.Energy.GPUWh; wh != nil && *wh > 0 && tokens != nil {
		tokensPerJ = float(float64(*tokens) / (*wh * 3600))
	}
	reason := ""
	if s.Failure != nil {
		reason = s.Failure.Class + ": " + s.Failure.Reason
	}
	p := &pairs{}
	p.add("model_name", c.Backend.Model)
	p.add("model_class", "")
	p.add("task", c.Backend.Task)
	p.add("reasoning_state", onOff(c.Scenario.Reasoning))
	p.add("total_prompts", strconv.Itoa(total))
	p.add("successful_prompts", strconv.Itoa(answered))
	p.add("failed_prompts", strconv.Itoa(total-answered))
	p.add("total_duration_seconds", float(s.DurationS))
	p.add("avg_total_time", mean(s.Latency.E2ES))
	p.add("avg_time_to_first_token", mean(s.Latency.TTFTS))
	p.add("total_tokens", integer(tokens))
	p.add("total_prompt_tokens", integer(s.Tokens.Input))
	p.add("total_completion_tokens", integer(s.Tokens.Output))
	p.add("throughput_tokens_per_second", number(s.Throughput.TotalTokensPerS))
	p.add("gpu_energy_wh", number(s.Energy.GPUWh))
	p.add("wh_per_1000_queries", per(1000, float64(answered)))
	p.add("co2_emissions_g", number(s.Emissions.GCO2e))
	p.add("tokens_per_joule", tokensPerJ)
	p.add("avg_energy_per_prompt_wh", per(1, float64(answered)))
	p.add("timestamp", time.Unix(0, s.EndedNS).UTC().Format(time.RFC3339))
	p.add("error_message", reason)

	p.add("run_id", string(s.RunID))
	p.add("label", scoreLabel(s))
	p.add("concurrency_max", strconv.FormatInt(s.Throughput.ConcurrencyMax, 10))
	p.add("co2_scope", s.Emissions.Scope)
	p.add("simulated", strconv.FormatBool(s.Simulated))
	p.add("status", s.Status)
	return p.header, p.row
}

func onOff(reasoning *bool) string {
	switch {
	case reasoning == nil:
		return ""
	case *reasoning:
		return "On"
	}
	return "Off"
}
