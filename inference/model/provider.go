package model

import (
	"cmp"
	"fmt"
	"runtime"
	"strconv"
	"strings"

	ort "github.com/yalue/onnxruntime_go"

	"github.com/seed-74198975/rsclip/inference/budget"
	"github.com/seed-74198975/rsclip/inference/config"
)

// providers add a device's execution providers to session options, most
// preferred first. The CPU provider is always there, behind the others.
var providers = map[config.Device]func(*ort.SessionOptions, config.Model, shapes) error{
	config.CPU:  func(*ort.SessionOptions, config.Model, shapes) error { return nil },
	config.CUDA: appendCUDA,
	config.TensorRT: func(o *ort.SessionOptions, c config.Model, s shapes) error {
		if err := appendTensorRT(o, c, s); err != nil {
			return err
		}
		return appendCUDA(o, c, s)
	},
}

// shapes are those that a session's input takes: any number of items, up to the
// largest bucket.
type shapes struct {
	input   string // its name
	item    ort.Shape
	largest int
}

// of is a number of items as TensorRT's profiles have it, such as "pixels:32x3x224x224".
func (s shapes) of(items int) string {
	return s.input + ":" + strings.ReplaceAll(strings.Trim(fmt.Sprint(append(ort.NewShape(int64(items)), s.item...)), "[]"), " ", "x")
}

func appendCUDA(o *ort.SessionOptions, c config.Model, _ shapes) error {
	cuda, err := ort.NewCUDAProviderOptions()
	if err != nil {
		return err
	}
	defer func() { _ = cuda.Destroy() }()
	if err := cuda.Update(cudaSettings(c.CUDAOptions())); err != nil {
		return err
	}
	return o.AppendExecutionProviderCUDA(cuda)
}

// cudaSettings are the options by ONNX Runtime's names.
// Source: its documentation of the CUDA execution provider.
func cudaSettings(o config.CUDAOptions) map[string]string {
	settings := map[string]string{
		"device_id":              strconv.Itoa(o.DeviceID),
		"arena_extend_strategy":  o.ArenaExtendStrategy,
		"cudnn_conv_algo_search": o.CUDNNConvAlgoSearch,
		"use_tf32":               flag(o.TF32),
	}
	if o.GPUMemLimit > 0 {
		settings["gpu_mem_limit"] = strconv.Itoa(o.GPUMemLimit)
	}
	return settings
}

func appendTensorRT(o *ort.SessionOptions, c config.Model, s shapes) error {
	trt, err := ort.NewTensorRTProviderOptions()
	if err != nil {
		return err
	}
	defer func() { _ = trt.Destroy() }()
	if err := trt.Update(tensorRTSettings(c.TensorRTOptions(), c.CUDAOptions().DeviceID, s)); err != nil {
		return err
	}
	return o.AppendExecutionProviderTensorRT(trt)
}

// tensorRTSettings are the options by ONNX Runtime's names. One profile spans
// all buckets, so that one engine serves them; without it each larger batch
// would build another.
// Source: its documentation of the TensorRT execution provider.
func tensorRTSettings(o config.TensorRTOptions, deviceID int, s shapes) map[string]string {
	settings := map[string]string{
		"device_id":              strconv.Itoa(deviceID),
		"trt_fp16_enable":        flag(o.FP16),
		"trt_profile_min_shapes": s.of(1),
		"trt_profile_opt_shapes": s.of(s.largest),
		"trt_profile_max_shapes": s.of(s.largest),
		// A replayed graph would not read its input, which the host holds and
		// nobody copies then: every answer would be the first run's.
		// Source: https://github.com/microsoft/onnxruntime/issues/20050
		"trt_cuda_graph_enable": "0",
	}
	if o.CacheDir != "" {
		settings["trt_engine_cache_enable"], settings["trt_engine_cache_path"] = "1", o.CacheDir
		settings["trt_timing_cache_enable"], settings["trt_timing_cache_path"] = "1", o.CacheDir
	}
	if o.MaxWorkspaceBytes > 0 {
		settings["trt_max_workspace_size"] = strconv.Itoa(o.MaxWorkspaceBytes)
	}
	return settings
}

func flag(on bool) string {
	if on {
		return "1"
	}
	return "0"
}

// newSessionOptions returns options for one session on a device. The caller
// destroys them after the session is made.
func newSessionOptions(device config.Device, c config.Model, s shapes) (*ort.SessionOptions, error) {
	o, err := ort.NewSessionOptions()
	if err != nil {
		return nil, fmt.Errorf("making session options: %w", err)
	}
	for _, set := range []func() error{
		func() error { return o.SetIntraOpNumThreads(threads(c)) },
		func() error { return o.SetInterOpNumThreads(1) },
		func() error { return o.SetGraphOptimizationLevel(ort.GraphOptimizationLevelEnableAll) },
		func() error {
			return o.AddSessionConfigEntry("session.intra_op.allow_spinning", flag(c.CPUOptions().Spinning))
		},
	} {
		if err := set(); err != nil {
			_ = o.Destroy()
			return nil, fmt.Errorf("setting session options: %w", err)
		}
	}
	if err := providers[device](o, c, s); err != nil {
		_ = o.Destroy()
		return nil, &DeviceError{Device: device, Err: explained(err)}
	}
	return o, nil
}

// threads returns the number of threads of one run on the CPU.
func threads(c config.Model) int {
	return cmp.Or(c.CPUOptions().Threads, threadsFor(budget.Cores(), runtime.GOMAXPROCS(0)))
}

// threadsFor is how many threads the cores of a limit feed, 0 for no limit. Go sets
// GOMAXPROCS from the limit of the cgroup, which ONNX Runtime does not look at: it
// would start a thread for each core of the node. But Go's is 2 at least, of which
// one would wait for the other while both are held up.
func threadsFor(limit float64, processors int) int {
	if limit > 0 && limit < 2 {
		return 1
	}
	return processors
}
