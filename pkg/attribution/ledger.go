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
	ResidualRel                           float64
	Accounts                              map[string]float64 // RequestsJ by Request.Account
}

func (l *Ledger) balance() {
	left := l.MeasuredJ - (l.RequestsJ + l.IdleJ + l.UnattributedJ + l.GapJ)
	if l.MeasuredJ > 0 {
		l.ResidualRel = math.Abs(left) / l.MeasuredJ
	}
}

func (e *Engine) ledgers() []Ledger {
	var out, totals []Ledger
	for m, s := range e.schemes {
		total := Ledger{Method: s.name, Accounts: map[string]float64{}}
		var measured, requests, idle, unattributed, gap sum
		accounts := make([]sum, len(e.accounts))
		for _, d := range e.order {
			r := &d.running[m]
			measured.add(d.measured.value() + d.gap.value())
			requests.add(r.requests.value())
			idle.add(r.idle.value())
			unattributed.add(r.unattributed.value())
			gap.add(d.gap.value())
			for i := range r.accounts {
				accounts[i].add(r.accounts[i].value())
			}
		}
		total.MeasuredJ, total.RequestsJ, total.IdleJ = measured.value(), requests.value(), idle.value()
		total.UnattributedJ, total.GapJ = unattributed.value(), gap.value()
		for i, name := range e.accounts {
			total.Accounts[name] = accounts[i].value()
		}
		total.balance()
		totals = append(totals, total)
	}
	for _, d := range e.order {
		for m, s := range e.schemes {
			r := &d.running[m]
			l := Ledger{
				Device: d.id, Method: s.name,
				MeasuredJ: d.measured.value() + d.gap.value(), RequestsJ: r.requests.value(), IdleJ: r.idle.value(),
				UnattributedJ: r.unattributed.value(), GapJ: d.gap.value(), Accounts: map[string]float64{},
			}
			for i, a := range r.accounts {
				if v := a.value(); v != 0 {
					l.Accounts[e.accounts[i]] = v
				}
			}
			l.balance()
			out = append(out, l)
		}
	}
	return append(out, totals...)
}
