package joinbench

import (
	"strconv"
	"testing"

	ch "github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/stretchr/testify/require"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/attribution"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/embedded/clickhouse/clickhousetest"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
)

// load is a long run in steady state: inFlight requests at any time, power at
// 100 Hz, about 300 W and wandering.
type load struct {
	requests, samples, inFlight int
	lifeNS                      int64
}

const periodNS = int64(10e6)

func newLoad(requests, samples, inFlight int) load {
	return load{requests, samples, inFlight, int64(samples) * periodNS / int64(requests) * int64(inFlight)}
}

func (l load) endNS() int64 { return int64(l.samples-1) * periodNS }

// request is when one starts and ends, inside the time that is sampled.
func (l load) request(i int) (startNS, endNS int64) {
	startNS = int64(i)*l.lifeNS/int64(l.inFlight) + int64(i*2654435761)%periodNS
	return startNS, min(l.endNS(), startNS+l.lifeNS-int64(i*40503)%(l.lifeNS/4))
}

func (l load) powerMW(k int) int64 { return 300_000 + int64(k*40503)%40_000 - 20_000 }

// fill writes samples from first on into buf.
func (l load) fill(buf []attribution.Sample, first int) {
	for k := range buf {
		buf[k] = attribution.Sample{TimeNS: int64(first+k) * periodNS, PowerMW: l.powerMW(first + k), EnergyMJ: event.Missing}
	}
}

// engine attributes the load as a run comes in, a second at a time, and returns
// every request's joules.
func (l load) engine(tb testing.TB, joules []float64) {
	tb.Helper()
	const second = 100
	e, err := attribution.NewEngine(attribution.Options{Methods: []string{attribution.EqualShare}})
	require.NoError(tb, err)
	require.NoError(tb, e.AddDevice(attribution.Device{ID: "gpu", Provenance: event.Measured, IdlePowerMW: 60_000}))
	take := func(shares []attribution.Share) {
		for i := range shares {
			n, err := strconv.Atoi(shares[i].RequestID)
			if err != nil {
				tb.Fatal(err)
			}
			joules[n] = shares[i].EnergyJ
		}
	}
	buf, devices, next := make([]attribution.Sample, second), []string{"gpu"}, 0
	for first := 0; first < l.samples; first += second {
		l.fill(buf, first)
		if err := e.AddPower("gpu", buf); err != nil {
			tb.Fatal(err)
		}
		now := int64(first+second) * periodNS
		for ; next < l.requests; next++ {
			start, end := l.request(next)
			if start >= now {
				break
			}
			if err := e.AddRequest(attribution.Request{
				ID: strconv.Itoa(next), Attempt: 1, Devices: devices, Account: "ok", StartNS: start, EndNS: end,
				FirstTokenNS: event.Missing, QueueNS: event.Missing, InputTokens: event.Missing, OutputTokens: event.Missing,
			}); err != nil {
				tb.Fatal(err)
			}
		}
		if first/second%8 == 7 {
			take(e.Advance(now))
		}
	}
	r, err := e.Close(0, l.endNS())
	require.NoError(tb, err)
	take(r.Shares)
}

// scan is the join as one would first write it: every sample asks every request
// whether it was there. Energy of a piece goes to who was there in its middle.
func (l load) scan(joules []float64) {
	starts, ends := make([]int64, l.requests), make([]int64, l.requests)
	for i := range starts {
		starts[i], ends[i] = l.request(i)
	}
	var here []int
	for k := range l.samples - 1 {
		mid := int64(k)*periodNS + periodNS/2
		here = here[:0]
		for i := range starts {
			if starts[i] <= mid && mid <= ends[i] {
				here = append(here, i)
			}
		}
		drawn := float64(l.powerMW(k)+l.powerMW(k+1)) / 2000 * float64(periodNS) / 1e9
		for _, i := range here {
			joules[i] += drawn / float64(len(here))
		}
	}
}

// store puts the load into tables of a database of its own.
func (l load) store(tb testing.TB) driver.Conn {
	tb.Helper()
	_, dsn := clickhousetest.Database(tb)
	options, err := ch.ParseDSN(dsn)
	require.NoError(tb, err)
	conn, err := ch.Open(options)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, conn.Close()) })
	for _, q := range []string{
		"CREATE TABLE samples (t Int64, p Int64) ENGINE = MergeTree ORDER BY t",
		"CREATE TABLE requests (id UInt32, start Int64, end Int64) ENGINE = MergeTree ORDER BY start",
		"CREATE TABLE shares (id UInt32, joules Float64) ENGINE = Memory",
	} {
		require.NoError(tb, conn.Exec(tb.Context(), q))
	}
	insert(tb, conn, "samples", l.samples, func(b driver.Batch, from, to int) error {
		t, p := make([]int64, 0, to-from), make([]int64, 0, to-from)
		for k := from; k < to; k++ {
			t, p = append(t, int64(k)*periodNS), append(p, l.powerMW(k))
		}
		if err := b.Column(0).Append(t); err != nil {
			return err
		}
		return b.Column(1).Append(p)
	})
	insert(tb, conn, "requests", l.requests, func(b driver.Batch, from, to int) error {
		for i := from; i < to; i++ {
			start, end := l.request(i)
			if err := b.Append(uint32(i), start, end); err != nil {
				return err
			}
		}
		return nil
	})
	return conn
}

func insert(tb testing.TB, conn driver.Conn, table string, rows int, fill func(b driver.Batch, from, to int) error) {
	tb.Helper()
	const some = 1_000_000
	for from := 0; from < rows; from += some {
		b, err := conn.PrepareBatch(tb.Context(), "INSERT INTO "+table)
		require.NoError(tb, err)
		require.NoError(tb, fill(b, from, min(rows, from+some)))
		require.NoError(tb, b.Send())
	}
	require.NoError(tb, conn.Exec(tb.Context(), "OPTIMIZE TABLE "+table+" FINAL"))
}
