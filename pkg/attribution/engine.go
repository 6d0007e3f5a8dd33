package attribution

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Engine attributes incrementally. Not safe for concurrent use.
type Engine struct {
	options Options
	schemes []scheme
	later   int // index of the method that needs the whole run, or -1

	devices  map[string]*device
	order    []*device // by id
	groups   map[string]*group
	listed   []*group // the same, in order of index
	last     *group
	attempts pool[attempt]
	lots     pool[lot]  // for the method that needs the whole run
	past     pool[past] // the same, and
	ids      texts      // their ids
	latest   name       // the last of them, and
	jumbled  bool       // whether they came in another order than the canonical one
	index    index
	accounts []string
	finished []keyed
	spare    []keyed
	shares   []Share // what Advance returned, to be filled again
	told     counts

	watermark int64
	settled   bool // Advance was called
	closed    bool
	late      Late
	dups      int64
}

// group is a set of devices that serve together.
type group struct {
	index   uint32
	ids     []string
	devices []*device // in order of id
	flags   map[flagBits][]string

	named     bool // there is a last one
	lastBits  flagBits
	lastNames []string
}

// NewEngine returns an error for an unknown method or a bad weight.
func NewEngine(o Options) (*Engine, error) {
	o.Methods = slices.Clone(o.Methods)
	if err := o.complete(); err != nil {
		return nil, err
	}
	e := &Engine{
		options:   o,
		devices:   map[string]*device{},
		groups:    map[string]*group{},
		index:     newIndex(),
		watermark: math.MinInt64,
	}
	for _, m := range o.Methods {
		e.schemes = append(e.schemes, newScheme(m, o))
	}
	e.later = slices.Index(o.Methods, Fitted)
	return e, nil
}

// AddDevice must come before the device's samples; the same device again is a no-op when equal, else an error.
func (e *Engine) AddDevice(d Device) error {
	if e.closed {
		return ErrClosed
	}
	if err := d.check(); err != nil {
		return err
	}
	known := e.device(d.ID)
	if known.described {
		if !known.spec.equal(d) {
			return fmt.Errorf("%w: %s was described differently before", ErrDevice, d.ID)
		}
		return nil
	}
	d.Flags = slices.Clone(d.Flags)
	known.describe(d)
	return nil
}

// device finds or makes a device. A request may name one that is described
// later, or never.
func (e *Engine) device(id string) *device {
	if d, ok := e.devices[id]; ok {
		return d
	}
	d := &device{
		id:       id,
		options:  &e.options,
		schemes:  slices.Clone(e.schemes),
		later:    e.later,
		attempts: &e.attempts,
		lots:     &e.lots,
		finished: &e.finished,
		running:  make([]running, len(e.schemes)),
		fromNS:   math.MinInt64,
		toNS:     math.MaxInt64,
	}
	if e.later >= 0 {
		d.tape = new(tape)
	}
	if e.options.FromNS != 0 {
		d.fromNS = e.options.FromNS
	}
	for i := range d.touched {
		d.touched[i] = math.MinInt64
	}
	d.lastPower.PowerMW = math.MinInt64
	d.margin.leftNS = math.MinInt64
	d.tallies.per = uint32(len(e.schemes))
	d.curve.maxGapNS = e.options.MaxGapNS
	e.devices[id] = d
	i, _ := slices.BinarySearchFunc(e.order, id, func(d *device, id string) int { return strings.Compare(d.id, id) })
	e.order = slices.Insert(e.order, i, d)
	return d
}

func (e *Engine) described(id string) (*device, error) {
	if e.closed {
		return nil, ErrClosed
	}
	d, ok := e.devices[id]
	if !ok || !d.described {
		return nil, fmt.Errorf("%w: %s is not described", ErrDevice, id)
	}
	return d, nil
}

// AddPower takes samples of one device in any order, with duplicates.
func (e *Engine) AddPower(device string, samples []Sample) error {
	d, err := e.described(device)
	if err != nil {
		return err
	}
	for len(samples) > 0 {
		n := 0
		for n < len(samples) && samples[n].TimeNS >= e.watermark {
			n++
		}
		d.add(samples[:n])
		if samples = samples[n:]; len(samples) > 0 {
			e.late.Samples++
			samples = samples[1:]
		}
	}
	return nil
}

// AddGap declares that samples are missing between two moments.
func (e *Engine) AddGap(device string, fromNS, toNS int64) error {
	d, err := e.described(device)
	if err != nil {
		return err
	}
	if toNS < fromNS {
		return fmt.Errorf("%w: %s: gap ends before it starts", ErrDevice, device)
	}
	if fromNS < e.watermark {
		e.late.Gaps++
		return nil
	}
	d.curve.declared.add(fromNS-d.shiftNS(), toNS)
	return nil
}

