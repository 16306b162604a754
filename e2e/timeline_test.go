package e2e

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/seed-74198975/rsclip/internal/timeplot"
)

// moment is what is seen of the cluster at one time.
type moment struct {
	seconds          float64 // since the timeline began
	wanted, ready    int     // pods
	sent, failed     float64 // requests a second, by the test's own count
	requests, queued float64 // the signals, averages of a ready pod: requests a second, and seconds
	errors, latency  int     // states of HighErrorRate and HighLatency
}

// header names the columns of a timeline's file.
var header = []string{
	"seconds", "wanted_pods", "ready_pods", "sent_per_second", "failed_per_second",
	"requests_per_second_per_pod", "queue_seconds",
	"high_error_rate_0_inactive_1_pending_2_firing", "high_latency_0_inactive_1_pending_2_firing",
}

func (m moment) row() []string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', 4, 64) }
	return []string{
		fmt.Sprintf("%.0f", m.seconds), strconv.Itoa(m.wanted), strconv.Itoa(m.ready), number(m.sent), number(m.failed),
		number(m.requests), number(m.queued), strconv.Itoa(m.errors), strconv.Itoa(m.latency),
	}
}

// timeline looks at a namespace every few seconds.
type timeline struct {
	namespace    string
	start        time.Time
	sent, failed atomic.Int64

	mu      sync.Mutex
	moments []moment
	marks   []timeplot.Mark
}

// every is the time between two moments.
const every = 3 * time.Second

// watch looks until the test ends.
func watch(t *testing.T, namespace string) *timeline {
	t.Helper()
	l := &timeline{namespace: namespace, start: time.Now()}
	go func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		var sent, failed int64
		for last := l.start; ; {
			select {
			case <-t.Context().Done():
				return
			case now := <-tick.C:
				m, err := l.look(t.Context())
				if err != nil {
					continue // The next look may see what this one could not.
				}
				elapsed := now.Sub(last).Seconds()
				s, f := l.sent.Load(), l.failed.Load()
				m.sent, m.failed = float64(s-sent)/elapsed, float64(f-failed)/elapsed
				sent, failed, last = s, f, now
				l.mu.Lock()
				l.moments = append(l.moments, m)
				l.mu.Unlock()
			}
		}
	}()
	return l
}

func (l *timeline) look(ctx context.Context) (moment, error) {
	m := moment{seconds: time.Since(l.start).Seconds()}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	data, err := exec.CommandContext(ctx, "kubectl", "get", "-n", l.namespace, deployment, "-o", "json").Output()
	if err != nil {
		return m, err
	}
	var d struct {
		Spec   struct{ Replicas int }
		Status struct{ ReadyReplicas int }
	}
	if err := json.Unmarshal(data, &d); err != nil {
		return m, err
	}
	m.wanted, m.ready = d.Spec.Replicas, d.Status.ReadyReplicas
	server := fmt.Sprintf("namespace=%q,service=\"git-rscilp-service\"", l.namespace)
	for value, query := range map[*float64]string{
		&m.requests: `sum(rate(http_requests_total{` + server + `}[30s])) / count(up{` + server + `} == 1)`,
		&m.queued: `avg(max by (pod) (sum by (pod, tower) (rate(rsclip_stage_duration_seconds_sum{stage="queue",` + server + `}[30s]))` +
			` / clamp_min(sum by (pod, tower) (rate(rsclip_stage_duration_seconds_count{stage="queue",` + server + `}[30s])), 0.001)))`,
	} {
		if *value, err = ask(ctx, query); err != nil {
			return m, err
		}
	}
	if m.errors, err = alertState(ctx, "HighErrorRate", l.namespace); err != nil {
		return m, err
	}
	m.latency, err = alertState(ctx, "HighLatency", l.namespace)
	return m, err
}

// mark notes what happens now.
func (l *timeline) mark(t *testing.T, format string, args ...any) {
	t.Helper()
	m := timeplot.Mark{Time: time.Since(l.start).Seconds(), Text: fmt.Sprintf(format, args...)}
	t.Logf("%4.0f s: %s", m.Time, m.Text)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.marks = append(l.marks, m)
}

// wait waits for a moment that is so, at most for the limit, and notes it.
func (l *timeline) wait(t *testing.T, limit time.Duration, what string, so func(moment) bool) {
	t.Helper()
	var last moment
	began := time.Since(l.start).Seconds()
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(time.Second) {
		l.mu.Lock()
		if len(l.moments) > 0 {
			last = l.moments[len(l.moments)-1]
		}
		l.mu.Unlock()
		if last.seconds > began && so(last) {
			l.mark(t, "%s", what)
			return
		}
	}
	t.Fatalf("in %v not: %s; last seen: %+v", limit, what, last)
}

// write leaves what was seen in a folder, as a table and as a plot.
func (l *timeline) write(folder, title string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	rows := [][]string{header}
	for _, m := range l.moments {
		rows = append(rows, m.row())
	}
	file, err := os.Create(filepath.Join(folder, "scaling.csv"))
	if err != nil {
		return err
	}
	if err := csv.NewWriter(file).WriteAll(rows); err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "scaling.svg"), []byte(timeplot.SVG(title, l.panels(), l.marks)), 0o644)
}

func (l *timeline) panels() []timeplot.Panel {
	series := func(name string, value func(moment) float64) timeplot.Series {
		s := timeplot.Series{Name: name}
		for _, m := range l.moments {
			s.Times, s.Values = append(s.Times, m.seconds), append(s.Values, value(m))
		}
		return s
	}
	constant := func(v float64) func(moment) float64 { return func(moment) float64 { return v } }
	return []timeplot.Panel{
		{Title: "pods", Series: []timeplot.Series{
			series("wanted", func(m moment) float64 { return float64(m.wanted) }),
			series("ready", func(m moment) float64 { return float64(m.ready) }),
		}},
		{Title: "requests a second, as sent", Series: []timeplot.Series{
			series("all", func(m moment) float64 { return m.sent }),
			series("not answered as they should be", func(m moment) float64 { return m.failed }),
		}},
		{Title: "requests a second and pod, rated over 30 s", Series: []timeplot.Series{
			series("seen", func(m moment) float64 { return m.requests }), series("target", constant(targetRequests)),
		}},
		{Title: "milliseconds in the queue, rated over 30 s", Series: []timeplot.Series{
			series("seen", func(m moment) float64 { return m.queued * 1000 }), series("target", constant(targetQueue*1000)),
		}},
		{Title: "alerts: 1 pending, 2 firing", Series: []timeplot.Series{
			series("HighErrorRate", func(m moment) float64 { return float64(m.errors) }),
			series("HighLatency", func(m moment) float64 { return float64(m.latency) }),
		}},
	}
}
