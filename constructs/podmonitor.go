package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"

	"github.com/seed-74198975/rsclip/imports/monitoringcoreoscom"
)

// newPodMonitor adds a PodMonitor that scrapes the pods by themselves.
func (p RsclipMonitoringProps) newPodMonitor(scope constructs.Construct) monitoringcoreoscom.PodMonitor {
	return monitoringcoreoscom.NewPodMonitor(scope, new("PodMonitor"), &monitoringcoreoscom.PodMonitorProps{
		Metadata: p.metadata("-monitor"),
		Spec: &monitoringcoreoscom.PodMonitorSpec{
			Selector:            &monitoringcoreoscom.PodMonitorSpecSelector{MatchLabels: p.Service.props.labels()},
			PodMetricsEndpoints: &[]*monitoringcoreoscom.PodMonitorSpecPodMetricsEndpoints{p.podEndpoint()},
		},
	})
}
