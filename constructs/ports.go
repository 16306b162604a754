package constructs

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"

	"github.com/seed-74198975/rsclip/inference/config"
)

// The names of the ports: of the Service's, and of the pods' but for the API's.
const (
	portName        = "http"
	metricsPortName = "metrics"
	grpcPortName    = "grpc"
)

// What the ports of a Service speak, for the meshes and gateways that ask. A
// port without TLS and a word about it is HTTP/1.1.
const (
	speaksHTTPS = "https"
	speaksHTTP2 = "kubernetes.io/h2c" // without TLS
)

func containerPorts(server config.Server) *[]*k8s.ContainerPort {
	ports := []*k8s.ContainerPort{{ContainerPort: new(float64(server.Port))}}
	if server.MetricsPort != 0 {
		ports = append(ports, &k8s.ContainerPort{Name: new(metricsPortName), ContainerPort: new(float64(server.MetricsPort))})
	}
	if server.GRPCPort != 0 {
		ports = append(ports, &k8s.ContainerPort{Name: new(grpcPortName), ContainerPort: new(float64(server.GRPCPort))})
	}
	return &ports
}

// servicePorts leaves the port of the metrics out, which a load balancer would
// show to everyone. Prometheus asks the pods themselves.
func (p RsclipModelServiceProps) servicePorts() *[]*k8s.ServicePort {
	server := p.App.Server
	ports := []*k8s.ServicePort{{
		Name: new(portName), Port: new(float64(p.Port)), TargetPort: portNumber(server.Port), Protocol: new("TCP"),
	}}
	if server.TLS != nil {
		ports[0].AppProtocol = new(speaksHTTPS)
	}
	if server.GRPCPort != 0 {
		grpc := &k8s.ServicePort{
			Name: new(grpcPortName), Port: new(float64(server.GRPCPort)), TargetPort: portNumber(server.GRPCPort), Protocol: new("TCP"),
			AppProtocol: new(speaksHTTP2),
		}
		if server.TLS != nil {
			grpc.AppProtocol = new(speaksHTTPS)
		}
		ports = append(ports, grpc)
	}
	return &ports
}

func (p RsclipModelServiceProps) checkPorts(c *check) {
	c.upTo("port", p.Port, 65535)
	if p.Port == p.App.Server.GRPCPort {
		c.add("port", p.Port, "another port than app.server.grpc_port", "choose one of them anew, since the Service has both")
	}
	for _, beside := range p.beside() {
		for i, port := range readSiteContainer(beside.container).Ports {
			if port.ContainerPort != 0 && slices.Contains(serverPorts(p.App.Server), port.ContainerPort) {
				c.add(fmt.Sprintf("%s.ports[%d].containerPort", beside.field, i), port.ContainerPort, "another port than the server's",
					"choose another, since the containers of a pod share its ports, or set app.server.port")
			}
		}
	}
}

// serverPorts are the ports that the server listens on.
func serverPorts(server config.Server) []int {
	return slices.DeleteFunc([]int{server.Port, server.MetricsPort, server.GRPCPort}, func(port int) bool { return port == 0 })
}

// privilegedPorts end below this one: by default only root may listen on them.
const privilegedPorts = 1024

// openPorts lets the server, which is never root, listen on its ports where the container
// runtime does not let everyone. All Pod Security Standards admit this.
func openPorts(spec *k8s.PodSpec, server config.Server) {
	if lowest := slices.Min(serverPorts(server)); lowest < privilegedPorts {
		spec.SecurityContext.Sysctls = &[]*k8s.Sysctl{{Name: new("net.ipv4.ip_unprivileged_port_start"), Value: new(strconv.Itoa(lowest))}}
	}
}

// probeTimeoutSeconds is how long a probe waits. In Kubernetes' own second a
// node that is short of CPU may answer nothing: pods that are only busy were
// restarted, all of them at a time.
const probeTimeoutSeconds = 5

// probe asks the port of the metrics, where there is one, because it is without
// TLS, or else the API's.
func probe(path string, server config.Server, numbers Probe) *k8s.Probe {
	get := &k8s.HttpGetAction{Path: &path, Port: portNumber(server.Port)}
	switch {
	case server.MetricsPort != 0:
		get.Port = portNumber(server.MetricsPort)
	case server.TLS != nil:
		get.Scheme = new("HTTPS") // the kubelet takes any certificate
	}
	return numbers.render(&k8s.Probe{HttpGet: get})
}

func portNumber(port int) k8s.IntOrString {
	return intOrString(float64(port))
}
