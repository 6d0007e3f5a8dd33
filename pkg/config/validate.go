package config

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strings"

	"github.com/neuralwatt/ai-energy-benchmarks/pkg/emission"
)

// Validate reports every problem at once, as an *[Error], each with its key.
// [LoadRun] has called it, and has added where each value came from.
func (r Run) Validate() error {
	c := &checks{}
	c.require("name", r.Name != "", "missing")
	c.require("output_dir", r.OutputDir != "", "missing")
	r.Backend.check(c)
	r.Scenario.check(c)
	r.Scenario.GenerateKwargs.checkTakes(c, r.Backend)
	r.Scenario.checkPrompts(c, r.Load.Type)
	r.Scenario.checkDialogue(c, r.Backend)
	r.Load.check(c, r.Scenario.NumSamples)
	r.Metrics.check(c)
	r.Reporter.check(c)
	return c.err()
}

// checks collects problems by key.
type checks struct{ problems }

func (c *checks) require(key string, ok bool, format string, args ...any) {
	if !ok {
		c.list = append(c.list, Problem{Path: key, Text: fmt.Sprintf(format, args...)})
	}
}

func (c *checks) oneOf(key, value string, known ...string) {
	if slices.Contains(known, value) {
		return
	}
	text := fmt.Sprintf("%q is not one of %s", value, strings.Join(known, ", "))
	if near := nearest(value, known); near != "" {
		text += "; did you mean " + near + "?"
	}
	c.require(key, false, "%s", text)
}

func (c *checks) atLeast(key string, value, least int64) {
	c.require(key, value >= least, "%d is less than %d", value, least)
}

// between wants a finite value in [low, high].
func (c *checks) between(key string, value, low, high float64) {
	if math.IsInf(high, 1) {
		c.require(key, value >= low && !math.IsInf(value, 0), "%g is less than %g", value, low)
		return
	}
	c.require(key, value >= low && value <= high, "%g is not between %g and %g", value, low, high)
}

// share wants a part of a whole that leaves some of it.
func (c *checks) share(key string, value float64) {
	c.require(key, value >= 0 && value < 1, "%g is not in [0, 1)", value)
}

func (c *checks) positive(key string, value float64) {
	c.require(key, value > 0 && !math.IsInf(value, 0), "%g is not positive", value)
}

// maxTimeoutS keeps a duration far from overflow: a week.
const maxTimeoutS = 7 * 24 * 3600

func (c *checks) timeout(key string, value float64) {
	c.positive(key, value)
	c.require(key, !(value > maxTimeoutS), "%g is more than a week", value)
}

func (b Backend) check(c *checks) {
	c.oneOf("backend.type", b.Type, BackendTypes()...)
	c.endpoint("backend.endpoint", b.Endpoint)
	b.checkEndpoints(c)
	b.checkStart(c)
	c.require("backend.model", b.Model != "", "missing")
	c.oneOf("backend.api", b.API, APIChat, APICompletions, APIResponses)
	_, served := b.Dialect()
	c.require("backend.api", served, "backend.type %s has no %s API: use chat or completions", b.Type, b.API)
	seen := map[int]bool{}
	for i, id := range b.DeviceIDs {
		c.require(indexPath("backend.device_ids", i), id >= 0, "%d is negative", id)
		c.require(indexPath("backend.device_ids", i), !seen[id], "%d is listed twice", id)
		seen[id] = true
	}
	c.timeout("backend.timeout_s", b.TimeoutS)
	c.timeout("backend.ready_timeout_s", b.ReadyTimeoutS)
	if b.GPUMemoryUtilization != nil {
		c.require("backend.gpu_memory_utilization", *b.GPUMemoryUtilization > 0 && *b.GPUMemoryUtilization <= 1, "%g is not in (0, 1]", *b.GPUMemoryUtilization)
	}
}

func (c *checks) endpoint(key, value string) {
	u, err := url.Parse(value)
	switch {
	case value == "":
		c.require(key, false, "missing")
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "":
		c.require(key, false, "is not an http:// or https:// URL")
	case u.User != nil:
		c.require(key, false, "holds a password, and endpoints are published: use backend.api_key")
	case u.RawQuery != "" || u.Fragment != "":
		c.require(key, false, "is a base URL and takes no ? or #")
	}
}

