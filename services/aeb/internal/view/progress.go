package view

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/run"
	"github.com/neuralwatt/ai-energy-benchmarks/services/aeb/internal/follow"
)

// Progress shows a run while it goes on.
type Progress struct {
	w        io.Writer
	terminal bool
	width    int
	began    time.Time
	phase    run.Phase
	lastLine time.Time
}

// NewProgress writes to w: one line that is drawn over when it is a terminal of
// the given width, otherwise a line at every phase and every five seconds.
func NewProgress(w io.Writer, terminal bool, width int) *Progress {
	return &Progress{w: w, terminal: terminal, width: width, began: time.Now()}
}

const lineInterval = 5 * time.Second

// Show draws a snapshot.
func (p *Progress) Show(s follow.Snapshot) {
	now := time.Now()
	changed := s.State.Phase != p.phase
	p.phase = s.State.Phase
	if p.terminal {
		fmt.Fprintf(p.w, "\r\x1b[K%s", p.bar(s, now))
		return
	}
	if changed || now.Sub(p.lastLine) >= lineInterval {
		p.lastLine = now
		fmt.Fprintln(p.w, p.text(s, now))
	}
}

// Done ends the line that was drawn over.
func (p *Progress) Done() {
	if p.terminal {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

func (p *Progress) text(s follow.Snapshot, now time.Time) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%5.1fs %-9s", now.Sub(p.began).Seconds(), s.State.Phase)
	if waiting := s.State.Waiting(); s.State.Phase == run.Baseline && len(waiting) > 0 {
		fmt.Fprintf(&b, " waiting for %s", strings.Join(waiting, ", "))
	}
	if s.Done > 0 || s.InFlight > 0 {
		fmt.Fprintf(&b, " %d/%d requests, %d in flight", s.Done, s.Total, s.InFlight)
	}
	if s.Failed > 0 {
		fmt.Fprintf(&b, ", %d failed", s.Failed)
	}
	if s.HasPower {
		fmt.Fprintf(&b, ", %.0f W", s.PowerW)
	}
	return b.String()
}

const barWidth = 24

func (p *Progress) bar(s follow.Snapshot, now time.Time) string {
	filled := 0
	if s.Total > 0 {
		filled = int(min(s.Done*barWidth/s.Total, barWidth))
	}
	line := "[" + strings.Repeat("█", filled) + strings.Repeat("·", barWidth-filled) + "] " + p.text(s, now)
	if runes := []rune(line); p.width > 0 && len(runes) >= p.width {
		line = string(runes[:p.width-1])
	}
	return line
}