// AddRequest takes attempts in any order; the same (id, attempt) again is
// dropped. The same attempt told differently is an error, and the first stands.
func (e *Engine) AddRequest(r Request) error {
	if e.closed {
		return ErrClosed
	}
	if err := r.check(); err != nil {
		return err
	}
	if r.StartNS < e.watermark {
		e.late.Requests++
		return nil
	}
	g, account := e.group(r.Devices), e.account(r.Account)
	hash := e.index.hash(r.ID, r.Attempt)
	at, ok := e.index.find(&e.attempts, hash, r.ID, r.Attempt)
	if ok {
		e.dups++
		if a := e.attempts.at(e.index.ref(at)); !a.same(r) || a.group != g || a.account != account {
			return fmt.Errorf("%w: %s attempt %d was told differently before", ErrRequest, r.ID, r.Attempt)
		}
		return nil
	}
	i := e.attempts.take()
	a := e.attempts.at(i)
	a.load(r)
	a.group, a.account = g, account
	a.open = len(g.devices)
	if len(g.devices) == 1 {
		a.parts = a.only[:]
	} else {
		a.parts = make([]uint32, len(g.devices))
	}
	if e.later >= 0 {
		a.past, a.lot = e.past.take(), e.lots.used // lots are taken one after the other
		*e.past.at(a.past) = past{id: e.ids.add(r.ID), number: int32(r.Attempt), lot: a.lot}
		e.jumbled = e.jumbled || e.latest.compare(a.name) > 0
		e.latest = a.name
	}
	for k, d := range g.devices {
		a.parts[k] = d.admit(i, a)
		if d.tape != nil && a.tells {
			d.progress.add(r.StartNS, r.EndNS, r.ChunkGapsNS)
		}
	}
	if len(g.devices) == 0 {
		e.finished = append(e.finished, keyed{ref: i})
	}
	e.told.add(a)
	e.index.put(at, hash, i)
	return nil
}

func (e *Engine) group(ids []string) *group {
	if e.last != nil && slices.Equal(e.last.ids, ids) {
		return e.last
	}
	sorted := slices.Compact(slices.Sorted(slices.Values(ids)))
	key := strings.Join(sorted, "\x00")
	g, ok := e.groups[key]
	if !ok {
		g = &group{index: uint32(len(e.listed)), ids: sorted, flags: map[flagBits][]string{}}
		for _, id := range sorted {
			g.devices = append(g.devices, e.device(id))
		}
		e.groups[key] = g
		e.listed = append(e.listed, g)
	}
	e.last = g
	return g
}

func (e *Engine) account(name string) uint16 {
	i := slices.Index(e.accounts, name)
	if i < 0 {
		i = len(e.accounts)
		e.accounts = append(e.accounts, name)
	}
	return uint16(i)
}

// Advance says that nothing older than watermarkNS will come any more: it settles what is
// final, returns the shares that became final, and frees their memory. The slice is
// the caller's until the next call. Input older than the watermark is counted late
// and ignored.
//
// An attempt is older when it starts before the watermark: let the watermark
// trail the earliest start of what is still in flight. What is settled ends a
// little before it, at the last moment whose energy no later sample can change.
func (e *Engine) Advance(watermarkNS int64) []Share {
	if e.closed || watermarkNS <= e.watermark {
		return nil
	}
	e.watermark, e.settled = watermarkNS, true
	for _, d := range e.order {
		d.advance(watermarkNS)
	}
	return e.takeFinished()
}

// Close settles everything over the measured window [fromNS, toNS] and returns the
// whole result (the shares Advance has already returned are not repeated).
func (e *Engine) Close(fromNS, toNS int64) (Result, error) {
	var shares []Share
	r, err := e.CloseEach(fromNS, toNS, func(s *Share) {
		if shares == nil {
			shares = make([]Share, 0, e.left())
		}
		shares = append(shares, *s)
	})
	r.Shares = shares
	return r, err
}

// CloseEach is Close for runs of which the shares are many: it gives them to take,
// in their order, instead of listing them in the result. A share is take's only
// until it returns.
func (e *Engine) CloseEach(fromNS, toNS int64, take func(*Share)) (Result, error) {
	if e.closed {
		return Result{}, ErrClosed
	}
	if toNS < fromNS {
		return Result{}, fmt.Errorf("%w: %d to %d", ErrWindow, fromNS, toNS)
	}
	for _, d := range e.order {
		if first, last, ok := d.passed(); e.settled && ok && (last > toNS || first < fromNS) {
			return Result{}, fmt.Errorf("%w: %d to %d, but %d to %d of %s is settled", ErrWindow, fromNS, toNS, first, last, d.id)
		}
	}
	e.closed = true
	e.ids.end()
	for _, d := range e.order {
		d.fromNS, d.toNS = max(d.fromNS, fromNS), toNS
		d.finish()
	}
	r := Result{Late: e.late, DuplicateRequests: e.dups}
	e.finished = e.canonical(e.finished, e.finishedName)
	if e.later >= 0 {
		for _, f := range e.finished {
			a := e.attempts.at(f.ref)
			over := a.over()
			e.keep(a, &over)
		}
		r.Fits = e.settleFitted()
	}
	e.giveShares(take)
	r.Ledgers = e.ledgers()
	for _, d := range e.order {
		r.Devices = append(r.Devices, d.stats(fromNS, toNS))
	}
	return r, nil
}
