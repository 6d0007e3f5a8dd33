package attribution

import (
	"maps"
	"slices"
)

// A beat is one step of a server's batch: everyone who decodes gets a token. A
// step takes longer while prompts are read, so that tokens do not come evenly,
// and the tokens themselves tell: beats pass as chunks are made, divided by how
// many attempts were decoding. Where no chunks are known, beats are time.

// beatNS is the resolution at which progress is kept: that of one step of a
// busy server, and finer than most sensors see power.
const beatNS = int64(20e6)

const (
	beatPage = 128
	// chunkUnit is one chunk. Progress is counted in integers, so that the order
	// of attempts cannot matter.
	chunkUnit = 1 << 16
)

// progress is how many chunks all attempts together made, by time: each one
// evenly over the gap that it ends.
type progress struct {
	pages map[int64]*[beatPage]uint64
	// The last page used: the next chunk is mostly in it too.
	page  int64
	cells *[beatPage]uint64
}

// cell is where the chunks of a beat are counted.
func (r *progress) cell(beat int64) *uint64 {
	page := floorDiv(beat, beatPage)
	if page != r.page || r.cells == nil {
		if r.pages[page] == nil {
			r.pages[page] = new([beatPage]uint64)
		}
		r.page, r.cells = page, r.pages[page]
	}
	return &r.cells[beat-page*beatPage]
}

// add counts the chunks of an attempt after its first: gaps are from start to
// the first one, and then from chunk to chunk.
// Nothing is made outside the attempt's own time.
func (r *progress) add(startNS, endNS int64, gaps []int64) {
	if r.pages == nil {
		r.pages = map[int64]*[beatPage]uint64{}
	}
	at := startNS
	for i, gap := range gaps {
		to := at + min(max(gap, 0), endNS-at)
		if i > 0 {
			r.spread(at, to)
		}
		at = to
	}
}

// spread counts one chunk that was made between two moments.
func (r *progress) spread(from, to int64) {
	beat, last := floorDiv(from, beatNS), floorDiv(to, beatNS)
	done := int64(0)
	for ; beat < last; beat++ {
		all := int64(float64(chunkUnit) * (float64((beat+1)*beatNS-from) / float64(to-from)))
		*r.cell(beat) += uint64(all - done)
		done = all
	}
	*r.cell(last) += uint64(chunkUnit - done)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// walker reads how many chunks had been made by a time, for times that go forward.
type walker struct {
	r     *progress
	pages []int64
	cell  int64 // next to be added
	count float64
}

func (r *progress) walk() *walker {
	w := &walker{r: r, pages: slices.Sorted(maps.Keys(r.pages))}
	if len(w.pages) > 0 {
		w.cell = w.pages[0] * beatPage
	}
	return w
}

// by counts the chunks before ns; those of its own cell in proportion.
func (w *walker) by(ns int64) float64 {
	cell := floorDiv(ns, beatNS)
	for w.cell < cell && len(w.pages) > 0 {
		page := w.pages[0]
		end := min(cell, (page+1)*beatPage)
		for w.cell = max(w.cell, page*beatPage); w.cell < end; w.cell++ {
			w.count += float64(w.r.pages[page][w.cell-page*beatPage]) / chunkUnit
		}
		if w.cell == (page+1)*beatPage {
			w.pages = w.pages[1:]
		}
	}
	if len(w.pages) == 0 || cell < w.pages[0]*beatPage {
		return w.count
	}
	part := float64(ns-cell*beatNS) / float64(beatNS)
	return w.count + float64(part*float64(w.r.pages[w.pages[0]][cell-w.pages[0]*beatPage]))/chunkUnit
}

// keepTime gives every tick of the tape its beats, and every attempt the beats
// of its decode phase. Where no chunks are known they stay what they are: time.
func (d *device) keepTime() {
	d.timed = 2*d.tellingNS > d.decodingNS
	if len(d.progress.pages) == 0 {
		d.keepPace()
		return
	}
	pulse := 0.0 // beats per nanosecond while nobody tells
	if d.tellingNS > 0 {
		pulse = d.progress.chunks() / float64(d.tellingNS)
	}
	w := d.progress.walk()
	var now, before float64 // beats, chunks
	telling := 0            // attempts that decode and whose chunks are known
	var begun marks
	for at, t := range d.tape.timed {
		came := w.by(at)
		switch {
		case telling > 0:
			t.beats = float32((came - before) / float64(telling))
		case pulse > 0:
			t.beats *= float32(pulse)
		}
		now += float64(t.beats)
		before = came
		if !t.decode() {
			continue
		}
		l, by := d.lots.at(t.ref), 1
		if beats, ended := begun.decoded(l, t, now); ended {
			l.context = float32(beats)
			by = -1
		}
		if l.is(lotTells) {
			telling += by
		}
	}
}

// chunks is how many there were.
func (r *progress) chunks() (n float64) {
	for _, p := range slices.Sorted(maps.Keys(r.pages)) {
		for _, c := range r.pages[p] {
			n += float64(c) / chunkUnit
		}
	}
	return n
}
