package main

import "testing"

// TestWhatSeesAGPU has six GPUs' worth of traffic come and go. The CPU, of which a
// full GPU takes a third, adds no pod to it.
func TestWhatSeesAGPU(t *testing.T) {
	t.Parallel()
	pod := gpuPod(50)
	follow := func(target float64, signal func(*server, float64, float64) (float64, bool)) Outcome {
		return Simulation{
			Pod: pod, Pods: 2, Autoscaler: &Autoscaler{Min: 2, Max: 15, Target: target, up: new(rules).withDefaults(0, policy{"Pods", 4, 15}), down: new(rules).withDefaults(600, policy{"Pods", 1, 60})},
			Signal: signal, RateSeconds: 120, ScrapeSeconds: 30, Seed: 1,
		}.Run(wave(300))
	}
	if o := follow(70, cpuSignal(2, 0.0132)); o.MostPods != 2 || o.Failed == 0 {
		t.Errorf("by the CPU: %d pods at most, and %d requests failed; want 2 pods, which cannot serve all", o.MostPods, o.Failed)
	}
	if o := follow(0.05, queueSignal); o.MostPods < 6 || o.Failed > 0 {
		t.Errorf("by the queue: %d pods at most, and %d requests failed; want all that are needed, and none", o.MostPods, o.Failed)
	}
}
