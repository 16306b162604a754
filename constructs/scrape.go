package constructs

import (
	"fmt"
	"time"

	"github.com/seed-74198975/rsclip/imports/monitoringcoreoscom"
	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/internal/contract"
)

// scrapedPort is the port of the pods that shows the metrics.
func scrapedPort(server config.Server) *float64 {
	if server.MetricsPort != 0 {
		return new(float64(server.MetricsPort))
	}
	return new(float64(server.Port))
}

// scrapedByTLS says whether the metrics are on a port that speaks TLS.
func scrapedByTLS(server config.Server) bool {
	return server.TLS != nil && server.MetricsPort == 0
}

// serviceEndpoint is what a ServiceMonitor scrapes: the Service's port, or a port
// of its pods, which Prometheus sees behind it.
func (p RsclipMonitoringProps) serviceEndpoint() *monitoringcoreoscom.ServiceMonitorSpecEndpoints {
	service := p.Service.props
	e := &monitoringcoreoscom.ServiceMonitorSpecEndpoints{Interval: &p.ScrapeInterval, Path: new(contract.MetricsPath)}
	if service.App.Server.MetricsPort == 0 {
		e.Port = new(portName)
	} else {
		e.TargetPort = monitoringcoreoscom.ServiceMonitorSpecEndpointsTargetPort_FromNumber(scrapedPort(service.App.Server))
	}
	if !scrapedByTLS(service.App.Server) {
		return e
	}
	e.Scheme = monitoringcoreoscom.ServiceMonitorSpecEndpointsScheme_HTTPS
	e.TlsConfig = &monitoringcoreoscom.ServiceMonitorSpecEndpointsTlsConfig{InsecureSkipVerify: new(true)}
	if key := service.TLS.AuthorityKey; key != "" {
		e.TlsConfig = &monitoringcoreoscom.ServiceMonitorSpecEndpointsTlsConfig{
			ServerName: new(service.serverName()),
			Ca: &monitoringcoreoscom.ServiceMonitorSpecEndpointsTlsConfigCa{
				Secret: &monitoringcoreoscom.ServiceMonitorSpecEndpointsTlsConfigCaSecret{Name: &service.TLS.SecretName, Key: &key},
			},
		}
	}
	return e
}

// podEndpoint is what a PodMonitor scrapes. It puts the label service on the
// series, which only targets of a Service have by themselves, so that rules and
// dashboards need not know the difference.
func (p RsclipMonitoringProps) podEndpoint() *monitoringcoreoscom.PodMonitorSpecPodMetricsEndpoints {
	service := p.Service.props
	e := &monitoringcoreoscom.PodMonitorSpecPodMetricsEndpoints{
		PortNumber: scrapedPort(service.App.Server), Interval: &p.ScrapeInterval, Path: new(contract.MetricsPath),
		Relabelings: &[]*monitoringcoreoscom.PodMonitorSpecPodMetricsEndpointsRelabelings{{
			Action:      monitoringcoreoscom.PodMonitorSpecPodMetricsEndpointsRelabelingsAction_REPLACE, // As the cluster fills it in.
			TargetLabel: new("service"), Replacement: service.metadata("-service").Name,
		}},
	}
	if !scrapedByTLS(service.App.Server) {
		return e
	}
	e.Scheme = monitoringcoreoscom.PodMonitorSpecPodMetricsEndpointsScheme_HTTPS
	e.TlsConfig = &monitoringcoreoscom.PodMonitorSpecPodMetricsEndpointsTlsConfig{InsecureSkipVerify: new(true)}
	if key := service.TLS.AuthorityKey; key != "" {
		e.TlsConfig = &monitoringcoreoscom.PodMonitorSpecPodMetricsEndpointsTlsConfig{
			ServerName: new(service.serverName()),
			Ca: &monitoringcoreoscom.PodMonitorSpecPodMetricsEndpointsTlsConfigCa{
				Secret: &monitoringcoreoscom.PodMonitorSpecPodMetricsEndpointsTlsConfigCaSecret{Name: &service.TLS.SecretName, Key: &key},
			},
		}
	}
	return e
}

// scraping adds to the manifest of a monitor how its endpoints are scraped.
func (p RsclipMonitoringProps) scraping(endpoints string, monitor any) any {
	for _, each := range monitor.(map[string]any)["spec"].(map[string]any)[endpoints].([]any) {
		endpoint := each.(map[string]any)
		if p.ScrapeTimeout != "" {
			endpoint["scrapeTimeout"] = p.ScrapeTimeout
		}
		extend(endpoint, "relabelings", p.Relabelings...)
		extend(endpoint, "metricRelabelings", p.MetricRelabelings...)
	}
	return monitor
}

// secondsOf is the length of a duration as Prometheus writes it, or 0.
func secondsOf(s string) float64 {
	d, _ := time.ParseDuration(s)
	return d.Seconds()
}

// ruleSeconds is the shortest time that rules of alerts look at.
const ruleSeconds = 300

// scrapes refuses an interval of which fewer than four fit into the time that rules look
// at, or the signals of the service's autoscaler: of fewer scrapes, one that fails leaves
// no rate.
func (c *check) scrapes(field, interval string, service *RsclipModelService) {
	seconds := 4 * secondsOf(interval)
	if seconds > ruleSeconds {
		c.add(field, interval, fmt.Sprintf("at most %ds, of which four fit into the %d s that rules look at", ruleSeconds/4, ruleSeconds), "lower it")
	}
	if service != nil && service.rateSeconds > 0 && seconds > float64(service.rateSeconds) {
		c.add(field, interval, fmt.Sprintf("at most a quarter of the autoscaler's rateSeconds, %d", service.rateSeconds), "lower it, or raise rateSeconds of the autoscaler")
	}
}
