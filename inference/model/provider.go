package model

import (
	"fmt"
	"runtime"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/seed-74198975/rsclip/inference/config"
)

// cudaOptions keep CUDA's arena from doubling past what is needed, and its
// matrix products in the precision that the model states.
// Source: ONNX Runtime's documentation of the CUDA execution provider.
var cudaOptions = map[string]string{
	"device_id":             "0",
	"arena_extend_strategy": "kSameAsRequested",
	"use_tf32":              "0",
}

// providers add a device's execution providers to session options, most
// preferred first. The CPU provider is always there, behind the others.
var providers = map[config.Device]func(*ort.SessionOptions) error{
	config.CPU:  func(*ort.SessionOptions) error { return nil },
	config.CUDA: appendCUDA,
	config.TensorRT: func(o *ort.SessionOptions) error {
		if err := appendTensorRT(o); err != nil {
			return err
		}
		return appendCUDA(o)
	},
}

func appendCUDA(o *ort.SessionOptions) error {
	cuda, err := ort.NewCUDAProviderOptions()
	if err != nil {
		return err
	}
	defer func() { _ = cuda.Destroy() }()
	if err := cuda.Update(cudaOptions); err != nil {
		return err
	}
	return o.AppendExecutionProviderCUDA(cuda)
}

func appendTensorRT(o *ort.SessionOptions) error {
	trt, err := ort.NewTensorRTProviderOptions()
	if err != nil {
		return err
	}
	defer func() { _ = trt.Destroy() }()
	if err := trt.Update(map[string]string{"device_id": "0"}); err != nil {
		return err
	}
	return o.AppendExecutionProviderTensorRT(trt)
}

// DeviceError says that a device was asked for and cannot be had.
type DeviceError struct {
	Device config.Device
	Err    error
}

func (e *DeviceError) Error() string {
	return fmt.Sprintf("device %q cannot be used: %v; run an image and a node that have it, set device to \"cpu\", or set allow_cpu_fallback", e.Device, e.Err)
}

func (e *DeviceError) Unwrap() error { return e.Err }

// newSessionOptions returns options for one session on a device. The caller
// destroys them after the session is made.
func newSessionOptions(device config.Device) (*ort.SessionOptions, error) {
	o, err := ort.NewSessionOptions()
	if err != nil {
		return nil, fmt.Errorf("making session options: %w", err)
	}
	// Go sets GOMAXPROCS from the cgroup's CPU limit, which ONNX Runtime
	// does not look at: it would start a thread for each core of the node.
	threads := runtime.GOMAXPROCS(0)
	for _, set := range []func() error{
		func() error { return o.SetIntraOpNumThreads(threads) },
		func() error { return o.SetInterOpNumThreads(1) },
		func() error { return o.SetGraphOptimizationLevel(ort.GraphOptimizationLevelEnableAll) },
	} {
		if err := set(); err != nil {
			_ = o.Destroy()
			return nil, fmt.Errorf("setting session options: %w", err)
		}
	}
	if err := providers[device](o); err != nil {
		_ = o.Destroy()
		return nil, &DeviceError{Device: device, Err: err}
	}
	return o, nil
}
