package view

import (
	"fmt"
	"io"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// steady prints the stretch without the first wave and the tail, beside the whole,
// and what held the declared bounds.
func steady(w io.Writer, s event.Summary) {
	if s.Steady != nil && s.Steady.Account != nil {
		a := s.Steady.Account
		fmt.Fprintf(w, "\nsteady state, %s s with %d in flight\t%s requests/s, %s output tokens/s", number(a.DurationS), s.Steady.InFlight,
			number(a.RequestsPerS), optional(a.OutputTokensPerS))
		fmt.Fprintln(w)
		if a.JPerRequest != nil {
			within := event.Intervals{}
			if a.Intervals != nil {
				within = *a.Intervals
			}
			fmt.Fprintf(w, "its energy, by %s\t%s J per request, %s", a.Method, number(*a.JPerRequest), between(within.JPerRequest))
			if a.JPerOutputToken != nil {
				fmt.Fprintf(w, "; %s J per output token, %s", number(*a.JPerOutputToken), between(within.JPerOutputToken))
			}
			fmt.Fprintln(w)
		}
	} else if s.Steady != nil {
		fmt.Fprintf(w, "\nno steady state\t%s\n", s.Steady.Absent)
	}
	if g := s.Goodput; g != nil {
		fmt.Fprintf(w, "goodput\t%s of requests held %s: %s requests/s", percent(g.Share), bounds(g), number(g.RequestsPerS))
		if g.JPerRequest != nil {
			fmt.Fprintf(w, ", %s J for each", number(*g.JPerRequest))
		}
		fmt.Fprintln(w)
	}
}

func bounds(g *event.Goodput) string {
	text := ""
	for _, b := range []struct {
		name  string
		limit float64
	}{{"TTFT", g.TTFTS}, {"TPOT", g.TPOTS}, {"mean ITL", g.ITLS}, {"end to end", g.E2ES}} {
		if b.limit == 0 {
			continue
		}
		if text != "" {
			text += ", "
		}
		text += b.name + " ≤ " + number(b.limit*1e3) + " ms"
	}
	return text
}

// methods prints how far apart the methods are, and what was learned.
func methods(w io.Writer, s event.Summary) {
	if d := s.MethodSpreadRel; d != nil {
		fmt.Fprintf(w, "methods on one request\tapart by %s (median), %s (p95)\n", percent(d.P50), percent(d.P95))
	}
	for _, m := range s.Methods {
		for _, f := range m.Fits {
			if !f.Usable {
				fmt.Fprintf(w, "fit of %s\tnot usable: %s\n", f.Device, f.Unusable)
				continue
			}
			fmt.Fprintf(w, "fit of %s\t%s J per prompt token, %s J per generated token, %s W while serving, %s W idle; R² %s, residual %s W\n",
				f.Device, number(f.PrefillTokenJ), number(f.DecodeTokenJ), number(f.ActiveW), optional(f.IdleW), number(f.R2), number(f.ResidualW))
		}
	}
}

// sides prints what the server and the drivers said of themselves.
func sides(w io.Writer, s event.Summary) {
	if len(s.Servers)+len(s.Clients) > 0 {
		fmt.Fprintln(w)
	}
	for _, v := range s.Servers {
		fmt.Fprintf(w, "server %s\t%s running on average, %s at most; %s waiting; KV cache %s full at most", v.Endpoint,
			optional(v.RunningMean), optional(v.RunningMax), optional(v.WaitingMean), share(v.KVCacheMax))
		if v.ForeignShare != nil {
			fmt.Fprintf(w, "; %s of its tokens for others", percent(max(0, *v.ForeignShare)))
		}
		fmt.Fprintln(w)
	}
	for _, c := range s.Clients {
		fmt.Fprintf(w, "driver %s\t%s of %d cores; %s ms late at p99, %s ms at most\n", c.Producer, share(c.CPUShare), c.Cores,
			number(c.SchedP99S*1e3), number(c.SchedMaxS*1e3))
	}
}

func share(v *float64) string {
	if v == nil {
		return missing
	}
	return percent(*v)
}
