package event

// ProducerClosed is the last event of a producer in a run: how many events it
// published, this one included. A run is complete when every producer's count
// is met.
type ProducerClosed struct {
	Producer string `json:"producer"`
	Epoch    int64  `json:"epoch"`
	LastSeq  uint64 `json:"last_seq"`
	Count    uint64 `json:"count"`
}

// EventType implements Payload.
func (*ProducerClosed) EventType() Type { return TypeProducerClosed }

// EventSubject implements Payload.
func (*ProducerClosed) EventSubject() string { return "" }

// Validate implements Payload.
func (p *ProducerClosed) Validate() error {
	var c checker
	_, err := ParseProducer(p.Producer)
	c.require(err == nil, "producer: %v", err)
	c.require(p.Epoch > 0, "epoch: missing")
	c.require(p.Count == p.LastSeq, "count: %d events but last_seq is %d", p.Count, p.LastSeq)
	c.require(p.Count >= 1, "count: the closing event counts too")
	return c.err()
}
