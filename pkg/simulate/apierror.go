package simulate

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// apiError is a refusal in vLLM's shape.
type apiError struct {
	status  int
	kind    string
	message string
	param   string
}

// Error implements error.
func (e *apiError) Error() string { return e.kind + ": " + e.message }

// Kinds of refusals as they stand in the body.
const (
	badRequest  = "Bad Request"
	badValue    = "BadRequestError"
	notFound    = "NotFoundError"
	engineError = "InternalServerError"
)

// invalid is what schema validation says before anything is looked up.
func invalid(param, format string, args ...any) *apiError {
	if param != "" {
		param = "body." + param
	}
	return &apiError{http.StatusBadRequest, badRequest, "1 validation error: " + fmt.Sprintf(format, args...), param}
}

// refused is a value of the right type that cannot be served.
func refused(param, format string, args ...any) *apiError {
	return &apiError{http.StatusBadRequest, badValue, fmt.Sprintf(format, args...), param}
}

type errorBody struct {
	Error struct {
		Message string  `json:"message"`
		Type    string  `json:"type"`
		Param   *string `json:"param"`
		Code    int     `json:"code"`
	} `json:"error"`
}

// body is the JSON of the error, also within a stream.
func (e *apiError) body() []byte {
	var b errorBody
	b.Error.Message, b.Error.Type, b.Error.Code = e.message, e.kind, e.status
	if e.param != "" {
		b.Error.Param = &e.param
	}
	// Strings and an int always marshal.
	raw, _ := json.Marshal(b)
	return raw
}

func (e *apiError) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(e.status)
	_, _ = w.Write(e.body())
}

func writeJSON(w http.ResponseWriter, v any) {
	raw, err := json.Marshal(v)
	if err != nil {
		(&apiError{http.StatusInternalServerError, engineError, err.Error(), ""}).write(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(raw)
}
