package main

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/seed-74198975/rsclip/constructs"
)

// TestDesire goes through the cases of Kubernetes' documentation of the
// algorithm and of its replica calculator.
func TestDesire(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		pods  int
		rates []float64
		want  int
	}{
		"twice the target doubles":                     {2, []float64{20, 20}, 4},
		"half the target halves":                       {4, []float64{5, 5, 5, 5}, 2},
		"a tenth more is tolerated":                    {2, []float64{11, 11}, 2},
		"and a little over is not":                     {2, []float64{11.1, 11.1}, 3},
		"no metric changes nothing":                    {3, nil, 3},
		"a pod without a metric is idle on the way up": {3, []float64{20, 20}, 4},
		"which may be within the tolerance":            {4, []float64{20, 20}, 4},
		"and just busy on the way down":                {3, []float64{4, 4}, 2},
		"which may turn to nothing":                    {2, []float64{9}, 2},
		"the most pods bound it":                       {8, []float64{30, 30, 30, 30, 30, 30, 30, 30}, 10},
		"and the fewest":                               {3, []float64{0, 0, 0}, 1},
		"four pods may come at once":                   {1, []float64{90}, 4},
	} {
		a := &Autoscaler{Min: 1, Max: 10, Target: 10}
		if got := a.Desire(1000, c.pods, c.rates); got != c.want {
			t.Errorf("%s: %d pods, want %d", name, got, c.want)
		}
	}
}

// TestBehaviors follows the constructs' behaviours through a rise and a fall.
func TestBehaviors(t *testing.T) {
	t.Parallel()
	for behavior, c := range map[constructs.Behavior]struct {
		up, down []int // pods at every sync after the load has come, and gone
	}{
		// By four pods in 30 s, up to the 15; down by one a minute after ten minutes.
		constructs.Spiky: {up: []int{6, 6, 12, 12, 15}, down: []int{15, 15}},
		// Up by one a minute after two minutes.
		constructs.Steady: {up: []int{2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4}, down: []int{4, 4}},
	} {
		a, err := synthesize(requestsMetric, constructs.GpuAutoscalerProps{RequestsPerSecond: 10, MaxReplicas: 15, CPUUtilization: -1, Behavior: behavior})
		if err != nil {
			t.Fatal(err)
		}
		pods, now := 2, 0.0
		sync := func(total float64) int {
			now += syncSeconds
			rates := make([]float64, pods)
			for i := range rates {
				rates[i] = total / float64(pods)
			}
			pods = a.Desire(now, pods, rates)
			return pods
		}
		for range 20 {
			if got := sync(20); got != 2 {
				t.Fatalf("%s: %d pods at rest, want 2", behavior, got)
			}
		}
		for _, phase := range []struct {
			total float64
			want  []int
		}{{1000, c.up}, {20, c.down}} {
			for i, want := range phase.want {
				if got := sync(phase.total); got != want {
					t.Fatalf("%s: %d pods at sync %d of %v requests a second, want %d", behavior, got, i+1, phase.total, want)
				}
			}
		}
		quiet := 0
		for pods > 2 {
			sync(20)
			if quiet++; quiet > 200 {
				t.Fatalf("%s: %d pods are left after %d quiet syncs", behavior, pods, quiet)
			}
		}
	}
}

// TestRate compares with what promtool says of the same series.
func TestRate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		counter counter
		now     float64
		want    float64 // of promtool, `rate(c[2m])`
	}{
		"a steady count":        {scrapes(0, 0, 300, 600, 900, 1200, 1500, 1800), 180, 10},
		"between two scrapes":   {scrapes(0, 0, 300, 600, 900, 1200, 1500, 1800), 170, 10},
		"one that has begun":    {scrapes(120, 100, 400, 700), 180, 5.833333333333333},
		"one that began from 0": {scrapes(120, 0, 300, 600), 180, 5},
	} {
		if got, ok := c.counter.rate(c.now, 120); !ok || math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %v a second, want %v", name, got, c.want)
		}
	}
	if _, ok := scrapes(170, 5).rate(180, 120); ok {
		t.Error("one scrape has a rate")
	}
}

// scrapes are of every 30 s.
func scrapes(at float64, counts ...int) (c counter) {
	for i, n := range counts {
		c = append(c, count{at + 30*float64(i), n})
	}
	return c
}

func TestReadAutoscaler(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "hpa.yaml")
	for manifest, want := range map[string]string{
		"kind: Service\n": "has no HorizontalPodAutoscaler",
		"kind: HorizontalPodAutoscaler\nspec: {maxReplicas: 3}\n":                                                                        "has no target for requests_per_second",
		"kind: HorizontalPodAutoscaler\nspec: {metrics: [{pods: {metric: {name: requests_per_second}, target: {averageValue: 3Mi}}}]}\n": `the quantity "3Mi" is none`,
	} {
		if err := os.WriteFile(file, []byte(manifest), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadAutoscaler(file, requestsMetric); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", manifest, err, want)
		}
	}
}
