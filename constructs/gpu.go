package constructs

import (
	"fmt"

	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/internal/contract"
)

// GPU says which GPUs one pod gets, and what its node must offer for them. All
// of it is dropped where the model's device is cpu.
type GPU struct {
	// Count is the number of GPUs, or of GPU slices, of one pod: 1, since the server
	// runs on one. Default 1.
	Count int `json:"count,omitempty" zero:"1; set model.device to cpu to have no GPU"`
	// ResourceName is what the device plugin advertises. Default "nvidia.com/gpu".
	//
	// A MIG slice, such as "nvidia.com/mig-1g.10gb", has its own memory and
	// compute. A GPU shared by time-slicing or MPS is "nvidia.com/gpu.shared"
	// where the plugin renames it; time-slicing keeps no pod from taking the
	// memory of all, and MPS fails all pods of a GPU with one of them, so leave
	// room and expect latencies of the neighbours' making.
	ResourceName string `json:"resourceName,omitempty"`
	// Products are values of the node label nvidia.com/gpu.product, of which a
	// node must have one. If resources say nothing of CPU, a pod gets as many cores
	// as feed the fastest of them (docs/gpu.md). Default any.
	Products []string `json:"products,omitempty"`
	// RuntimeClassName names the RuntimeClass of the NVIDIA runtime, where it is
	// not the nodes' default: often "nvidia". Default none.
	RuntimeClassName string `json:"runtimeClassName,omitempty"`
	// SharedMemory is the size of /dev/shm, which counts towards the memory
	// limit, for what shares tensors between processes. Default the container
	// runtime's 64 MiB.
	SharedMemory string `json:"sharedMemory,omitempty" number:"text"`
	// CacheClaim names a PersistentVolumeClaim of the namespace, made elsewhere,
	// that keeps what the GPU has compiled: CUDA's kernels for GPUs that are newer
	// than those of the image, and TensorRT's engines. If pods run on several nodes,
	// it must be mounted from all. Default none: kernels are kept in /tmp, as long as
	// the pod lives, and engines are not kept.
	CacheClaim string `json:"cacheClaim,omitempty"`
}

// wholeGPU is what NVIDIA's device plugin advertises of a GPU that is not shared.
const wholeGPU = "nvidia.com/gpu"

// productLabel is the node label that NVIDIA's feature discovery sets.
const productLabel = "nvidia.com/gpu.product"

func (g GPU) withDefaults() GPU {
	setDefault(&g.Count, 1)
	setDefault(&g.ResourceName, wholeGPU)
	return g
}

func (g GPU) check(c *check, memory string) {
	if g.Count != 1 {
		c.add("gpu.count", g.Count, "1, since the server runs on one GPU", "leave it out, and set replicas to have more GPUs work")
	}
	c.form("gpu.resourceName", g.ResourceName, extendedResource)
	for i, product := range g.Products {
		c.form(fmt.Sprintf("gpu.products[%d]", i), product, nodeLabelValue)
	}
	if g.RuntimeClassName != "" {
		c.form("gpu.runtimeClassName", g.RuntimeClassName, objectName)
	}
	if g.SharedMemory != "" {
		size := c.bytes("gpu.sharedMemory", g.SharedMemory)
		if limit, ok := parseQuantity(memory); ok && size != nil && size.Cmp(limit) > 0 {
			c.add("gpu.sharedMemory", g.SharedMemory, "at most resources.limits.memory, "+memory, "lower it, since what is in it counts as the container's memory, or raise the limit")
		}
	}
	if g.CacheClaim != "" {
		c.form("gpu.cacheClaim", g.CacheClaim, objectName)
	}
}

// render adds to a pod what its GPUs need beside their resource.
func (g GPU) render(spec *k8s.PodSpec, container *k8s.Container, security Security) {
	if len(g.Products) > 0 {
		requireNodes(spec, productLabel, g.Products)
	}
	if g.RuntimeClassName != "" {
		spec.RuntimeClassName = &g.RuntimeClassName
	}
	if g.SharedMemory != "" {
		const volume = "shared-memory"
		*spec.Volumes = append(*spec.Volumes, &k8s.Volume{Name: new(volume), EmptyDir: &k8s.EmptyDirVolumeSource{
			Medium: new("Memory"), SizeLimit: quantity(g.SharedMemory),
		}})
		*container.VolumeMounts = append(*container.VolumeMounts, &k8s.VolumeMount{Name: new(volume), MountPath: new("/dev/shm")})
	}
	if g.CacheClaim != "" {
		volume := addClaimVolume(spec, g.CacheClaim, "gpu-cache", false)
		*container.VolumeMounts = append(*container.VolumeMounts, &k8s.VolumeMount{Name: &volume, MountPath: new(contract.GPUCacheFolder)})
		*container.Env = append(*container.Env, &k8s.EnvVar{Name: new(contract.CUDACacheEnv), Value: new(contract.GPUCacheFolder)})
		security.share(spec)
	}
}

// settings has TensorRT keep its engines in the claim, if there is one.
func (g GPU) settings(m config.Model) config.Model {
	o := m.TensorRTOptions()
	if g.CacheClaim != "" && m.Device == config.TensorRT && o.CacheDir == "" {
		o.CacheDir = contract.GPUCacheFolder
		m.TensorRT = &o
	}
	return m
}
