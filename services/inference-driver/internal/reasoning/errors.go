package reasoning

import "errors"

// errFormat is data that says no complete rule.
var errFormat = errors.New("bad format")
