package config

import "cmp"

// CPUOptions tune ONNX Runtime on the CPU.
type CPUOptions struct {
	// Threads is the number of threads of a run alone, and of runs at once while
	// many items wait, 1 to 1024. Default: the cgroup's CPU limit, rounded up, or
	// the number of cores where there is none.
	Threads int `json:"threads,omitempty"`
	// Spinning lets idle threads spin for work. That does 7 or 8 % more while
	// one tower has a run at a time, a third less while both have one, and two thirds
	// less if the threads are more than the cores. Default false.
	// Source: "Threads that spin" in docs/benchmarks.md.
	Spinning bool `json:"spinning,omitempty"`
}

// CUDAOptions tune the CUDA execution provider; the names and meanings are
// those of ONNX Runtime's documentation of it.
type CUDAOptions struct {
	// DeviceID is the number of the GPU among those of the container, 0 to 63. Default 0.
	DeviceID int `json:"device_id,omitempty"`
	// GPUMemLimit bounds the arena of each tower, in bytes, 1 MiB to 1 TiB.
	// Default: none.
	GPUMemLimit int `json:"gpu_mem_limit,omitempty"`
	// ArenaExtendStrategy is kSameAsRequested or kNextPowerOfTwo, which takes
	// up to twice the memory to ask for it less often. Default kSameAsRequested.
	ArenaExtendStrategy string `json:"arena_extend_strategy,omitempty"`
	// CUDNNConvAlgoSearch is EXHAUSTIVE, HEURISTIC or DEFAULT: how cuDNN
	// chooses the algorithm of the patch embedding. Default HEURISTIC, which
	// keeps warming up short.
	CUDNNConvAlgoSearch string `json:"cudnn_conv_algo_search,omitempty"`
	// TF32 lets float32 products round their inputs to 10 bits of fraction,
	// which is faster on the GPUs that have it. Default false: scores stay
	// those of the reference.
	TF32 bool `json:"tf32,omitempty"`
}

// TensorRTOptions tune the TensorRT execution provider.
type TensorRTOptions struct {
	// FP16 lets TensorRT compute in half precision, which a folder in fp16 always
	// has it do. Default false: the precision of the model folder is kept.
	FP16 bool `json:"fp16,omitempty"`
	// CacheDir is a writable folder for engines and timings, so that only the
	// first start on a kind of GPU builds them. Default: none are kept.
	CacheDir string `json:"cache_dir,omitempty"`
	// MaxWorkspaceBytes bounds the scratch memory of an engine, 1 MiB to 1 TiB.
	// Default: TensorRT's own.
	MaxWorkspaceBytes int `json:"max_workspace_bytes,omitempty"`
}

// CPUOptions returns the options of the CPU in force; 0 threads are the cgroup's.
func (m Model) CPUOptions() CPUOptions {
	if m.CPU == nil {
		return CPUOptions{}
	}
	return *m.CPU
}

// CUDAOptions returns the options of CUDA in force.
func (m Model) CUDAOptions() CUDAOptions {
	var o CUDAOptions
	if m.CUDA != nil {
		o = *m.CUDA
	}
	o.ArenaExtendStrategy = cmp.Or(o.ArenaExtendStrategy, "kSameAsRequested")
	o.CUDNNConvAlgoSearch = cmp.Or(o.CUDNNConvAlgoSearch, "HEURISTIC")
	return o
}

// TensorRTOptions returns the options of TensorRT in force.
func (m Model) TensorRTOptions() TensorRTOptions {
	if m.TensorRT == nil {
		return TensorRTOptions{}
	}
	return *m.TensorRT
}

func (m Model) validateProviders(errs *FieldErrors) {
	errs.inRangeOr("cpu.threads", m.CPUOptions().Threads, 1, 1024)
	cuda := m.CUDAOptions()
	errs.inRange("cuda.device_id", cuda.DeviceID, 0, 63)
	errs.inRangeOr("cuda.gpu_mem_limit", cuda.GPUMemLimit, 1<<20, 1<<40)
	oneOf(errs, "cuda.arena_extend_strategy", cuda.ArenaExtendStrategy, "kSameAsRequested", "kNextPowerOfTwo")
	oneOf(errs, "cuda.cudnn_conv_algo_search", cuda.CUDNNConvAlgoSearch, "EXHAUSTIVE", "HEURISTIC", "DEFAULT")
	errs.inRangeOr("tensorrt.max_workspace_bytes", m.TensorRTOptions().MaxWorkspaceBytes, 1<<20, 1<<40)
}
