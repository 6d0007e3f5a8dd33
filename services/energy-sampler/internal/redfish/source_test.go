package redfish

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/clock"
	"github.com/neuralwatt/ai-energy-benchmarks/pkg/event"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/redfish/redfishtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type sink []device.Reading

func (s *sink) Add(_ int, r device.Reading) { *s = append(*s, r) }

// sensor under test, whose clock moves a second before each reading.
type bench struct {
	*Source
	clock *clock.Manual
}

func options(b *redfishtest.BMC) Options {
	return Options{
		URL: b.URL, Account: Account{User: redfishtest.User, Password: redfishtest.Password, Auth: Session}, CAFile: b.CAFile,
		Timeout: 5 * time.Second, Every: time.Second, Host: "h",
	}
}

func open(t *testing.T, o Options) bench {
	t.Helper()
	c := clock.NewManual(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC))
	s, err := Open(t.Context(), o, c)
	require.NoError(t, err)
	return bench{s, c}
}

func (b bench) read(t *testing.T) device.Reading {
	t.Helper()
	b.clock.Advance(time.Second)
	var got sink
	b.Read(t.Context(), b.clock.Now(), &got)
	require.Len(t, got, 1)
	require.NotContains(t, got[0].Reason, redfishtest.Password)
	require.NotContains(t, got[0].Reason, redfishtest.Token)
	return got[0]
}

func (b bench) describe(t *testing.T) (event.Device, string) {
	t.Helper()
	d, err := b.Describe(t.Context())
	require.NoError(t, err)
	require.Len(t, d.Devices, 1)
	text, err := json.Marshal(d)
	require.NoError(t, err)
	require.NotContains(t, string(text), redfishtest.Password)
	require.NotContains(t, string(text), redfishtest.Token)
	return d.Devices[0], strings.Join(d.Notes, "; ")
}

func TestEnvironmentMetrics(t *testing.T) {
	b := redfishtest.Serve(t, redfishtest.Newer())
	s := open(t, options(b))
	d, notes := s.describe(t)
	require.Empty(t, notes)
	require.Equal(t, "h/redfish/1U", d.ID)
	require.Equal(t, "Computer System Chassis", d.Name)
	require.Equal(t, event.KindNode, d.Kind)
	require.Equal(t, event.Measured, d.Provenance)
	require.Equal(t, "redfish.environment_metrics", d.PowerSource)
	require.Equal(t, []string{"averaged_power", "overlaps_cpu"}, d.Flags)
	require.InDelta(t, 0.025, *d.GainErrorRel, 1e-12, "the sensor's accuracy is 2.5 %")
	require.Contains(t, d.SourceReason, "every PT1S")

	first := s.read(t)
	require.EqualValues(t, 812_500, first.PowerMW)
	require.Equal(t, event.Missing, first.EnergyMJ, "the counter has not moved yet")
	require.Equal(t, device.CallTime, first.Flags)
	b.Set(func() {
		b.Resources["/redfish/v1/Chassis/1U/EnvironmentMetrics"] = `{"PowerWatts":{"Reading":null},"EnergykWh":{"Reading":10325.126}}`
	})
	second := s.read(t)
	require.Equal(t, event.Missing, second.PowerMW, "what the controller cannot read is no zero")
	require.EqualValues(t, 37_170_453_600_000, second.EnergyMJ)

	// When it moved while nobody could read it is not known.
	const metrics = "/redfish/v1/Chassis/1U/EnvironmentMetrics"
	good := b.Resources[metrics]
	b.Set(func() { b.Resources[metrics] = "" })
	require.False(t, s.read(t).Known())
	b.Set(func() {
		b.Resources[metrics] = strings.Replace(strings.Replace(good, "null", "700", 1), "10325.126", "10325.129", 1)
	})
	require.Equal(t, event.Missing, s.read(t).EnergyMJ)

	require.NoError(t, s.Close())
	require.Zero(t, b.Open, "the session is ended")
	require.Equal(t, 1, b.Logins)
}

func TestPowerControl(t *testing.T) {
	b := redfishtest.Serve(t, redfishtest.Older())
	o := options(b)
	o.Chassis = "Self"
	s := open(t, o)
	d, notes := s.describe(t)
	require.Empty(t, notes)
	require.Equal(t, "redfish.power_control", d.PowerSource)
	require.Empty(t, d.EnergySource)
	require.Nil(t, d.GainErrorRel)
	require.EqualValues(t, 588_000, s.read(t).PowerMW, "the processors' part is inside")
	b.Set(func() {
		b.Resources["/redfish/v1/Chassis/Self/Power"] = `{"PowerControl":[{"PowerConsumedWatts":"601.5"}]}`
	})
	require.EqualValues(t, 601_500, s.read(t).PowerMW, "some makers write strings")
	require.NoError(t, s.Close())
}

