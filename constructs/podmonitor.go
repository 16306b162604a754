package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	"github.com/seed-74198975/rsclip/imports/monitoringcoreoscom"
)

// newPodMonitor adds a PodMonitor that scrapes the pods by themselves.
func (p RsclipMonitoringProps) newPodMonitor(scope constructs.Construct) cdk8s.ApiObject {
	return newObject(scope, "PodMonitor", p.Service.props, p.scraping("podMetricsEndpoints", monitoringcoreoscom.PodMonitor_Manifest(&monitoringcoreoscom.PodMonitorProps{
		Metadata: p.metadata("-monitor"),
		Spec: &monitoringcoreoscom.PodMonitorSpec{
			Selector:            &monitoringcoreoscom.PodMonitorSpecSelector{MatchLabels: p.Service.props.labels()},
			PodMetricsEndpoints: &[]*monitoringcoreoscom.PodMonitorSpecPodMetricsEndpoints{p.podEndpoint()},
		},
	})))
}
