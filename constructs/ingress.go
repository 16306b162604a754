package constructs

import (
	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"
)

// Ingress leads an ingress controller to the HTTP port of a service. For gRPC, and
// to split requests with a canary, there is [NewRsclipHTTPRoute].
type Ingress struct {
	// Hostnames are the names in the requests, 1 to 16, such as
	// "rsclip.example.com" or "*.example.com". Default none: no Ingress.
	Hostnames []string `json:"hostnames,omitempty"`
	// ClassName names the IngressClass. Default the cluster's.
	ClassName string `json:"className,omitempty"`
	// TLSSecretName names the Secret with the certificate for the hostnames, which
	// the annotations may have cert-manager make. Default none: plain HTTP.
	TLSSecretName string `json:"tlsSecretName,omitempty"`
	// Annotations tell the controller of what an Ingress has no fields for, such as
	// the largest body, which most bound at a megabyte, or the time of a request.
	// Default none.
	Annotations map[string]string `json:"annotations,omitempty"`
}

func (i Ingress) check(c *check) {
	const field = "expose.ingress"
	if len(i.Hostnames) == 0 && (i.ClassName != "" || i.TLSSecretName != "" || len(i.Annotations) > 0) {
		c.add(field+".hostnames", "", "1 to 16 names", "name the host that callers ask for")
	}
	c.hostnames(field+".hostnames", i.Hostnames)
	for name, value := range map[string]string{"className": i.ClassName, "tlsSecretName": i.TLSSecretName} {
		if value != "" {
			c.form(field+"."+name, value, objectName)
		}
	}
	c.annotations(field+".annotations", i.Annotations)
}

// addIngress adds the Ingress, if there is to be one.
func (p RsclipModelServiceProps) addIngress(s *RsclipModelService) {
	ingress := p.Expose.Ingress
	if len(ingress.Hostnames) == 0 {
		return
	}
	metadata := p.metadata("-ingress")
	if len(ingress.Annotations) > 0 {
		metadata.Annotations = pointers(ingress.Annotations)
	}
	spec := &k8s.IngressSpec{}
	if ingress.ClassName != "" {
		spec.IngressClassName = &ingress.ClassName
	}
	if ingress.TLSSecretName != "" {
		spec.Tls = &[]*k8s.IngressTls{{Hosts: pointersTo(ingress.Hostnames), SecretName: &ingress.TLSSecretName}}
	}
	backend := &k8s.IngressBackend{Service: &k8s.IngressServiceBackend{
		Name: new(p.Name + "-service"), Port: &k8s.ServiceBackendPort{Name: new(portName)},
	}}
	var rules []*k8s.IngressRule
	for _, host := range ingress.Hostnames {
		rules = append(rules, &k8s.IngressRule{Host: new(host), Http: &k8s.HttpIngressRuleValue{
			Paths: &[]*k8s.HttpIngressPath{{Path: new("/"), PathType: new("Prefix"), Backend: backend}},
		}})
	}
	spec.Rules = &rules
	s.Ingress = newObject(s.Construct, "Ingress", p, k8s.KubeIngress_Manifest(&k8s.KubeIngressProps{Metadata: metadata, Spec: spec}))
}