// What a sensor says of itself is welcome and not needed.
func TestASensorThatSaysNothing(t *testing.T) {
	b := redfishtest.Serve(t, redfishtest.Newer())
	b.Answer = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/Sensors/") {
			return false
		}
		w.WriteHeader(http.StatusInternalServerError)
		return true
	}
	s := open(t, options(b))
	d, notes := s.describe(t)
	require.Empty(t, notes)
	require.Nil(t, d.GainErrorRel)
	require.EqualValues(t, 812_500, s.read(t).PowerMW)
	require.NoError(t, s.Close())
}

// A chassis whose newer resource is empty is read by its older one.
func TestTheFormWithAFigure(t *testing.T) {
	resources := redfishtest.Newer()
	resources["/redfish/v1/Chassis/1U/EnvironmentMetrics"] = `{"PowerWatts":{}}`
	s := open(t, options(redfishtest.Serve(t, resources)))
	require.EqualValues(t, 1_000, s.read(t).PowerMW)
	require.NoError(t, s.Close())
}

func TestBasicAuthentication(t *testing.T) {
	b := redfishtest.Serve(t, redfishtest.Newer())
	o := options(b)
	o.Account.Auth = Basic
	s := open(t, o)
	require.EqualValues(t, 812_500, s.read(t).PowerMW)
	require.NoError(t, s.Close())
	require.Zero(t, b.Logins)
	require.Zero(t, b.Count("DELETE"))
}

// What a controller does wrong is told once and a gap each time, with the reason, and over when it does
// right.
func TestTroubles(t *testing.T) {
	status := func(code int) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(code); return true }
	}
	body := func(text string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool { fmt.Fprint(w, text); return true }
	}
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request) bool
		want   error
	}{
		"not found":            {status(http.StatusNotFound), ErrNotFound},
		"busy":                 {status(http.StatusServiceUnavailable), ErrUnreachable},
		"another method":       {status(http.StatusMethodNotAllowed), ErrAnswer},
		"a page":               {body("<html>please log in</html>"), ErrAnswer},
		"half an answer":       {body(`{"Members":[{"@oda`), ErrAnswer},
		"nothing":              {body(""), ErrAnswer},
		"no chassis":           {body(`{"Members":[]}`), ErrNotFound},
		"a link to a stranger": {body(`{"Members":[{"@odata.id":"https://example.com/redfish/v1/Chassis/1"}]}`), ErrAnswer},
		"a link that is none":  {body(`{"Members":[{"@odata.id":"%zz"}]}`), ErrAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			b := redfishtest.Serve(t, redfishtest.Newer())
			b.Answer = c.answer
			s := open(t, options(b))
			d, _ := s.describe(t)
			require.ErrorIs(t, s.Away(), c.want)
			require.Equal(t, "redfish", d.PowerSource)
			_, err := s.ask(t.Context(), s.clock.Now())
			require.ErrorIs(t, err, c.want)
			failed := s.read(t)
			require.False(t, failed.Known())
			require.Equal(t, device.ReadError, failed.Flags)
			require.ErrorContains(t, s.Away(), failed.Reason)

			b.Set(func() { b.Answer = nil })
			require.EqualValues(t, 812_500, s.read(t).PowerMW)
			require.NoError(t, s.Close())
		})
	}
}

func TestFiguresThatCannotBe(t *testing.T) {
	for _, reading := range []string{"null", "-5", "1e300", `{}`, `""`, `"warm"`, "true"} {
		resources := redfishtest.Newer()
		delete(resources, "/redfish/v1/Chassis/1U/Power")
		resources["/redfish/v1/Chassis/1U/EnvironmentMetrics"] = `{"PowerWatts":{"Reading":` + reading + `}}`
		s := open(t, options(redfishtest.Serve(t, resources)))
		require.False(t, s.read(t).Known(), reading)
		require.NoError(t, s.Close())
	}
}

func TestWhichChassis(t *testing.T) {
	b := redfishtest.Serve(t, redfishtest.Older())
	for chassis, want := range map[string]string{
		"":      "redfish.chassis names none of its chassis: Self, Riser",
		"Blade": "redfish.chassis names none of its chassis: Self, Riser",
		"Riser": "chassis Riser has no power reading",
	} {
		o := options(b)
		o.Chassis = chassis
		s := open(t, o)
		s.describe(t)
		require.ErrorContains(t, s.Away(), want)
		require.NoError(t, s.Close())
	}
}

// A controller that refuses is left alone for a minute: it may lock the account.
func TestARefusalIsNotRepeated(t *testing.T) {
	b := redfishtest.Serve(t, redfishtest.Newer())
	b.Refuses = true
	s := open(t, options(b))
	s.describe(t)
	require.ErrorContains(t, s.Away(), "refuses the account: HTTP 401")
	for range 50 {
		require.Contains(t, s.read(t).Reason, "refuses the account")
	}
	require.Equal(t, 1, b.Logins)
	s.clock.Advance(retryRefused)
	require.False(t, s.read(t).Known())
	require.Equal(t, 2, b.Logins)

	b.Set(func() { b.Refuses = false })
	s.clock.Advance(retryRefused)
	require.True(t, s.read(t).Known())
	require.NoError(t, s.Close())
}

