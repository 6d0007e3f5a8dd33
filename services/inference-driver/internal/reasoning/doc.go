// Package reasoning knows how families of models are told whether to reason: by a
// variable of their chat template, a parameter for the effort, or a flag before
// the system prompt or the prompt. The families are data, formats.json. It says
// what a request must hold; writing the request is the caller's.
//
// A format acts only when the scenario says whether it wants reasoning. Which
// model a name belongs to is a guess by declared patterns, which
// scenario.reasoning_format overrules.
package reasoning
