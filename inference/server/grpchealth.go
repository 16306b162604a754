package server

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	oip "github.com/seed-74198975/rsclip/inference/openinference"
)

// healthWatch is how often a watched health is looked at.
const healthWatch = 500 * time.Millisecond

// grpcHealth is the health service that gRPC's own tools and load balancers ask.
// Its answer is that of /ready.
// Source: https://github.com/grpc/grpc/blob/master/doc/health-checking.md
type grpcHealth struct {
	healthpb.UnimplementedHealthServer
	s *Server
}

// Check answers whether traffic should come here.
func (g *grpcHealth) Check(_ context.Context, q *healthpb.HealthCheckRequest) (*healthpb.HealthCheckResponse, error) {
	health := g.of(q.GetService())
	if health == healthpb.HealthCheckResponse_SERVICE_UNKNOWN {
		return nil, status.Errorf(codes.NotFound, "there is no service %q: ask for %q, or for none", q.GetService(), oip.GRPCInferenceService_ServiceDesc.ServiceName)
	}
	return &healthpb.HealthCheckResponse{Status: health}, nil
}

// Watch answers now and at every change, until the caller leaves or the drain
// delay is over.
func (g *grpcHealth) Watch(q *healthpb.HealthCheckRequest, stream grpc.ServerStreamingServer[healthpb.HealthCheckResponse]) error {
	tick := time.NewTicker(healthWatch)
	defer tick.Stop()
	sent := healthpb.HealthCheckResponse_UNKNOWN
	for {
		// Asked before the health: whoever leaves is not ready, and says so first.
		leaving := g.s.leaving.Load()
		if health := g.of(q.GetService()); health != sent {
			if err := stream.Send(&healthpb.HealthCheckResponse{Status: health}); err != nil {
				return err
			}
			sent = health
		}
		if leaving {
			return status.Error(codes.Unavailable, "the server is shutting down")
		}
		select {
		case <-stream.Context().Done():
			return status.FromContextError(stream.Context().Err()).Err()
		case <-tick.C:
		}
	}
}

func (g *grpcHealth) of(service string) healthpb.HealthCheckResponse_ServingStatus {
	if service != "" && service != oip.GRPCInferenceService_ServiceDesc.ServiceName {
		return healthpb.HealthCheckResponse_SERVICE_UNKNOWN
	}
	if _, err := g.s.isReady(); err != nil {
		return healthpb.HealthCheckResponse_NOT_SERVING
	}
	return healthpb.HealthCheckResponse_SERVING
}

// guardStream asks for a key for reflection. Of the other services the methods that
// need one have asked for it before their message came, and watching health needs
// none.
func (s *Server) guardStream(service any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	switch service.(type) {
	case *grpcService, *grpcHealth:
		return next(service, stream)
	}
	if s.keys != nil {
		md, _ := metadata.FromIncomingContext(stream.Context())
		var given string
		if values := md.Get("authorization"); len(values) > 0 {
			given = values[0]
		}
		if _, err := s.keys.check(given); err != nil {
			return status.Error(codes.Unauthenticated, asProblem(err).line())
		}
	}
	return next(service, stream)
}
