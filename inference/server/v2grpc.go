package server

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/reflection"
	grpcstatus "google.golang.org/grpc/status"
	"google.golang.org/grpc/tap"
	"google.golang.org/protobuf/proto"

	oip "github.com/seed-74198975/rsclip/inference/openinference"
	"github.com/seed-74198975/rsclip/inference/telemetry"
)

// maxStreams bounds the calls under way on one connection.
const maxStreams = 256

// maxConnectionAge is how long a connection lives before its caller is asked to open
// another, within a tenth; calls under way have as long as they need. A connection
// reaches one pod, so without an end those that were opened first would keep all
// calls, and new pods would get none.
const maxConnectionAge = 5 * time.Minute

// minPing is the least time between two pings of a connection; one whose pings come
// faster is cut off. Clients are told to send one each 10 s and the like, against
// proxies that forget connections; gRPC cuts those off that do so more often than
// in 5 minutes.
const minPing = 10 * time.Millisecond

// grpcServer answers the Open Inference Protocol over gRPC.
func (s *Server) grpcServer(secure *tls.Config) *grpc.Server {
	options := []grpc.ServerOption{
		grpc.ForceServerCodecV2(s.answers),
		grpc.StatsHandler(&s.grpcBytes),
		grpc.StreamInterceptor(s.guardStream),
		grpc.MaxRecvMsgSize(int(s.settings.MaxBody())),
		grpc.MaxConcurrentStreams(maxStreams),
		grpc.ConnectionTimeout(readHeaderTimeout),
		grpc.MaxHeaderListSize(maxHeaderBytes),
		grpc.KeepaliveParams(keepalive.ServerParameters{
			MaxConnectionIdle: idleTimeout,
			MaxConnectionAge:  s.connectionAge, MaxConnectionAgeGrace: readTimeout + s.settings.RequestTimeout(),
		}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: minPing, PermitWithoutStream: true}),
		grpc.InTapHandle(s.boundCall),
	}
	if secure != nil {
		options = append(options, grpc.Creds(credentials.NewTLS(secure)))
	}
	g := grpc.NewServer(options...)
	g.RegisterService(s.headersFirst(oip.GRPCInferenceService_ServiceDesc), &grpcService{s: s})
	g.RegisterService(s.headersFirst(healthpb.Health_ServiceDesc), &grpcHealth{s: s})
	reflection.Register(g)
	return g
}

// headersFirst returns a service that sees a call when its header has come, so
// that it may refuse the message unread. gRPC hands over whole messages of
// methods that do not stream, and reads those of methods that do when it is
// asked; on the wire the two are the same.
func (s *Server) headersFirst(service grpc.ServiceDesc) *grpc.ServiceDesc {
	for _, m := range service.Methods {
		path := "/" + service.ServiceName + "/" + m.MethodName
		service.Streams = append(service.Streams, grpc.StreamDesc{StreamName: m.MethodName, Handler: func(implementation any, stream grpc.ServerStream) error {
			memory := s.budget.Bodies.Open()
			defer memory.Release()
			answer, err := s.intercept(stream.Context(), path, func(ctx context.Context, read bool) (any, error) {
				return m.Handler(implementation, ctx, func(message any) error {
					if !read {
						return nil
					}
					return receive(stream, message.(proto.Message), memory)
				}, s.withRPCDeadline)
			})
			if err != nil {
				return err
			}
			return stream.SendMsg(answer)
		}})
	}
	service.Methods = nil
	return &service
}

// withRPCDeadline ends the work on a message that has come when its time is over.
func (s *Server) withRPCDeadline(ctx context.Context, message any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, s.settings.RequestTimeout())
	defer cancel()
	return next(ctx, message)
}

// boundCall gives a call, with the message that it may be slow to send, the
// time that HTTP has for a request and its body.
func (s *Server) boundCall(ctx context.Context, _ *tap.Info) (context.Context, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout+s.settings.RequestTimeout())
	context.AfterFunc(ctx, cancel) // The call's end ends it, too.
	return ctx, nil
}

