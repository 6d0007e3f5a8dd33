package archive

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
)

// endType is the type of the last line. It is a CloudEvent like the others, but no
// event of a run: no stream ever holds it.
const endType = "com.neuralwatt.aeb.run.exported.v1"

// End is what the last line says of the file.
type End struct {
	// State is the run's, at its end.
	State run.State `json:"state"`
	// Events is how many lines come before.
	Events int64 `json:"events"`
	// Unreadable counts stored messages that are no events and are not in the file.
	Unreadable int64 `json:"unreadable"`
}

// endLine is the last line's form.
type endLine struct {
	SpecVersion string      `json:"specversion"`
	ID          string      `json:"id"`
	Source      string      `json:"source"`
	Type        string      `json:"type"`
	Time        time.Time   `json:"time"`
	ContentType string      `json:"datacontenttype"`
	Run         event.RunID `json:"runid"`
	Data        End         `json:"data"`
}

func (e End) line(at time.Time) ([]byte, error) {
	return json.Marshal(endLine{
		SpecVersion: "1.0", ID: string(e.State.Run) + "/export", Source: "/aeb/export", Type: endType,
		Time: at.UTC(), ContentType: "application/json", Run: e.State.Run, Data: e,
	})
}

// isEnd reports whether a line is the last one's kind.
func isEnd(line []byte) bool {
	var kind struct {
		Type string `json:"type"`
	}
	return json.Unmarshal(line, &kind) == nil && kind.Type == endType
}

func parseEnd(line []byte) (End, error) {
	var l endLine
	if err := json.Unmarshal(line, &l); err != nil {
		return End{}, fmt.Errorf("end of the run: %w", err)
	}
	s := l.Data.State
	if _, err := event.ParseRunID(string(s.Run)); err != nil || l.Run != s.Run {
		return End{}, errors.New("end of the run: it does not say which run ended")
	}
	if !s.Phase.Final() {
		return End{}, fmt.Errorf("end of the run: run %s is %q, and only one that has ended can be taken in", s.Run, s.Phase)
	}
	return l.Data, nil
}
