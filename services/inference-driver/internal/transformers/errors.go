package transformers

import "errors"

// ErrCommand is returned, wrapped, when the program is not there.
var ErrCommand = errors.New("transformers serve cannot be run")

// ErrEnded is returned, wrapped, when the server ended that was to serve.
var ErrEnded = errors.New("transformers serve ended by itself")
