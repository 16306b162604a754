package constructs

import (
	"fmt"
	"time"
)

// split is the traffic of one service, of which a canary may have a part.
type split struct {
	service, canary *RsclipModelService // canary: nil where there is none
	canaryWeight    int                 // percent
}

// gRPCPath begins the path of every call of the Open Inference Protocol. By it a
// route tells the calls of the gRPC port from those of the API's: both have one
// host name, and routes see no more of the address that was called.
const gRPCPath = "/inference.GRPCInferenceService/"

// answerSeconds is how much longer than the server's own deadline a proxy waits,
// so that the caller gets the server's answer, which says what took too long.
const answerSeconds = 5

// check refuses what no route can split. The services must be of one namespace,
// because a route of one may not lead to another without a grant of the other's.
func (s split) check(c *check) {
	if s.service == nil {
		c.add("service", "", "an RsclipModelService", "pass what NewRsclipModelService returned")
	}
	if s.canaryWeight < 0 || s.canaryWeight > 100 {
		c.add("canaryWeight", s.canaryWeight, "0 to 100 percent", "write a tenth as 10")
	}
	if s.canary == nil && s.canaryWeight != 0 {
		c.add("canaryWeight", s.canaryWeight, "left out where there is no canary", "add the canary, or leave it out")
	}
	if s.service == nil || s.canary == nil {
		return
	}
	stable, canary := s.service.props, s.canary.props
	if stable.Namespace != canary.Namespace {
		c.add("canary", "of the namespace "+canary.Namespace, "of the service's, "+stable.Namespace, "give both one namespace, and one of them existingNamespace")
	}
	if stable.Name == canary.Name {
		c.add("canary", "of the name "+canary.Name, "of another name than the service", "append -canary to its name")
	}
	if (stable.App.Server.GRPCPort == 0) != (canary.App.Server.GRPCPort == 0) {
		c.add("canary", fmt.Sprintf("with app.server.grpc_port %d", canary.App.Server.GRPCPort), "with gRPC where the service has it", "set app.server.grpc_port in both, or in neither")
	}
}

// services are the one or the two that get the traffic, the canary last.
func (s split) services() []RsclipModelServiceProps {
	if s.canary == nil {
		return []RsclipModelServiceProps{s.service.props}
	}
	return []RsclipModelServiceProps{s.service.props, s.canary.props}
}

// weights are the percents of the services, or nil where there is only one.
func (s split) weights() []*float64 {
	if s.canary == nil {
		return []*float64{nil}
	}
	return []*float64{new(float64(100 - s.canaryWeight)), new(float64(s.canaryWeight))}
}

// hasGRPC says whether the services have a port for gRPC.
func (s split) hasGRPC() bool { return s.service.props.App.Server.GRPCPort != 0 }

// timeout is how long a proxy waits for an answer of any of the services.
func (s split) timeout() string {
	var longest time.Duration
	for _, service := range s.services() {
		longest = max(longest, service.App.Server.RequestTimeout())
	}
	return fmt.Sprintf("%ds", int(longest.Seconds())+answerSeconds)
}
