// Package inferencedriver sends a run's prompts to the inference server and
// records what happened to each.
//
// It promises that replicas share a run's prompts through one durable consumer,
// so that its concurrency is exact over all of them; that every attempt ends in
// one request.finished event before its prompt is acknowledged; that a failed
// request is a result and never a redelivery; and that token counts come from
// the server's usage or are missing.
//
// It does not decide when requests are due (the prompt-loader does) and knows
// nothing of energy.
package inferencedriver
