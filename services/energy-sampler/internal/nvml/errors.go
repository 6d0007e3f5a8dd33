//go:build cgo

package nvml

import (
	"errors"
	"fmt"

	"github.com/NVIDIA/go-nvml/pkg/nvml"

	"github.com/neuralwatt/ai-energy-benchmarks/services/energy-sampler/internal/device"
)

// callError is an NVML return code as an error.
type callError struct {
	call string
	code nvml.Return
}

func (e callError) Error() string { return fmt.Sprintf("%s: %s", e.call, describe(e.code)) }

func failed(call string, code nvml.Return) error {
	if code == nvml.SUCCESS {
		return nil
	}
	return callError{call, code}
}

// codeOf is the NVML code inside err; SUCCESS for nil, UNKNOWN for another error.
func codeOf(err error) nvml.Return {
	if err == nil {
		return nvml.SUCCESS
	}
	if c, ok := errors.AsType[callError](err); ok {
		return c.code
	}
	return nvml.ERROR_UNKNOWN
}

// unsupported reports whether asking again will never help.
func unsupported(code nvml.Return) bool {
	switch code {
	case nvml.ERROR_NOT_SUPPORTED, nvml.ERROR_INVALID_ARGUMENT, nvml.ERROR_FUNCTION_NOT_FOUND,
		nvml.ERROR_ARGUMENT_VERSION_MISMATCH, nvml.ERROR_DEPRECATED:
		return true
	}
	return false
}

// flagOf says what a failed reading means for the device.
func flagOf(code nvml.Return) device.Flags {
	switch code {
	case nvml.SUCCESS:
		return 0
	case nvml.ERROR_GPU_IS_LOST, nvml.ERROR_RESET_REQUIRED, nvml.ERROR_UNINITIALIZED,
		nvml.ERROR_DRIVER_NOT_LOADED, nvml.ERROR_GPU_NOT_FOUND:
		return device.DeviceLost
	}
	return device.ReadError
}
