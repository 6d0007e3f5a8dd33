package tables

import "github.com/neuralwatt/ai-energy-benchmarks/pkg/event"

var promptColumns = []string{
	"run_id", "run_date", "request_id", "prompt_index", "warmup", "prompt", "prompt_sha256", "scheduled_ns",
	"expected_input_tokens", "expected_output_tokens", "max_tokens", "queued_ns",
	"cooldown", "turns", "cancel_after_tokens", "cancel_after_ns",
}

func promptRow(e event.Event, p *event.PromptQueued) Row {
	plan := p.Cancel
	if plan == nil {
		plan = &event.CancelPlan{}
	}
	return Row{Prompts, []any{
		string(e.ID.Run), date(e.ID.Run), p.RequestID, p.Index, p.Warmup, p.Prompt, p.PromptSHA256, p.ScheduledNS,
		p.ExpectedInputTokens, p.ExpectedOutputTokens, p.Generate.MaxTokens, e.Time.UnixNano(),
		p.Cooldown, uint16(len(p.Turns)), plan.AfterTokens, plan.AfterNS,
	}}
}

var requestColumns = []string{
	"run_id", "run_date", "request_id", "attempt", "prompt_index", "warmup", "driver", "host", "endpoint", "replica", "api",
	"scheduled_ns", "received_ns", "sent_ns", "first_byte_after_ns", "first_token_after_ns", "first_output_after_ns",
	"last_token_after_ns", "end_after_ns", "chunk_gaps_ns", "token_source", "input_tokens", "output_tokens",
	"reasoning_tokens", "cached_tokens", "finish_reason", "status", "error_class", "error", "http_status",
	"server_queue_ns", "server_first_token_ns", "server_generation_ns", "flags",
	"cooldown", "session", "turn", "stage", "stage_name",
}

func requestRow(e event.Event, r *event.RequestFinished) Row {
	server := r.Server
	if server == nil {
		server = &event.ServerTimings{}
	}
	return Row{Requests, []any{
		string(e.ID.Run), date(e.ID.Run), r.RequestID, uint16(r.Attempt), r.Index, r.Warmup, e.ID.Producer.Instance,
		r.Clock.Host, r.Endpoint, r.Replica, r.API,
		r.ScheduledNS, r.Received.WallNS, r.Sent.WallNS, r.FirstByteAfterNS, r.FirstTokenAfterNS, r.FirstOutputAfterNS,
		r.LastTokenAfterNS, r.EndAfterNS, r.ChunkGapsNS, string(r.Tokens.Source), r.Tokens.Input, r.Tokens.Output,
		r.Tokens.Reasoning, r.Tokens.Cached, r.FinishReason, string(r.Status), r.ErrorClass, r.Error, uint16(r.HTTPStatus),
		server.QueueNS, server.FirstTokenNS, server.GenerationNS, r.Flags,
		r.Cooldown, r.Session, uint16(r.Turn), uint16(r.Stage), r.StageName,
	}}
}
