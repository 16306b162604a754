package main

import (
	"cmp"
	"maps"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	"github.com/seed-74198975/rsclip/constructs"
)

// CanaryValues are what the canary has of its own. Its name is the service's
// with "-canary" at the end, its type ClusterIP; it is watched as the service is,
// and not scaled.
type CanaryValues struct {
	// Image is the canary's container image. Default the service's.
	Image string `json:"image,omitempty"`
	// Replicas is the number of its pods. Default 1.
	Replicas int `json:"replicas,omitempty" zero:"1 to 1000; leave canary out to have none"`
}

// canarySuffix ends the name of the canary.
const canarySuffix = "-canary"

// canaryPods are the pods of the canary.
func (v Values) canaryPods() constructs.NetworkPeer {
	return constructs.NetworkPeer{Pods: map[string]string{"app": cmp.Or(v.Service.Name, constructs.DefaultName) + canarySuffix}}
}

// partOf is the label that the objects of a service and its canary share.
const partOf = "app.kubernetes.io/part-of"

// props are those of the canary of a service with the given props.
func (c CanaryValues) props(service constructs.RsclipModelServiceProps) constructs.RsclipModelServiceProps {
	name := cmp.Or(service.Name, constructs.DefaultName)
	service.Namespace = cmp.Or(service.Namespace, name)
	service.ExistingNamespace = true
	service.ResourceQuota = constructs.ResourceQuota{} // the service's is the namespace's
	service.Name = name + canarySuffix
	service.Image = cmp.Or(c.Image, service.Image)
	service.Replicas = cmp.Or(c.Replicas, 1)
	service.ServiceType = constructs.ClusterIP
	service.LoadBalancerSourceRanges = nil
	service.Expose = constructs.Expose{}
	service.Objects.Labels = maps.Clone(service.Objects.Labels)
	if service.Objects.Labels == nil {
		service.Objects.Labels = map[string]string{}
	}
	if service.Objects.Labels[partOf] == "" {
		service.Objects.Labels[partOf] = name
	}
	return service
}

// buildCanary adds the canary, and its monitoring as the service has it.
func buildCanary(chart cdk8s.Chart, values Values) *constructs.RsclipModelService {
	props := values.Canary.props(values.Service)
	canary := constructs.NewRsclipModelService(chart, canaryID, &props)
	if !values.Monitoring.Disabled {
		props := values.Monitoring.RsclipMonitoringProps
		props.Service = canary
		constructs.NewRsclipMonitoring(chart, canaryMonitoringID, &props)
	}
	return canary
}
