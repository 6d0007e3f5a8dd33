package archive

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/envelope"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// Record is an event and when a broker stored it. What was stored after the run
// was sealed came late, wherever it is replayed.
type Record struct {
	Event    event.Event
	StoredAt time.Time
}

// extension is what a line has beyond the event: a CloudEvents extension attribute.
type extension struct {
	StoredAt time.Time `json:"storedat"`
}

// line is the event in structured mode, with its extension.
func (r Record) line() ([]byte, error) {
	text, err := envelope.Marshal(r.Event)
	if err != nil {
		return nil, err
	}
	more, err := json.Marshal(extension{r.StoredAt.UTC()})
	if err != nil {
		return nil, fmt.Errorf("event %s: %w", r.Event.ID, err)
	}
	// Both are objects that are not empty.
	return append(append(text[:len(text)-1], ','), more[1:]...), nil
}

func parse(line []byte) (Record, error) {
	e, err := envelope.Unmarshal(line)
	if err != nil {
		return Record{}, err
	}
	var more extension
	if err := json.Unmarshal(line, &more); err != nil {
		return Record{}, fmt.Errorf("storedat: %w", err)
	}
	if more.StoredAt.IsZero() {
		return Record{}, fmt.Errorf("event %s does not say when it was stored (storedat)", e.ID)
	}
	return Record{e, more.StoredAt}, nil
}
