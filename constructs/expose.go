package constructs

import "strconv"

// Expose says how the Service is reached from outside, beside serviceType.
type Expose struct {
	// Annotations of the Service, by which clouds are told of their load
	// balancer. Default none.
	Annotations map[string]string `json:"annotations,omitempty"`
	// LoadBalancerClass names the controller that makes the load balancer. It
	// cannot change later. Default the cluster's.
	LoadBalancerClass string `json:"loadBalancerClass,omitempty"`
	// ExternalTrafficPolicy is Cluster or Local. Local keeps the callers'
	// addresses, and leads only to pods of the node that is called. Default
	// Kubernetes' own, Cluster.
	ExternalTrafficPolicy string `json:"externalTrafficPolicy,omitempty"`
	// NodePort is the port of every node for HTTP, most often 30000 to 32767.
	// Default one that the cluster chooses.
	NodePort int `json:"nodePort,omitempty" zero:"1 to 65535"`
	// GRPCNodePort is that of app.server.grpc_port. Default one that the cluster
	// chooses.
	GRPCNodePort int `json:"grpcNodePort,omitempty" zero:"1 to 65535"`
	// Ingress leads an ingress controller to the Service, which then needs to be no
	// more than a ClusterIP. Default none.
	Ingress Ingress `json:"ingress,omitzero"`
}

func (e Expose) check(c *check, p RsclipModelServiceProps) {
	c.annotations("expose.annotations", e.Annotations)
	e.Ingress.check(c)
	if len(e.Ingress.Hostnames) > 0 && p.App.Server.TLS != nil && len(e.Ingress.Annotations)+len(e.Annotations) == 0 {
		c.add("expose.ingress.annotations", "", "those by which the controller speaks HTTPS to pods that have tls, since an Ingress has no field for it",
			`set them, such as {nginx.ingress.kubernetes.io/backend-protocol: HTTPS}, here or in expose.annotations as the controller wants, or leave tls out`)
	}
	outside := func(field, value string) {
		if value != "" && p.ServiceType == ClusterIP {
			c.add("expose."+field, value, "left out where serviceType is ClusterIP", "leave it out, or choose another serviceType")
		}
	}
	if e.LoadBalancerClass != "" {
		c.form("expose.loadBalancerClass", e.LoadBalancerClass, labelKey)
		if p.ServiceType != LoadBalancer {
			c.add("expose.loadBalancerClass", e.LoadBalancerClass, "left out where serviceType is "+string(p.ServiceType), "leave it out")
		}
	}
	if e.ExternalTrafficPolicy != "" {
		oneOf(c, "expose.externalTrafficPolicy", e.ExternalTrafficPolicy, "Cluster", "Local")
		outside("externalTrafficPolicy", e.ExternalTrafficPolicy)
	}
	for _, port := range []struct {
		field string
		port  int
	}{{"nodePort", e.NodePort}, {"grpcNodePort", e.GRPCNodePort}} {
		if port.port != 0 {
			c.upTo("expose."+port.field, port.port, 65535)
			outside(port.field, strconv.Itoa(port.port))
		}
	}
	if e.GRPCNodePort != 0 && p.App.Server.GRPCPort == 0 {
		c.add("expose.grpcNodePort", e.GRPCNodePort, "left out without app.server.grpc_port", "leave it out, or set app.server.grpc_port")
	}
	if e.NodePort != 0 && e.NodePort == e.GRPCNodePort {
		c.add("expose.grpcNodePort", e.GRPCNodePort, "another port than expose.nodePort", "choose one of them anew")
	}
}

// addTo adds it to the manifest of a Service.
func (e Expose) addTo(service map[string]any) {
	if len(e.Annotations) > 0 {
		annotations := map[string]any{}
		for key, value := range e.Annotations {
			annotations[key] = value
		}
		service["metadata"].(map[string]any)["annotations"] = annotations
	}
	spec := service["spec"].(map[string]any)
	for key, value := range map[string]string{"loadBalancerClass": e.LoadBalancerClass, "externalTrafficPolicy": e.ExternalTrafficPolicy} {
		if value != "" {
			spec[key] = value
		}
	}
	for _, each := range spec["ports"].([]any) {
		port := each.(map[string]any)
		nodePort := e.GRPCNodePort
		if port["name"] == portName {
			nodePort = e.NodePort
		}
		if nodePort != 0 {
			port["nodePort"] = nodePort
		}
	}
}
