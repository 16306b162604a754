package server_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	reflectionpb "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/server"
)

func dialGRPC(t *testing.T, rpc string, options ...grpc.DialOption) *grpc.ClientConn {
	t.Helper()
	connection, err := grpc.NewClient(rpc, append(options, grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return connection
}

// TestHealthOverGRPC asks gRPC's own health service, and watches it until the
// server has ended.
func TestHealthOverGRPC(t *testing.T) {
	t.Parallel()
	dir := snaredFolder(t)
	i := newServer(t, config.App{Server: config.Server{DrainSeconds: -1}, Cache: &config.Cache{TextMiB: -1}}, config.Model{})
	i.SetModel(openFolder(t, dir, config.Model{}, i.telemetry), nil)
	var l server.Listeners
	for _, into := range []*net.Listener{&l.API, &l.GRPC} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		*into = listener
	}
	serving, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- i.Serve(serving, l) }()
	client := healthpb.NewHealthClient(dialGRPC(t, l.GRPC.Addr().String()))
	const service = "inference.GRPCInferenceService"
	for _, name := range []string{"", service} {
		if a, err := client.Check(t.Context(), &healthpb.HealthCheckRequest{Service: name}); err != nil || a.GetStatus() != healthpb.HealthCheckResponse_SERVING {
			t.Errorf("%q: %v, %v", name, a, err)
		}
	}
	if _, err := client.Check(t.Context(), &healthpb.HealthCheckRequest{Service: "other"}); status.Code(err) != codes.NotFound {
		t.Errorf("another service: %v, want NotFound", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	watch, err := client.Watch(ctx, &healthpb.HealthCheckRequest{Service: service})
	if err != nil {
		t.Fatal(err)
	}
	next := func(want healthpb.HealthCheckResponse_ServingStatus) {
		t.Helper()
		if a, err := watch.Recv(); err != nil || a.GetStatus() != want {
			t.Fatalf("%v, %v, want %v", a, err, want)
		}
	}
	next(healthpb.HealthCheckResponse_SERVING)
	lose(t, dir, true)
	embed(t, t.Context(), "http://"+l.API.Addr().String(), "river", "600")
	next(healthpb.HealthCheckResponse_NOT_SERVING)
	if a, err := client.Check(t.Context(), &healthpb.HealthCheckRequest{}); err != nil || a.GetStatus() != healthpb.HealthCheckResponse_NOT_SERVING {
		t.Errorf("a lost device: %v, %v", a, err)
	}
	lose(t, dir, false)
	next(healthpb.HealthCheckResponse_SERVING)
	stop()
	next(healthpb.HealthCheckResponse_NOT_SERVING)
	if _, err := watch.Recv(); status.Code(err) != codes.Unavailable {
		t.Errorf("of a server that ends: %v", err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestReflection lists the services and finds the protocol's description, as
// grpcurl does, with a key where keys are asked for. Health needs none.
func TestReflection(t *testing.T) {
	t.Parallel()
	const key = "a-key-0123456789abcdef"
	path := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(path, []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		keys, sent string
		want       codes.Code
	}{
		"no keys are asked for": {want: codes.OK},
		"no key":                {keys: path, want: codes.Unauthenticated},
		"a key":                 {keys: path, sent: "Bearer " + key, want: codes.OK},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, rpc := listen(t, newServer(t, config.App{Server: config.Server{DrainSeconds: -1, APIKeysFile: tt.keys}}, config.Model{}))
			connection := dialGRPC(t, rpc)
			if a, err := healthpb.NewHealthClient(connection).Check(t.Context(), &healthpb.HealthCheckRequest{}); err != nil || a.GetStatus() != healthpb.HealthCheckResponse_SERVING {
				t.Errorf("health: %v, %v", a, err)
			}
			ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", tt.sent)
			stream, err := reflectionpb.NewServerReflectionClient(connection).ServerReflectionInfo(ctx)
			if err != nil {
				t.Fatal(err)
			}
			ask := func(q *reflectionpb.ServerReflectionRequest) (*reflectionpb.ServerReflectionResponse, error) {
				_ = stream.Send(q) // Receiving says why it failed.
				return stream.Recv()
			}
			a, err := ask(&reflectionpb.ServerReflectionRequest{MessageRequest: &reflectionpb.ServerReflectionRequest_ListServices{}})
			if status.Code(err) != tt.want {
				t.Fatalf("%v, want %v", err, tt.want)
			}
			if err != nil {
				return
			}
			var names []string
			for _, s := range a.GetListServicesResponse().GetService() {
				names = append(names, s.GetName())
			}
			if !slices.Contains(names, "inference.GRPCInferenceService") || !slices.Contains(names, "grpc.health.v1.Health") {
				t.Errorf("services %q", names)
			}
			a, err = ask(&reflectionpb.ServerReflectionRequest{MessageRequest: &reflectionpb.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: "inference.GRPCInferenceService"}})
			if err != nil || len(a.GetFileDescriptorResponse().GetFileDescriptorProto()) == 0 {
				t.Errorf("%v, %v", a, err)
			}
		})
	}
}

// TestPingsOfClients sends ten pings on a connection that has no call, each some
// time after the one before was answered. gRPC closes such a connection at the
// third that comes in less than 5 minutes, if it is not told otherwise.
func TestPingsOfClients(t *testing.T) {
	t.Parallel()
	_, rpc := listen(t, newServer(t, config.App{Server: config.Server{DrainSeconds: -1}}, config.Model{}))
	connection, err := net.Dial("tcp", rpc)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	_ = connection.SetDeadline(time.Now().Add(patience))
	if _, err := connection.Write([]byte(http2.ClientPreface)); err != nil {
		t.Fatal(err)
	}
	framer := http2.NewFramer(connection, connection)
	if err := framer.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	for n := range byte(10) {
		if err := framer.WritePing(false, [8]byte{n}); err != nil {
			t.Fatal(err)
		}
		for answered := false; !answered; {
			frame, err := framer.ReadFrame()
			if err != nil {
				t.Fatalf("after ping %d: %v", n, err)
			}
			switch f := frame.(type) {
			case *http2.GoAwayFrame:
				t.Fatalf("ping %d ended the connection: %s", n, f.DebugData())
			case *http2.PingFrame:
				answered = f.IsAck()
			}
		}
		time.Sleep(50 * time.Millisecond) // Which no machine makes shorter.
	}
}
