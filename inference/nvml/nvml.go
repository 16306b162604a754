// Package nvml reads what NVIDIA's management library tells of GPUs. The library
// comes with the driver, and is loaded when the program runs.
package nvml

// #cgo LDFLAGS: -ldl
// #include <stdlib.h>
// #include "nvml.h"
import "C"

import (
	"fmt"
	"unsafe"
)

// Driver is the library's name, by which the system finds the driver's.
const Driver = "libnvidia-ml.so.1"

// Device is a GPU. Its methods may be called at the same time.
type Device struct {
	library *C.nvml
	handle  C.nvmlDevice_t
}

// Devices loads a library, by its path or as [Driver], and returns the GPUs that
// the process sees. The library stays for as long as the process.
func Devices(library string) ([]Device, error) {
	name := C.CString(library)
	defer C.free(unsafe.Pointer(name))
	l := (*C.nvml)(C.calloc(1, C.sizeof_nvml))
	if problem := C.nvml_load(name, l); problem != nil {
		return nil, fmt.Errorf("loading NVML: %s", C.GoString(problem))
	}
	var n C.uint
	if err := failure(l, C.nvml_init(l)); err != nil {
		return nil, fmt.Errorf("starting NVML: %w", err)
	}
	if err := failure(l, C.nvml_count(l, &n)); err != nil {
		return nil, fmt.Errorf("counting GPUs: %w", err)
	}
	devices := make([]Device, n)
	for i := range devices {
		var handle C.nvmlDevice_t
		result := C.nvml_handle(l, C.uint(i), &handle) //nolint:gocritic // It sees what cgo writes.
		if err := failure(l, result); err != nil {
			return nil, fmt.Errorf("opening GPU %d: %w", i, err)
		}
		devices[i] = Device{l, handle}
	}
	return devices, nil
}

// Utilization is the part of the last moment in which the GPU computed, 0 to 1.
func (d Device) Utilization() (float64, error) {
	var u C.nvmlUtilization_t
	err := failure(d.library, C.nvml_utilization(d.library, d.handle, &u))
	return float64(u.gpu) / 100, err
}

// Memory is in bytes. What is used is used by any process.
func (d Device) Memory() (used, total uint64, err error) {
	var m C.nvmlMemory_t
	err = failure(d.library, C.nvml_memory(d.library, d.handle, &m))
	return uint64(m.used), uint64(m.total), err
}

// Power is what the GPU draws, in watts.
func (d Device) Power() (float64, error) {
	var milliwatts C.uint
	err := failure(d.library, C.nvml_power(d.library, d.handle, &milliwatts))
	return float64(milliwatts) / 1000, err
}

// Energy is what the GPU has used since the driver was loaded, in joules.
func (d Device) Energy() (float64, error) {
	var millijoules C.ulonglong
	err := failure(d.library, C.nvml_energy(d.library, d.handle, &millijoules))
	return float64(millijoules) / 1000, err
}

// Slowdown is why a GPU computes slower than it could.
type Slowdown string

// The slowdowns.
const (
	Heat       Slowdown = "heat"        // of the GPU or its memory
	PowerCap   Slowdown = "power_cap"   // that somebody has set, or the card's own
	PowerBrake Slowdown = "power_brake" // by the node's power supply
)

// slowdowns are the bits that NVML has for each.
// Source: nvmlClocksThrottleReasons in its header.
var slowdowns = map[Slowdown]C.ulonglong{Heat: 0x20 | 0x40, PowerCap: 0x04, PowerBrake: 0x80}

// Slowdowns says of each whether it is in force now.
func (d Device) Slowdowns() (map[Slowdown]bool, error) {
	var bits C.ulonglong
	if err := failure(d.library, C.nvml_throttled(d.library, d.handle, &bits)); err != nil {
		return nil, err
	}
	in := make(map[Slowdown]bool, len(slowdowns))
	for s, of := range slowdowns {
		in[s] = bits&of != 0
	}
	return in, nil
}

// failure is what a result says is wrong; 0 is nothing.
func failure(l *C.nvml, result C.int) error {
	if result == 0 {
		return nil
	}
	return fmt.Errorf("%s (NVML's error %d)", C.GoString(C.nvml_error(l, result)), result)
}
