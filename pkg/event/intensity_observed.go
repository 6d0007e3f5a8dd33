package event

import "math"

// IntensityObserved is what a provider of carbon intensity said when a
// sampler asked it, or why it said nothing. The result of a run takes the
// intensity at a request's own time from these events alone, so that a replay
// needs no provider. Only the first measuring host by name asks.
type IntensityObserved struct {
	Host string `json:"host"`
	// AtNS is the host's wall time of the answer.
	AtNS int64 `json:"at_ns"`
	// Provider is the run's metrics.intensity.type, Zone what it was asked for.
	Provider string `json:"provider"`
	Zone     string `json:"zone"`
	// GPerKWh holds from FromNS up to ToNS (wall time); all three are absent when
	// there is no figure.
	GPerKWh *float64 `json:"g_per_kwh,omitempty"`
	FromNS  *int64   `json:"from_ns,omitempty"`
	ToNS    *int64   `json:"to_ns,omitempty"`
	// Source is who published the figure, such as "Electricity Maps (lifecycle)".
	Source string `json:"source,omitempty"`
	// Estimated is set when the provider says that it estimated the figure, by
	// EstimationMethod; else it was measured.
	Estimated        bool   `json:"estimated"`
	EstimationMethod string `json:"estimation_method,omitempty"`
	// Cached is set when the figure is an earlier answer that stands in for one
	// that did not come; Problem is why, also when there is no figure at all.
	Cached  bool   `json:"cached"`
	Problem string `json:"problem,omitempty"`
}

// EventType implements Payload.
func (*IntensityObserved) EventType() Type { return TypeIntensityObserved }

// EventSubject implements Payload.
func (o *IntensityObserved) EventSubject() string { return o.Host }

// Validate implements Payload.
func (o *IntensityObserved) Validate() error {
	var c checker
	c.token("host", o.Host)
	c.require(o.AtNS > 0, "at_ns: missing")
	c.require(o.Provider != "", "provider: missing")
	if o.GPerKWh == nil {
		c.require(o.Problem != "", "problem: missing, and there is no g_per_kwh")
		c.require(o.FromNS == nil && o.ToNS == nil, "from_ns, to_ns: without g_per_kwh")
		return c.err()
	}
	c.require(*o.GPerKWh >= 0 && !math.IsInf(*o.GPerKWh, 0), "g_per_kwh: %g is not an intensity", *o.GPerKWh)
	c.require(o.FromNS != nil && o.ToNS != nil && *o.FromNS < *o.ToNS, "from_ns, to_ns: not a stretch of time")
	c.require(o.Source != "", "source: missing")
	c.require(!o.Cached || o.Problem != "", "problem: missing, and the figure is a cached one")
	return c.err()
}
