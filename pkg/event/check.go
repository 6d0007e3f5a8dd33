package event

import (
	"errors"
	"fmt"
)

// checker collects every problem of a payload, so that a bad event is described
// once and completely.
type checker struct{ problems []error }

func (c *checker) require(ok bool, format string, args ...any) {
	if !ok {
		c.problems = append(c.problems, fmt.Errorf(format, args...))
	}
}

func (c *checker) token(field, value string) {
	if err := CheckToken(value); err != nil {
		c.problems = append(c.problems, fmt.Errorf("%s: %w", field, err))
	}
}

func (c *checker) clock(k Clock) {
	c.token("clock.host", k.Host)
	c.require(k.BootID != "", "clock.boot_id: missing")
}

func (c *checker) nonNegative(field string, v *int64) {
	c.require(v == nil || *v >= 0, "%s: negative", field)
}

func (c *checker) err() error { return errors.Join(c.problems...) }
