package attribution

import "math"

// Result is what Close returns, everything in canonical order (request id, attempt, method; device, method).
type Result struct {
	Shares  []Share
	Ledgers []Ledger // per device and method, then totals per method with Device ""
	Devices []DeviceStats
	// Fits are by device, when the fitted method ran.
	Fits []Fit
	// Late is input that came after Advance had settled its time.
	Late Late
	// DuplicateRequests counts attempts that came again before they were settled.
	DuplicateRequests int64
}

// Late counts input that was ignored. What comes again after its time was
// settled is late too: the engine has forgotten that it had it.
type Late struct{ Samples, Requests, Gaps int64 }

// Ledger is the account of one device (or of all, Device "") under one method:
// MeasuredJ = RequestsJ + IdleJ + UnattributedJ + GapJ, each summed on its own.
type Ledger struct {
	Device, Method string
	// MeasuredJ is all energy of the window, that in gaps included.
	MeasuredJ float64
	// RequestsJ is the sum over attempts. IdleJ is energy while nobody was in
	// flight, and with IdleSeparate all idle power. UnattributedJ was drawn while
	// attempts were in flight, none of which the method charges. GapJ is energy
	// over time without data, estimated straight between the power on both
	// sides; it is charged to nobody.
	RequestsJ, IdleJ, UnattributedJ, GapJ float64
	// Each of these sums lies between its bounds, see device.sums. What attempts may
	// have taken from each other is no doubt about their sum. A device without data
	// has none: it is in no sum either.
	MeasuredLowJ, MeasuredHighJ float64
	RequestsLowJ, RequestsHighJ float64
	ResidualRel                 float64
	Accounts                    map[string]float64 // RequestsJ by Request.Account
}

// energies are what adds up over devices.
func (l *Ledger) energies() [9]*float64 {
	return [...]*float64{
		&l.MeasuredJ, &l.RequestsJ, &l.IdleJ, &l.UnattributedJ, &l.GapJ,
		&l.MeasuredLowJ, &l.MeasuredHighJ, &l.RequestsLowJ, &l.RequestsHighJ,
	}
}

func (l *Ledger) balance() {
	left := l.MeasuredJ - (l.RequestsJ + l.IdleJ + l.UnattributedJ + l.GapJ)
	if l.MeasuredJ > 0 {
		l.ResidualRel = math.Abs(left) / l.MeasuredJ
	}
}

func (e *Engine) ledgers() []Ledger {
	methods := len(e.schemes)
	out := make([]Ledger, 0, (len(e.order)+1)*methods)
	for _, d := range e.order {
		least := math.Inf(1)
		for m := range d.running {
			least = min(least, d.running[m].requests.value())
		}
		for m := range e.schemes {
			l := e.ledger(d, m)
			d.sums(&l, least)
			out = append(out, l)
		}
	}
	for m, s := range e.schemes {
		total := Ledger{Method: s.name, Accounts: map[string]float64{}}
		var sums [9]sum
		accounts := make([]sum, len(e.accounts))
		for i, d := range e.order {
			for k, joules := range out[i*methods+m].energies() {
				sums[k].add(*joules)
			}
			for k := range d.running[m].accounts {
				accounts[k].add(d.running[m].accounts[k].value())
			}
		}
		for k, joules := range total.energies() {
			*joules = sums[k].value()
		}
		for i, name := range e.accounts {
			total.Accounts[name] = accounts[i].value()
		}
		total.balance()
		out = append(out, total)
	}
	return out
}

// ledger is one device's under one method, without bounds.
func (e *Engine) ledger(d *device, m int) Ledger {
	r := &d.running[m]
	l := Ledger{
		Device: d.id, Method: e.schemes[m].name,
		MeasuredJ: d.measured.value() + d.gap.value(), RequestsJ: r.requests.value(), IdleJ: r.idle.value(),
		UnattributedJ: r.unattributed.value(), GapJ: d.gap.value(), Accounts: map[string]float64{},
	}
	for i, a := range r.accounts {
		if v := a.value(); v != 0 {
			l.Accounts[e.accounts[i]] = v
		}
	}
	l.balance()
	return l
}
