package redfish

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// The parts of Redfish resources that are used. All are optional: a controller gives
// what it has, and null for what it cannot read now.
type (
	link struct {
		ID string `json:"@odata.id"`
	}
	collection struct {
		Members []link
	}
	chassis struct {
		Name               string
		Power              *link
		EnvironmentMetrics *link
	}
	// power is the older form (Power.v1, deprecated in 2020).
	power struct {
		PowerControl []struct {
			Name               string
			PowerConsumedWatts number
		}
	}
	// environment is the newer form (EnvironmentMetrics.v1); its figures are excerpts of
	// sensors.
	environment struct {
		PowerWatts excerpt
		EnergykWh  excerpt
	}
	excerpt struct {
		Reading       number
		DataSourceURI string `json:"DataSourceUri"`
	}
	// sensor is Sensor.v1. Accuracy is in percent of the reading.
	sensor struct {
		Accuracy        number
		SensingInterval string
	}
)

// number is a JSON number that may be absent, null or, with some makers, a string.
type number struct{ value *float64 }

// UnmarshalJSON implements json.Unmarshaler.
func (n *number) UnmarshalJSON(raw []byte) error {
	if string(raw) == "null" {
		return nil
	}
	text := string(raw)
	if raw[0] == '"' {
		if err := json.Unmarshal(raw, &text); err != nil {
			return err
		}
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil {
		return err
	}
	n.value = &v
	return nil
}

// times is the number times factor, as a whole number, and false for one that is not
// there or that no meter can show.
func (n number) times(factor float64) (int64, bool) {
	if n.value == nil {
		return 0, false
	}
	v := *n.value * factor
	if !(v >= 0 && v < math.MaxInt64/2) {
		return 0, false
	}
	return int64(math.Round(v)), true
}
