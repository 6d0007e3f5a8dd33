package accuracy

import (
	"math"
	"math/rand/v2"
)

// Load is a way in which requests arrive, over some physics.
type Load struct {
	Name    string
	Physics Physics
	// Models says that the physics is what the fitted method assumes: the bounds
	// are held only for such loads.
	Models bool
	jobs   []*Job
	open   bool
	width  int
	served *Trace
}

// lengths draws token counts.
type lengths func(r *rand.Rand) (in, out int)

func same(in, out int) lengths { return func(*rand.Rand) (int, int) { return in, out } }

// chat is short turns.
func chat(r *rand.Rand) (int, int) { return 15 + r.IntN(30), 8 + r.IntN(89) }

// mixed is a wide spread of both: chat turns among long documents.
func mixed(r *rand.Rand) (int, int) {
	draw := func(median, spread, least, most float64) int {
		return int(min(most, max(least, median*math.Exp(spread*r.NormFloat64()))))
	}
	return draw(400, 1.1, 8, 8000), draw(150, 0.9, 4, 1200)
}

const leadNS = int64(3e9) // idle before the first job

// closed keeps width jobs in flight until n are done.
func closed(name string, width, n int, l lengths, p Physics) Load {
	return Load{Name: name, Physics: p, Models: true, jobs: draw(n, l, 1), width: width}
}

// Short is one kind of run that is over in ten to twenty seconds, so that its
// first burst is much of it, with five draws of lengths.
type Short struct {
	Name  string
	Loads []Load
}

// Shorts are the rows of the table of short runs.
func Shorts() []Short {
	var out []Short
	for _, s := range []struct {
		name     string
		width, n int
	}{
		{"8 in flight, 30 requests", 8, 30},
		{"8 in flight, 50 requests", 8, 50},
		{"64 in flight, 100 requests", 64, 100},
		{"64 in flight, 150 requests", 64, 150},
	} {
		kind := Short{Name: s.name}
		for seed := range uint64(5) {
			kind.Loads = append(kind.Loads, Load{Name: s.name, Physics: H100Like(), Models: true, jobs: draw(s.n, mixed, 10+seed), width: s.width})
		}
		out = append(out, kind)
	}
	return out
}

// openLoop lets job i arrive at at(i, r) seconds after the lead.
func openLoop(name string, n int, l lengths, p Physics, at func(i int, r *rand.Rand) float64) Load {
	jobs := draw(n, l, 2)
	r := rand.New(rand.NewPCG(3, 0))
	for i, j := range jobs {
		j.ArriveNS = leadNS + int64(at(i, r)*1e9)
	}
	return Load{Name: name, Physics: p, Models: true, jobs: jobs, open: true}
}

func draw(n int, l lengths, seed uint64) []*Job {
	r := rand.New(rand.NewPCG(seed, 7))
	out := make([]*Job, n)
	for i := range out {
		in, o := l(r)
		out[i] = &Job{Input: in, Output: o}
	}
	return out
}

// Loads are the rows of the table.
func Loads() []Load {
	p := H100Like()
	context := p
	context.ContextJ = 0.02
	poisson := func(rate float64) func(int, *rand.Rand) float64 {
		t := 0.0
		return func(_ int, r *rand.Rand) float64 {
			t += r.ExpFloat64() / rate
			return t
		}
	}
	bursts := func(size int, everyS float64) func(int, *rand.Rand) float64 {
		return func(i int, r *rand.Rand) float64 { return float64(i/size)*everyS + 0.05*r.Float64() }
	}
	long := closed("64 in flight, cost grows with context", 64, 800, mixed, context)
	long.Models = false
	return []Load{
		closed("sequential, mixed lengths", 1, 60, mixed, p),
		closed("8 in flight, mixed lengths", 8, 300, mixed, p),
		closed("64 in flight, one length", 64, 600, same(512, 128), p),
		closed("64 in flight, mixed lengths", 64, 1200, mixed, p),
		closed("256 in flight, mixed lengths", 256, 3000, mixed, p),
		openLoop("Poisson, 6 per s, mixed lengths", 700, mixed, p, poisson(6)),
		openLoop("bursts of 40 every 5 s, mixed lengths", 800, mixed, p, bursts(40, 5)),
		// So short that there are few seconds to learn from.
		closed("20 in flight, short turns, 6 s in all", 20, 240, chat, p),
		openLoop("Poisson, 6 per s, mixed lengths, 10 s in all", 40, mixed, p, poisson(6)),
		long,
	}
}

// Run serves the load. A load can be run once.
func (l *Load) Run() Trace { return Serve(l.Physics, &feed{load: l}, 3) }

// trace serves the load when it has not been yet.
func (l *Load) trace() *Trace {
	if l.served == nil {
		t := l.Run()
		l.served = &t
	}
	return l.served
}

// feed hands out a load's jobs.
type feed struct {
	load *Load
	next int
}

func (f *feed) left() bool { return f.next < len(f.load.jobs) }

func (f *feed) nextS() float64 {
	if f.load.open {
		return float64(f.load.jobs[f.next].ArriveNS) / 1e9
	}
	return float64(leadNS) / 1e9
}

func (f *feed) until(nowS float64, done int) []*Job {
	var out []*Job
	now := int64(math.Round(nowS * 1e9))
	for f.left() {
		j := f.load.jobs[f.next]
		if f.load.open {
			if j.ArriveNS > now {
				break
			}
		} else {
			if now < leadNS || f.next >= done+f.load.width {
				break
			}
			j.ArriveNS = now
		}
		out = append(out, j)
		f.next++
	}
	return out
}