func TestASessionThatEndedIsOpenedAgain(t *testing.T) {
	b := redfishtest.Serve(t, redfishtest.Newer())
	s := open(t, options(b))
	b.Set(func() { b.Open = 0 })
	require.EqualValues(t, 812_500, s.read(t).PowerMW)
	require.Equal(t, 2, b.Logins)
	require.NoError(t, s.Close())
}

func TestRedirects(t *testing.T) {
	b := redfishtest.Serve(t, redfishtest.Newer())
	b.Answer = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/redfish/v1/Chassis" {
			return false
		}
		http.Redirect(w, r, "/redfish/v1/Chassis/", http.StatusPermanentRedirect)
		return true
	}
	b.Resources["/redfish/v1/Chassis/"] = b.Resources["/redfish/v1/Chassis"]
	s := open(t, options(b))
	require.EqualValues(t, 812_500, s.read(t).PowerMW, "within the controller")
	require.NoError(t, s.Close())

	thief := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("it got %s with %v", r.URL, r.Header)
	}))
	defer thief.Close()
	b.Set(func() {
		b.Answer = func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, thief.URL+r.URL.Path+"?"+redfishtest.Token, http.StatusTemporaryRedirect)
			return true
		}
	})
	s = open(t, options(b))
	s.describe(t)
	require.ErrorContains(t, s.Away(), "it sends us elsewhere")
	require.Contains(t, s.read(t).Reason, "it sends us elsewhere")
	require.NoError(t, s.Close())
}

func TestSlowAndAway(t *testing.T) {
	b := redfishtest.Serve(t, redfishtest.Newer())
	o := options(b)
	o.Timeout = 50 * time.Millisecond
	s := open(t, o)
	b.Set(func() {
		b.Answer = func(_ http.ResponseWriter, r *http.Request) bool { <-r.Context().Done(); return true }
	})
	_, err := s.ask(t.Context(), s.clock.Now())
	require.ErrorIs(t, err, ErrUnreachable)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NotContains(t, err.Error(), b.URL)

	b.Set(func() { b.Answer = nil })
	require.True(t, s.read(t).Known())

	// A reading that is broken off by our own end is no gap.
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var got sink
	s.Read(ctx, s.clock.Now(), &got)
	require.Empty(t, got)
	require.NoError(t, s.Close())

	b.Close()
	s = open(t, o)
	s.describe(t)
	require.ErrorContains(t, s.Away(), "the controller does not answer")
	require.NoError(t, s.Close(), "there is no session to end")
}

func TestTrust(t *testing.T) {
	b := redfishtest.Serve(t, redfishtest.Newer())
	o := options(b)
	o.CAFile = ""
	s := open(t, o)
	s.describe(t)
	require.ErrorContains(t, s.Away(), "certificate signed by unknown authority")
	require.Zero(t, b.Count(""), "the password was not sent")
	require.NoError(t, s.Close())

	o.SkipVerify = true
	s = open(t, o)
	_, notes := s.describe(t)
	require.Contains(t, notes, "certificate is not verified")
	require.True(t, s.read(t).Known())
	require.NoError(t, s.Close())

	o.CAFile = filepath.Join(t.TempDir(), "none.pem")
	_, err := Open(t.Context(), o, clock.System("h"))
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(o.CAFile, []byte("no certificate"), 0o600))
	_, err = Open(t.Context(), o, clock.System("h"))
	require.ErrorContains(t, err, "no certificate in")
}

// A reading is of the middle of its request.
func TestTheTimeOfAReading(t *testing.T) {
	b := redfishtest.Serve(t, redfishtest.Newer())
	s := open(t, options(b))
	b.Set(func() {
		b.Answer = func(http.ResponseWriter, *http.Request) bool {
			s.clock.Advance(400 * time.Millisecond)
			return false
		}
	})
	before := s.clock.Now().WallNS
	require.EqualValues(t, 1200*time.Millisecond, s.read(t).AtNS-before)
	require.NoError(t, s.Close())
}

func FuzzAnswers(f *testing.F) {
	for _, text := range []map[string]string{redfishtest.Newer(), redfishtest.Older()} {
		for _, resource := range text {
			f.Add([]byte(resource))
		}
	}
	f.Add([]byte(`{"PowerWatts":{"Reading":"NaN"}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var p power
		var e environment
		if json.Unmarshal(raw, &e) == nil {
			if v, ok := e.PowerWatts.Reading.times(mWPerW); ok {
				require.GreaterOrEqual(t, v, int64(0))
			}
		}
		if json.Unmarshal(raw, &p) == nil && len(p.PowerControl) > 0 {
			if v, ok := p.PowerControl[0].PowerConsumedWatts.times(mWPerW); ok {
				require.GreaterOrEqual(t, v, int64(0))
			}
		}
	})
}