// open are the methods that need no key, as probes have none, and whether their
// messages say anything and are read.
var open = map[string]bool{
	oip.GRPCInferenceService_ServerLive_FullMethodName:  false,
	oip.GRPCInferenceService_ServerReady_FullMethodName: false,
	healthpb.Health_Check_FullMethodName:                true,
}

// intercept does for gRPC what the handlers in front of the routes do for HTTP.
func (s *Server) intercept(ctx context.Context, path string, next func(ctx context.Context, read bool) (any, error)) (answer any, err error) {
	if read, ok := open[path]; ok {
		return next(ctx, read)
	}
	md, _ := metadata.FromIncomingContext(ctx)
	first := func(key string) string {
		if values := md.Get(key); len(values) > 0 {
			return values[0]
		}
		return ""
	}
	ctx, id := withID(ctx, first(requestIDHeader))
	_ = grpc.SetHeader(ctx, metadata.Pairs(requestIDHeader, id))
	ctx, e := s.begin(telemetry.Propagation.Extract(ctx, metadataCarrier(md)), exchange{method: http.MethodPost, route: path, rpc: true})
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic: %v: %s", v, debug.Stack())
		}
		status := http.StatusOK
		if err != nil {
			p := asProblem(err)
			status = p.Status
			e.failed(p, err)
			s.telemetry.Refusals.WithLabelValues(p.Code).Inc()
			if _, own := grpcstatus.FromError(err); !own { // gRPC has answered already where it gave a message up.
				err = grpcstatus.Error(grpcCode(status), p.line())
			}
		}
		s.end(ctx, e, status)
	}()
	if s.keys != nil {
		name, err := s.keys.check(first("authorization"))
		if err != nil {
			return nil, err
		}
		e.key = name
		ctx = withKeyName(ctx, name)
	}
	return next(ctx, true)
}

// grpcCode translates a status of HTTP.
// Source: the codes' own descriptions in gRPC's documentation.
func grpcCode(status int) codes.Code {
	switch status {
	case http.StatusUnauthorized:
		return codes.Unauthenticated
	case http.StatusNotFound:
		return codes.NotFound
	case http.StatusTooManyRequests:
		return codes.ResourceExhausted
	case statusClientClosedRequest:
		return codes.Canceled
	case http.StatusGatewayTimeout:
		return codes.DeadlineExceeded
	case http.StatusFailedDependency: // The same again does not help, as it would if this were Unavailable.
		return codes.FailedPrecondition
	case http.StatusServiceUnavailable:
		return codes.Unavailable
	case http.StatusInternalServerError:
		return codes.Internal
	}
	return codes.InvalidArgument
}

// metadataCarrier lets a trace be read from a call's metadata.
type metadataCarrier metadata.MD

// Get returns the first value of a key.
func (c metadataCarrier) Get(key string) string {
	if values := metadata.MD(c).Get(key); len(values) > 0 {
		return values[0]
	}
	return ""
}

// Set sets the value of a key.
func (c metadataCarrier) Set(key, value string) { metadata.MD(c).Set(key, value) }

// Keys returns the keys.
func (c metadataCarrier) Keys() []string {
	keys := make([]string, 0, len(c))
	for k := range c {
		keys = append(keys, k)
	}
	return keys
}

// grpcService is the protocol's service.
type grpcService struct {
	oip.UnimplementedGRPCInferenceServiceServer
	s *Server
}

// ServerLive answers whether the process works.
func (g *grpcService) ServerLive(context.Context, *oip.ServerLiveRequest) (*oip.ServerLiveResponse, error) {
	return &oip.ServerLiveResponse{Live: g.s.alive() == nil}, nil
}

// ServerReady answers whether traffic should come here.
func (g *grpcService) ServerReady(context.Context, *oip.ServerReadyRequest) (*oip.ServerReadyResponse, error) {
	_, err := g.s.isReady()
	return &oip.ServerReadyResponse{Ready: err == nil}, nil
}

