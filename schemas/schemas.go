// Package schemas embeds the project's contracts: a JSON Schema and an example
// for every event, the AsyncAPI document, and the ClickHouse migrations.
//
// It has no dependencies, so that any module can hold itself to the contracts.
package schemas
