package report

import "github.com/neuralwatt/ai-energy-benchmarks/pkg/event"

// part is a piece of the measured energy.
type part struct {
	Class, Name, Joules, Share string
	X, W                       px
}

// account splits the measured energy of the accelerators, by the primary method.
func account(s event.Summary) []part {
	if len(s.Methods) == 0 || s.Methods[0].MeasuredJ <= 0 {
		return nil
	}
	m := s.Methods[0]
	const width = 720
	x := px(0)
	var out []part
	for _, p := range []struct {
		class, name string
		joules      float64
	}{
		{class(1), "answered requests", m.OKJ},
		{class(4), "warm-up", m.WarmupJ},
		{class(5), "failed requests", m.FailedJ},
		{class(6), "cancelled requests", m.CancelledJ},
		{class(2), "attempts made again", m.RetriedJ},
		{"idle", "idle", m.IdleJ},
		{"loose", "unattributed", m.UnattributedJ},
		{"hole", "over gaps", m.GapJ},
	} {
		w := px(p.joules / m.MeasuredJ * width)
		out = append(out, part{p.class, p.name, figure(p.joules), percent(p.joules / m.MeasuredJ), x, w})
		x += w
	}
	return out
}
