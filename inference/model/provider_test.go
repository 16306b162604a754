package model

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	ort "github.com/yalue/onnxruntime_go"

	"github.com/seed-74198975/rsclip/inference/config"
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