func (s Scenario) check(c *checks) {
	c.require("scenario.dataset_name", s.DatasetName != "", "missing")
	c.require("scenario.text_column_name", s.TextColumnName != "", "missing")
	c.require("scenario.split", s.Split != "", "missing")
	c.atLeast("scenario.num_samples", s.NumSamples, 1)
	if s.ReasoningFormat != "" {
		c.oneOf("scenario.reasoning_format", s.ReasoningFormat, ReasoningFormats()...)
	}
	s.GenerateKwargs.check(c)
}

func (g GenerateKwargs) check(c *checks) {
	const base = "scenario.generate_kwargs."
	if g.MaxNewTokens != nil {
		c.atLeast(base+"max_new_tokens", *g.MaxNewTokens, 1)
	}
	if g.MinNewTokens != nil {
		c.atLeast(base+"min_new_tokens", *g.MinNewTokens, 0)
		c.require(base+"min_new_tokens", g.MaxNewTokens == nil || *g.MinNewTokens <= *g.MaxNewTokens, "is more than max_new_tokens")
	}
	if g.Temperature != nil {
		c.between(base+"temperature", *g.Temperature, 0, math.Inf(1))
	}
	if g.TopP != nil {
		c.require(base+"top_p", *g.TopP > 0 && *g.TopP <= 1, "%g is not in (0, 1]", *g.TopP)
	}
	if g.TopK != nil {
		// vLLM takes 0 and -1 for "all".
		c.atLeast(base+"top_k", *g.TopK, -1)
	}
}

func (l Load) check(c *checks, samples int64) {
	c.oneOf("load.type", l.Type, LoadClosed, LoadConstant, LoadPoisson, LoadGamma, LoadTrace, LoadASAP)
	c.atLeast("load.concurrency", l.Concurrency, 1)
	l.checkArrivals(c)
	l.checkBounds(c, samples)
	l.checkCooldown(c, samples)
	l.checkErrors(c)
	c.atLeast("load.fail_fast", int64(l.FailFast), 0)
	l.SLO.check(c)
}

func (s *SLO) check(c *checks) {
	if s == nil {
		return
	}
	c.between("load.slo.ttft_s", s.TTFTS, 0, maxTimeoutS)
	c.between("load.slo.tpot_s", s.TPOTS, 0, maxTimeoutS)
	c.between("load.slo.itl_s", s.ITLS, 0, maxTimeoutS)
	c.between("load.slo.e2e_s", s.E2ES, 0, maxTimeoutS)
	c.require("load.slo", s.TTFTS+s.TPOTS+s.ITLS+s.E2ES != 0, "sets no bound: give ttft_s, tpot_s, itl_s or e2e_s")
}

func (m Metrics) check(c *checks) {
	c.oneOf("metrics.type", m.Type, "codecarbon")
	if m.ForceCarbonIntensityGPerKWh != nil {
		c.between("metrics.force_carbon_intensity_g_per_kwh", *m.ForceCarbonIntensityGPerKWh, 0, math.Inf(1))
	} else if m.Enabled {
		m.checkPlace(c)
	}
	m.checkIntensity(c)
	// The Green Grid's definition: total over IT power, so never below 1.
	c.between("metrics.pue", m.PUE, 1, math.Inf(1))
	c.between("metrics.wue_l_per_kwh", m.WUELPerKWh, 0, math.Inf(1))
	c.between("metrics.electricity_price_per_kwh", m.ElectricityPricePerKWh, 0, math.Inf(1))
	c.require("metrics.currency", m.ElectricityPricePerKWh == 0 || m.Currency != "", "a price needs its currency, such as EUR")
	if e := m.Embodied; e != nil {
		c.between("metrics.embodied.kgco2e_per_device", e.KgCO2ePerDevice, 0, math.Inf(1))
		c.require("metrics.embodied.lifetime_h", e.LifetimeH > 0, "%g is not above 0", e.LifetimeH)
		c.require("metrics.embodied.source", e.Source != "", "a declared figure needs its source")
	}
	c.share("metrics.cpu_error_rel", m.CPUErrorRel)
	c.share("metrics.ram_error_rel", m.RAMErrorRel)
	c.atLeast("metrics.samplers", int64(m.Samplers), 0)
	c.require("metrics.sample_hz", m.SampleHz > 0 && m.SampleHz <= 1000, "%g is not in (0, 1000]", m.SampleHz)
	c.between("metrics.baseline_s", m.BaselineS, 0, maxTimeoutS)
	c.between("metrics.cooldown_s", m.CooldownS, 0, maxTimeoutS)
	c.timeout("metrics.sampler_timeout_s", m.SamplerTimeoutS)
	c.oneOf("metrics.on_busy_gpu", m.OnBusyGPU, BusyWait, BusyRefuse)
	c.require("metrics.methods", len(m.Methods) > 0, "at least one is needed")
	for i, method := range m.Methods {
		c.require(indexPath("metrics.methods", i), !slices.Contains(m.Methods[:i], method), "%q is listed twice", method)
		c.oneOf(indexPath("metrics.methods", i), method, methods...)
	}
	c.oneOf("metrics.idle_policy", m.IdlePolicy, IdleShared, IdleSeparate)
	c.between("metrics.prefill_token_weight", m.PrefillTokenWeight, 0, math.Inf(1))
	c.between("metrics.decode_token_weight", m.DecodeTokenWeight, 0, math.Inf(1))
	c.require("metrics.decode_token_weight", m.PrefillTokenWeight != 0 || m.DecodeTokenWeight != 0, "both weights are 0, which shares nothing")
}

