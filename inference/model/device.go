package model

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/modelfolder"
)

// DeviceError says that a device was asked for and cannot be had.
type DeviceError struct {
	Device config.Device
	Err    error
	Mend   string // what helps beside another device; "" is an image and a node that have it
}

func (e *DeviceError) Error() string {
	mend := cmp.Or(e.Mend, "run an image and a node that have it")
	return fmt.Sprintf("device %q cannot be used: %v; %s, set device to \"cpu\", or set allow_cpu_fallback", e.Device, e.Err, mend)
}

func (e *DeviceError) Unwrap() error { return e.Err }

// missing says in our words what ONNX Runtime means by a part of its message,
// which may blame a setting instead.
var missing = []struct{ said, means string }{
	{"CUDA failure 100", "there is no CUDA device here"},
	{"CUDA failure 101", "there is no CUDA device of the number that cuda.device_id names"},
	{"CUDA failure 35", "the node's NVIDIA driver is not there, or too old for CUDA 12"},
	{"libcuda.so.1", "the node's NVIDIA driver is not in the container: libcuda.so.1 is missing"},
	{"libnvinfer", "TensorRT's libraries, which are not in the project's images, are missing: libnvinfer.so.10 and libnvonnxparser.so.10"},
	{"libnvonnxparser", "TensorRT's libraries, which are not in the project's images, are missing: libnvinfer.so.10 and libnvonnxparser.so.10"},
}

// explained returns err with what ONNX Runtime means by it, if that is known.
func explained(err error) error {
	for _, m := range missing {
		if strings.Contains(err.Error(), m.said) {
			return fmt.Errorf("%s (ONNX Runtime: %s)", m.means, m.said)
		}
	}
	return err
}

// suits says why a device should not run a model folder.
func suits(device config.Device, d *modelfolder.Metadata) error {
	refuse := func(reason, flags string) error {
		return &DeviceError{Device: device, Err: errors.New(reason), Mend: "export a folder for it by `rsclip export --checkpoint CHECKPOINT --out FOLDER " + flags + "`"}
	}
	switch {
	case device == config.CPU:
		return nil
	case d.Precision == config.INT8:
		// Seen: 47 and 48 nodes of a tower of 12 layers on the CPU, and 94 and 96
		// copies between it and the GPU in each run.
		return refuse("the model folder is int8, whose products have no kernels there: each would run on the CPU between two copies", "--precision fp16"+portable(device))
	case device == config.TensorRT && !d.Portable:
		return refuse("the model folder has operators of ONNX Runtime's own, which TensorRT does not know", fmt.Sprintf("--precision %s --portable", d.Precision))
	}
	return nil
}

// portable is the flag of an export for a device that needs it.
func portable(device config.Device) string {
	if device == config.TensorRT {
		return " --portable"
	}
	return ""
}

// halved has TensorRT compute in half precision if the folder's weights are of it:
// TensorRT refuses them otherwise.
func halved(c config.Model, d *modelfolder.Metadata) config.Model {
	o := c.TensorRTOptions()
	o.FP16 = o.FP16 || d.Precision == config.FP16
	c.TensorRT = &o
	return c
}
