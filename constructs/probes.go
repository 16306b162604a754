package constructs

import "github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"

// Probes are the numbers of the probes.
type Probes struct {
	// Startup asks whether the model has loaded. How often it may fail follows
	// from rollout.startupSeconds.
	Startup Probe `json:"startup,omitzero"`
	// Liveness asks whether the process answers; one that does not is restarted.
	Liveness Probe `json:"liveness,omitzero"`
	// Readiness asks whether the pod may get requests.
	Readiness Probe `json:"readiness,omitzero"`
}

// Probe has the numbers of one probe.
type Probe struct {
	// InitialDelaySeconds is how long it waits at first, 1 to 3600. Default 30 for
	// liveness, 5 for readiness, and 0 for startup.
	InitialDelaySeconds int `json:"initialDelaySeconds,omitempty" zero:"1 to 3600"`
	// PeriodSeconds is the time between two probes, 1 to 300. Default 10 for
	// liveness, and 5 for readiness and startup.
	PeriodSeconds int `json:"periodSeconds,omitempty" zero:"1 to 300"`
	// TimeoutSeconds is how long one waits for its answer, 1 to 300. Default 5.
	TimeoutSeconds int `json:"timeoutSeconds,omitempty" zero:"1 to 300"`
	// FailureThreshold is how many must fail in a row, 1 to 100. Default
	// Kubernetes' own, 3.
	FailureThreshold int `json:"failureThreshold,omitempty" zero:"1 to 100"`
}

func (p Probes) withDefaults() Probes {
	for _, probe := range []struct {
		of            *Probe
		delay, period int
	}{{&p.Startup, 0, startupPeriodSeconds}, {&p.Liveness, 30, 10}, {&p.Readiness, 5, 5}} {
		setDefault(&probe.of.InitialDelaySeconds, probe.delay)
		setDefault(&probe.of.PeriodSeconds, probe.period)
		setDefault(&probe.of.TimeoutSeconds, probeTimeoutSeconds)
	}
	return p
}

func (p Probes) check(c *check) {
	for _, probe := range []struct {
		field string
		of    Probe
	}{{"startup", p.Startup}, {"liveness", p.Liveness}, {"readiness", p.Readiness}} {
		field := "probes." + probe.field + "."
		if probe.of.InitialDelaySeconds != 0 {
			c.upTo(field+"initialDelaySeconds", probe.of.InitialDelaySeconds, 3600)
		}
		c.upTo(field+"periodSeconds", probe.of.PeriodSeconds, 300)
		c.upTo(field+"timeoutSeconds", probe.of.TimeoutSeconds, 300)
		if probe.of.FailureThreshold != 0 {
			c.upTo(field+"failureThreshold", probe.of.FailureThreshold, 100)
		}
	}
	if p.Startup.FailureThreshold != 0 {
		c.add("probes.startup.failureThreshold", p.Startup.FailureThreshold, "left out", "set rollout.startupSeconds, which it follows")
	}
}

// render adds the numbers to a probe.
func (p Probe) render(probe *k8s.Probe) *k8s.Probe {
	if p.InitialDelaySeconds > 0 {
		probe.InitialDelaySeconds = new(float64(p.InitialDelaySeconds))
	}
	probe.PeriodSeconds = new(float64(p.PeriodSeconds))
	probe.TimeoutSeconds = new(float64(p.TimeoutSeconds))
	if p.FailureThreshold > 0 {
		probe.FailureThreshold = new(float64(p.FailureThreshold))
	}
	return probe
}