// ModelReady answers whether a model is ready.
func (g *grpcService) ModelReady(_ context.Context, q *oip.ModelReadyRequest) (*oip.ModelReadyResponse, error) {
	current, err := g.s.acquire()
	if err != nil {
		return &oip.ModelReadyResponse{}, nil //nolint:nilerr // Not ready is an answer.
	}
	defer current.users.Done()
	if err := checkModel(current.Model(), q.GetName(), q.GetVersion()); err != nil {
		return nil, err
	}
	_, err = g.s.isReady()
	return &oip.ModelReadyResponse{Ready: err == nil}, nil
}

// ServerMetadata names the server.
func (g *grpcService) ServerMetadata(context.Context, *oip.ServerMetadataRequest) (*oip.ServerMetadataResponse, error) {
	return &oip.ServerMetadataResponse{Name: "rsclip", Version: g.s.telemetry.Version, Extensions: v2Extensions}, nil
}

// ModelMetadata describes a model's tensors.
func (g *grpcService) ModelMetadata(_ context.Context, q *oip.ModelMetadataRequest) (*oip.ModelMetadataResponse, error) {
	current, err := g.s.acquire()
	if err != nil {
		return nil, err
	}
	defer current.users.Done()
	m := current.Model()
	if err := checkModel(m, q.GetName(), q.GetVersion()); err != nil {
		return nil, err
	}
	return &oip.ModelMetadataResponse{
		Name: m.Name(), Versions: []string{"1"}, Platform: v2Platform(m),
		Inputs: tensorMetadata(v2Inputs()), Outputs: tensorMetadata(v2Outputs(m)),
	}, nil
}

func tensorMetadata(specs []tensorSpec) []*oip.ModelMetadataResponse_TensorMetadata {
	out := make([]*oip.ModelMetadataResponse_TensorMetadata, len(specs))
	for i, t := range specs {
		out[i] = &oip.ModelMetadataResponse_TensorMetadata{Name: t.Name, Datatype: t.Datatype, Shape: t.Shape}
	}
	return out
}

// ModelInfer embeds and scores. Outputs are raw, as the inputs may be.
func (g *grpcService) ModelInfer(ctx context.Context, q *oip.ModelInferRequest) (*oip.ModelInferResponse, error) {
	current, err := g.s.acquire()
	if err != nil {
		return nil, err
	}
	defer current.users.Done()
	m := current.Model()
	if err := checkModel(m, q.GetModelName(), q.GetModelVersion()); err != nil {
		return nil, err
	}
	inputs := make([]bytesTensor, len(q.GetInputs()))
	for i, in := range q.GetInputs() {
		inputs[i] = bytesTensor{name: in.GetName(), datatype: in.GetDatatype(), shape: in.GetShape(), elements: in.GetContents().GetBytesContents()}
	}
	if raw := q.GetRawInputContents(); len(raw) > 0 {
		if err := rawInputs(raw, inputs); err != nil {
			return nil, err
		}
	}
	names := make([]string, len(q.GetOutputs()))
	for i, o := range q.GetOutputs() {
		names[i] = o.GetName()
	}
	out, lease, err := g.s.infer(ctx, current.Pipeline, inputs, names)
	if err != nil {
		return nil, err
	}
	answer := &oip.ModelInferResponse{ModelName: m.Name(), ModelVersion: "1", Id: q.GetId()}
	if out.truncated != "" {
		answer.Parameters = map[string]*oip.InferParameter{truncatedTexts: {ParameterChoice: &oip.InferParameter_StringParam{StringParam: out.truncated}}}
	}
	for _, t := range out.tensors {
		answer.Outputs = append(answer.Outputs, &oip.ModelInferResponse_InferOutputTensor{Name: t.name, Datatype: "FP32", Shape: t.shape})
		answer.RawOutputContents = append(answer.RawOutputContents, binaryFloats(t.data))
	}
	g.s.answers.keep(answer, lease)
	return answer, nil
}