func (m Metrics) checkIntensity(c *checks) {
	i := m.Intensity
	if i == nil {
		return
	}
	c.oneOf("metrics.intensity.type", i.Type, IntensityTable, IntensityProfile, IntensityElectricityMaps)
	c.require("metrics.intensity.file", (i.Type == IntensityProfile) == (i.File != ""), "type profile needs a file, and no other type has one")
	c.require("metrics.intensity.zone", i.Zone == "" || i.Type == IntensityElectricityMaps, "only type electricity_maps has one")
	if !m.LiveIntensity() {
		return
	}
	c.require("metrics.intensity.zone", i.Type != IntensityElectricityMaps || i.Zone != "" || m.CloudProvider != "" && m.CloudRegion != "",
		"type electricity_maps needs a zone, or metrics.cloud_provider and metrics.cloud_region")
	c.require("metrics.intensity", m.ForceCarbonIntensityGPerKWh == nil, "metrics.force_carbon_intensity_g_per_kwh is set too: give one of them")
	c.require("metrics.intensity", !m.Enabled || m.Samplers > 0, "a sampler asks for it, and metrics.samplers is 0")
}

// LiveIntensity reports whether the intensity is asked for while the run is on.
func (m Metrics) LiveIntensity() bool {
	return m.Intensity != nil && m.Intensity.Type != IntensityTable
}

// checkPlace finds out before a run, rather than after it, that its energy
// cannot be priced.
func (m Metrics) checkPlace(c *checks) {
	_, err := emission.Default().Lookup(m.Place())
	var unknown *emission.UnknownPlaceError
	if !errors.As(err, &unknown) {
		return
	}
	key := map[string]string{"country": "country_iso_code", "region": "region", "cloud_region": "cloud_region"}[unknown.Part]
	c.require("metrics."+key, false, "%v", err)
}

// Place is where the run's energy is drawn.
func (m Metrics) Place() emission.Place {
	p := emission.Place{
		Country: m.CountryISOCode, Region: m.Region,
		CloudProvider: m.CloudProvider, CloudRegion: m.CloudRegion,
	}
	if m.Intensity != nil {
		p.Zone = m.Intensity.Zone
	}
	if m.ForceCarbonIntensityGPerKWh != nil {
		forced := emission.GramsPerKWh(*m.ForceCarbonIntensityGPerKWh)
		p.Force = &forced
	}
	return p
}

// methods are attribution.Methods(), which a test holds them to: a config should
// load without the engine.
var methods = []string{"equal-share/v1", "fitted/v1", "phase-aware/v1", "token-weighted/v1"}

func (r Reporter) check(c *checks) {
	c.oneOf("reporter.type", r.Type, "csv")
	c.require("reporter.output_file", r.OutputFile != "", "missing")
	c.require("reporter.window_s", r.WindowS == 0 || r.WindowS >= 1 && r.WindowS <= maxTimeoutS, "%g is neither 0 nor between 1 and %d", r.WindowS, maxTimeoutS)
	c.timeout("reporter.seal_timeout_s", r.SealTimeoutS)
}
