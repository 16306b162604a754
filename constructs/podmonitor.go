package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/seed-74198975/rsclip/imports/monitoringcoreoscom"
)

// newPodMonitor adds a PodMonitor that scrapes the pods at the container's port.
// It puts the label service on their series, which only targets of a Service
// have by themselves, so that rules and dashboards need not know the difference.
func (p RsclipMonitoringProps) newPodMonitor(scope constructs.Construct) monitoringcoreoscom.PodMonitor {
	service := p.Service.props
	return monitoringcoreoscom.NewPodMonitor(scope, new("PodMonitor"), &monitoringcoreoscom.PodMonitorProps{
		Metadata: p.metadata("-monitor"),
		Spec: &monitoringcoreoscom.PodMonitorSpec{
			Selector: &monitoringcoreoscom.PodMonitorSpecSelector{MatchLabels: service.labels()},
			PodMetricsEndpoints: &[]*monitoringcoreoscom.PodMonitorSpecPodMetricsEndpoints{{
				PortNumber: new(float64(service.App.Server.Port)), Interval: &p.ScrapeInterval, Path: new(metricsPath),
				Relabelings: &[]*monitoringcoreoscom.PodMonitorSpecPodMetricsEndpointsRelabelings{{
					TargetLabel: new("service"), Replacement: new(service.Name + "-service"),
				}},
			}},
		},
	})
}
