package telemetry

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/seed-74198975/rsclip/inference/nvml"
)

var (
	gpuUtilization = prometheus.NewDesc("rsclip_gpu_utilization_ratio", "Part of the last moment in which the GPU computed, 0 to 1, from NVML.", []string{"gpu"}, nil)
	gpuMemoryUsed  = prometheus.NewDesc("rsclip_gpu_memory_used_bytes", "Memory of the GPU in use, by any process, from NVML.", []string{"gpu"}, nil)
	gpuMemoryTotal = prometheus.NewDesc("rsclip_gpu_memory_total_bytes", "Memory of the GPU, from NVML.", []string{"gpu"}, nil)
	gpuPower       = prometheus.NewDesc("rsclip_gpu_power_watts", "Power that the GPU draws, from NVML.", []string{"gpu"}, nil)
	gpuEnergy      = prometheus.NewDesc("rsclip_gpu_energy_joules_total", "Energy that the GPU has used since its driver was loaded, from NVML.", []string{"gpu"}, nil)
	gpuThrottled   = prometheus.NewDesc("rsclip_gpu_throttled", "Whether the GPU computes slower than it could, 0 or 1, by reason, from NVML.", []string{"gpu", "reason"}, nil)
)

type gpuCollector struct{ devices []nvml.Device }

// WatchGPUs reports on the GPUs that the process sees by a library, such as
// [nvml.Driver]. If it cannot be had, WatchGPUs says why, and the metrics are
// absent.
func (t *Telemetry) WatchGPUs(library string) error {
	devices, err := nvml.Devices(library)
	if err != nil {
		return err
	}
	return t.Registry.Register(&gpuCollector{devices})
}

func (c *gpuCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{gpuUtilization, gpuMemoryUsed, gpuMemoryTotal, gpuPower, gpuEnergy, gpuThrottled} {
		out <- d
	}
}

// Collect leaves out what a device does not tell, as a MIG slice does.
func (c *gpuCollector) Collect(out chan<- prometheus.Metric) {
	for i, device := range c.devices {
		gauge := func(d *prometheus.Desc, value float64) {
			out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, strconv.Itoa(i))
		}
		if utilization, err := device.Utilization(); err == nil {
			gauge(gpuUtilization, utilization)
		}
		if used, total, err := device.Memory(); err == nil {
			gauge(gpuMemoryUsed, float64(used))
			gauge(gpuMemoryTotal, float64(total))
		}
		if watts, err := device.Power(); err == nil {
			gauge(gpuPower, watts)
		}
		if joules, err := device.Energy(); err == nil {
			out <- prometheus.MustNewConstMetric(gpuEnergy, prometheus.CounterValue, joules, strconv.Itoa(i))
		}
		if slowdowns, err := device.Slowdowns(); err == nil {
			for reason, in := range slowdowns {
				out <- prometheus.MustNewConstMetric(gpuThrottled, prometheus.GaugeValue, map[bool]float64{true: 1}[in], strconv.Itoa(i), string(reason))
			}
		}
	}
}
