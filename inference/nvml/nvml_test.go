package nvml_test

import (
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/inference/nvml"
	"github.com/seed-74198975/rsclip/inference/nvml/nvmltest"
)

func TestDevice(t *testing.T) {
	t.Parallel()
	devices, err := nvml.Devices(nvmltest.Library(t))
	if err != nil || len(devices) != 1 {
		t.Fatalf("%d devices, %v", len(devices), err)
	}
	if u, err := devices[0].Utilization(); err != nil || u != 0.37 {
		t.Errorf("utilization %v, %v, want 0.37", u, err)
	}
	if used, total, err := devices[0].Memory(); err != nil || used != 20<<30 || total != 80<<30 {
		t.Errorf("memory %d of %d, %v", used, total, err)
	}
	if watts, err := devices[0].Power(); err != nil || watts != 250.5 {
		t.Errorf("power %v, %v, want 250.5", watts, err)
	}
	if joules, err := devices[0].Energy(); err != nil || joules != 7200.5 {
		t.Errorf("energy %v, %v, want 7200.5", joules, err)
	}
	if s, err := devices[0].Slowdowns(); err != nil || !s[nvml.Heat] || s[nvml.PowerCap] || s[nvml.PowerBrake] {
		t.Errorf("slowdowns %v, %v, want heat", s, err)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ library, want string }{
		"no library":       {"/nowhere/libnvidia-ml.so.1", "loading NVML: /nowhere/libnvidia-ml.so.1: cannot open"},
		"another library":  {"libc.so.6", "loading NVML: it is not NVML"},
		"no driver":        {nvmltest.Library(t, "-DINIT=9"), "starting NVML: Driver Not Loaded (NVML's error 9)"},
		"nothing to speak": {"", "loading NVML"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := nvml.Devices(tt.library); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// TestNotTold has a GPU that does not tell, as a MIG slice, and a driver that
// lacks a function.
func TestNotTold(t *testing.T) {
	t.Parallel()
	devices, err := nvml.Devices(nvmltest.Library(t, "-DTELLS=3", "-DNO_POWER"))
	if err != nil {
		t.Fatal(err)
	}
	_, utilization := devices[0].Utilization()
	_, power := devices[0].Power()
	_, energy := devices[0].Energy()
	_, slowdowns := devices[0].Slowdowns()
	if utilization == nil || power == nil || energy == nil || slowdowns == nil {
		t.Errorf("told: utilization %v, power %v, energy %v, slowdowns %v", utilization, power, energy, slowdowns)
	}
}
