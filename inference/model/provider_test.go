package model

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	ort "github.com/yalue/onnxruntime_go"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/modelfolder"
)

// TestProviderSettings has the defaults of both providers, and every setting.
func TestProviderSettings(t *testing.T) {
	t.Parallel()
	pixels := shapes{"pixel_values", ort.NewShape(3, 224, 224), 32}
	for name, tt := range map[string]struct {
		config         config.Model
		cuda, tensorrt map[string]string
	}{
		"defaults": {
			cuda: map[string]string{"device_id": "0", "arena_extend_strategy": "kSameAsRequested", "cudnn_conv_algo_search": "HEURISTIC", "use_tf32": "0"},
			tensorrt: map[string]string{
				"device_id": "0", "trt_fp16_enable": "0", "trt_cuda_graph_enable": "0", "trt_profile_min_shapes": "pixel_values:1x3x224x224",
				"trt_profile_opt_shapes": "pixel_values:32x3x224x224", "trt_profile_max_shapes": "pixel_values:32x3x224x224",
			},
		},
		"everything": {
			config: config.Model{
				CUDA:     &config.CUDAOptions{DeviceID: 1, GPUMemLimit: 1 << 30, ArenaExtendStrategy: "kNextPowerOfTwo", CUDNNConvAlgoSearch: "EXHAUSTIVE", TF32: true},
				TensorRT: &config.TensorRTOptions{FP16: true, CacheDir: "/cache", MaxWorkspaceBytes: 1 << 31},
			},
			cuda: map[string]string{
				"device_id": "1", "arena_extend_strategy": "kNextPowerOfTwo", "cudnn_conv_algo_search": "EXHAUSTIVE", "use_tf32": "1", "gpu_mem_limit": "1073741824",
			},
			tensorrt: map[string]string{
				"device_id": "1", "trt_fp16_enable": "1", "trt_cuda_graph_enable": "0", "trt_profile_min_shapes": "pixel_values:1x3x224x224",
				"trt_profile_opt_shapes": "pixel_values:32x3x224x224", "trt_profile_max_shapes": "pixel_values:32x3x224x224",
				"trt_engine_cache_enable": "1", "trt_engine_cache_path": "/cache", "trt_timing_cache_enable": "1", "trt_timing_cache_path": "/cache",
				"trt_max_workspace_size": "2147483648",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if d := cmp.Diff(tt.cuda, cudaSettings(tt.config.CUDAOptions())); d != "" {
				t.Error(d)
			}
			if d := cmp.Diff(tt.tensorrt, tensorRTSettings(tt.config.TensorRTOptions(), tt.config.CUDAOptions().DeviceID, pixels)); d != "" {
				t.Error(d)
			}
		})
	}
}

// TestFoldersThatDevicesRefuse pairs every device with folders that it should
// not run, and with those that it should.
func TestFoldersThatDevicesRefuse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		device    config.Device
		precision config.Precision
		portable  bool
		mend      string // "" is none
	}{
		{config.CPU, config.INT8, false, ""},
		{config.CPU, config.FP16, true, ""},
		{config.CUDA, config.FP32, false, ""},
		{config.CUDA, config.FP16, true, ""},
		{config.CUDA, config.INT8, false, "--precision fp16`"},
		{config.TensorRT, config.FP16, true, ""},
		{config.TensorRT, config.FP16, false, "--precision fp16 --portable`"},
		{config.TensorRT, config.FP32, false, "--precision fp32 --portable`"},
		{config.TensorRT, config.INT8, true, "--precision fp16 --portable`"},
	} {
		d := &modelfolder.Metadata{Precision: tt.precision, Portable: tt.portable}
		err := suits(tt.device, d)
		if (err == nil) != (tt.mend == "") || err != nil && !strings.Contains(err.Error(), tt.mend) {
			t.Errorf("%s, %s, portable %t: %v, want a mend with %q", tt.device, tt.precision, tt.portable, err, tt.mend)
		}
		if got := halved(config.Model{}, d).TensorRTOptions().FP16; got != (tt.precision == config.FP16) {
			t.Errorf("%s: TensorRT computes in half precision: %t", tt.precision, got)
		}
	}
}

// TestWhatRuntimeMeans has messages as ONNX Runtime words them.
func TestWhatRuntimeMeans(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		`Failed to parse provider option "device_id": CUDA failure 100: no CUDA-capable device is detected`:                          "there is no CUDA device here",
		`Failed to parse provider option "device_id": CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version`: "driver",
		`Failed to load library libonnxruntime_providers_tensorrt.so with error: libnvinfer.so.10: cannot open shared object file`:   "TensorRT's libraries",
		`Failed to load library libonnxruntime_providers_cuda.so with error: libcublasLt.so.12: cannot open shared object file`:      "libcublasLt.so.12",
	} {
		if got := explained(errors.New(said)).Error(); !strings.Contains(got, want) || strings.Contains(got, "device_id\"") {
			t.Errorf("%q became %q, want %q in it", said, got, want)
		}
	}
}

func TestThreadsFollowTheLimit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		limit            float64
		processors, want int
	}{{0, 8, 8}, {0.5, 2, 1}, {1, 2, 1}, {1.9, 2, 1}, {2, 2, 2}, {3.5, 4, 4}} {
		if got := threadsFor(tt.limit, tt.processors); got != tt.want {
			t.Errorf("%d threads for a limit of %v and GOMAXPROCS %d, want %d", got, tt.limit, tt.processors, tt.want)
		}
	}
}
