package telemetry

import (
	"strconv"

	"github.com/NVIDIA/go-nvml/pkg/nvml"
	"github.com/prometheus/client_golang/prometheus"
)

var (
	gpuUtilization = prometheus.NewDesc("rsclip_gpu_utilization_ratio", "Part of the last moment in which the GPU computed, 0 to 1, from NVML.", []string{"gpu"}, nil)
	gpuMemoryUsed  = prometheus.NewDesc("rsclip_gpu_memory_used_bytes", "Memory of the GPU in use, by any process, from NVML.", []string{"gpu"}, nil)
	gpuMemoryTotal = prometheus.NewDesc("rsclip_gpu_memory_total_bytes", "Memory of the GPU, from NVML.", []string{"gpu"}, nil)
	gpuPower       = prometheus.NewDesc("rsclip_gpu_power_watts", "Power that the GPU draws, from NVML.", []string{"gpu"}, nil)
)

type gpuCollector struct{ devices []nvml.Device }

// WatchGPUs reports on the GPUs that the process sees by NVML, which
// [nvml.New] loads at run time. Where there is none it says why, and the
// metrics are absent.
func (t *Telemetry) WatchGPUs(library nvml.Interface) error {
	if result := library.Init(); result != nvml.SUCCESS {
		return result
	}
	n, result := library.DeviceGetCount()
	if result != nvml.SUCCESS {
		return result
	}
	c := &gpuCollector{}
	for i := range n {
		device, result := library.DeviceGetHandleByIndex(i)
		if result != nvml.SUCCESS {
			return result
		}
		c.devices = append(c.devices, device)
	}
	return t.Registry.Register(c)
}

func (c *gpuCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{gpuUtilization, gpuMemoryUsed, gpuMemoryTotal, gpuPower} {
		out <- d
	}
}

// Collect leaves out what a device does not tell, as a MIG slice does.
func (c *gpuCollector) Collect(out chan<- prometheus.Metric) {
	for i, device := range c.devices {
		gauge := func(d *prometheus.Desc, value float64) {
			out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, strconv.Itoa(i))
		}
		if u, result := device.GetUtilizationRates(); result == nvml.SUCCESS {
			gauge(gpuUtilization, float64(u.Gpu)/100)
		}
		if m, result := device.GetMemoryInfo(); result == nvml.SUCCESS {
			gauge(gpuMemoryUsed, float64(m.Used))
			gauge(gpuMemoryTotal, float64(m.Total))
		}
		if milliwatts, result := device.GetPowerUsage(); result == nvml.SUCCESS {
			gauge(gpuPower, float64(milliwatts)/1000)
		}
	}
}
