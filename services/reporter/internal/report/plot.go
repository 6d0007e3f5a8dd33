package report

import (
	"math"
	"strconv"
	"strings"
)

// plot is a drawing with axes, in the coordinates of its SVG.
type plot struct {
	Label                    string
	Width, Height            px
	Left, Right, Top, Bottom px // edges of the drawn area
	X, Y                     []tick
	XTitle, YTitle           string
	Rects                    []rect
	Lines                    []line
	Keys                     []key

	xs, ys axis
}

type tick struct {
	At   px
	Text string
}

// rect is a bar or a band; Title is what a pointer over it reads.
type rect struct {
	X, Y, W, H   px
	Class, Title string
}

type line struct{ Class, Path string }

// key is an entry of the legend.
type key struct{ Class, Text string }

// axis maps values to a stretch of the drawing.
type axis struct {
	low, high float64
	from, to  px
}

func (a axis) at(v float64) px {
	if a.high == a.low {
		return a.from
	}
	return a.from + px((v-a.low)/(a.high-a.low))*(a.to-a.from)
}

// newPlot draws the axes; the vertical one begins at zero.
func newPlot(label string, height px, xLow, xHigh, yHigh float64) *plot {
	p := &plot{Label: label, Width: 720, Height: height, Left: 58, Right: 708, Top: 10, Bottom: height - 34}
	if yHigh <= 0 {
		yHigh = 1
	}
	p.xs = axis{xLow, xHigh, p.Left, p.Right}
	p.ys = axis{0, yHigh * 1.05, p.Bottom, p.Top}
	xStep, yStep := step(xHigh-xLow, 8), step(p.ys.high, 4)
	for v := math.Ceil(xLow/xStep) * xStep; v <= xHigh+xStep/1e6; v += xStep {
		p.X = append(p.X, tick{p.xs.at(v), round(v, xStep)})
	}
	for v := 0.0; v <= p.ys.high; v += yStep {
		p.Y = append(p.Y, tick{p.ys.at(v), round(v, yStep)})
	}
	return p
}

// step is 1, 2 or 5 times a power of ten, so that a range has about n of them.
func step(span float64, n int) float64 {
	if span <= 0 || math.IsInf(span, 0) {
		return 1
	}
	raw := span / float64(n)
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5} {
		if raw <= m*power {
			return m * power
		}
	}
	return 10 * power
}

// band shades a stretch of the horizontal axis.
func (p *plot) band(from, to float64, class, title string) {
	a, b := p.xs.at(max(from, p.xs.low)), p.xs.at(min(to, p.xs.high))
	if b > a {
		p.Rects = append(p.Rects, rect{a, p.Top, b - a, p.Bottom - p.Top, class, title})
	}
}

// bar stands on the horizontal axis.
func (p *plot) bar(from, to, height float64, class, title string) {
	x, y := p.xs.at(from), p.ys.at(height)
	p.Rects = append(p.Rects, rect{x + 0.5, y, max(0.5, p.xs.at(to)-x-1), p.Bottom - y, class, title})
}

// line joins points, and breaks where a value is not a number.
func (p *plot) line(class string, xs, ys []float64) {
	var b strings.Builder
	pen := "M"
	for i := range xs {
		if math.IsNaN(ys[i]) {
			pen = "M"
			continue
		}
		b.WriteString(pen)
		b.WriteString(p.xs.at(xs[i]).String())
		b.WriteByte(' ')
		b.WriteString(p.ys.at(ys[i]).String())
		pen = "L"
	}
	if b.Len() > 0 {
		p.Lines = append(p.Lines, line{class, b.String()})
	}
}

// Middle and Center are where the axes' titles stand; Beside and Under are where
// their labels do, Tip the end of a tick, Foot the lowest line of text.
func (p *plot) Middle() px { return (p.Top + p.Bottom) / 2 }
func (p *plot) Center() px { return (p.Left + p.Right) / 2 }
func (p *plot) Beside() px { return p.Left - 6 }
func (p *plot) Tip() px    { return p.Bottom + 4 }
func (p *plot) Under() px  { return p.Bottom + 17 }
func (p *plot) Foot() px   { return p.Height - 3 }

func class(n int) string { return "c" + strconv.Itoa(n) }
