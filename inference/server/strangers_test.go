package server_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/seed-74198975/rsclip/inference/config"
	oip "github.com/seed-74198975/rsclip/inference/openinference"
)

// rawCalls is a connection to the port of gRPC, by whose frames calls are made.
type rawCalls struct {
	net.Conn
	*http2.Framer
	next     uint32 // stream
	decoder  *hpack.Decoder
	answered string // the status that has come last
}

func dialRaw(t *testing.T, address string) *rawCalls {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	r := &rawCalls{Conn: c, Framer: http2.NewFramer(c, c), next: 1}
	r.decoder = hpack.NewDecoder(4096, func(f hpack.HeaderField) {
		if f.Name == "grpc-status" {
			r.answered = f.Value
		}
	})
	_, _ = io.WriteString(c, http2.ClientPreface)
	_ = r.WriteSettings()
	return r
}

// begin starts a call of a message of some bytes, of which it sends some.
func (r *rawCalls) begin(method string, bytesOf, sent int) {
	var header bytes.Buffer
	fields := hpack.NewEncoder(&header)
	for _, f := range [][2]string{{":method", "POST"}, {":scheme", "http"}, {":path", method}, {":authority", "a"}, {"content-type", "application/grpc"}, {"te", "trailers"}} {
		_ = fields.WriteField(hpack.HeaderField{Name: f[0], Value: f[1]})
	}
	_ = r.WriteHeaders(http2.HeadersFrameParam{StreamID: r.next, BlockFragment: header.Bytes(), EndHeaders: true})
	message := append(binary.BigEndian.AppendUint32([]byte{0}, uint32(bytesOf)), make([]byte, sent)...)
	for len(message) > 0 {
		n := min(len(message), 16<<10)
		_ = r.WriteData(r.next, false, message[:n])
		message = message[n:]
	}
	r.next += 2
}

// status waits for the end of a call.
func (r *rawCalls) status(t *testing.T, stream uint32) string {
	t.Helper()
	for r.answered = ""; r.answered == ""; {
		frame, err := r.ReadFrame()
		if err != nil {
			t.Fatal(err)
		}
		if headers, ok := frame.(*http2.HeadersFrame); ok && headers.StreamID == stream {
			if _, err := r.decoder.Write(headers.HeaderBlockFragment()); err != nil {
				t.Fatal(err)
			}
		}
	}
	return r.answered
}

// TestKeysBeforeMessages begins calls of which the message never ends.
func TestKeysBeforeMessages(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(path, []byte("a-key-0123456789abcdef"), 0o600); err != nil {
		t.Fatal(err)
	}
	i := newServer(t, config.App{Server: config.Server{DrainSeconds: -1, APIKeysFile: path}}, config.Model{})
	client := dial(t, i, insecure.NewCredentials())
	calls := dialRaw(t, grpcAddress(t, client))
	for n, tt := range []struct{ method, status string }{
		{oip.GRPCInferenceService_ModelInfer_FullMethodName, "16"},
		{oip.GRPCInferenceService_ModelMetadata_FullMethodName, "16"},
		{oip.GRPCInferenceService_ServerLive_FullMethodName, "0"}, // Its message says nothing, and is not awaited.
		{"/inference.GRPCInferenceService/Other", "12"},
	} {
		calls.begin(tt.method, 32<<20-100, 1000)
		if got := calls.status(t, uint32(2*n+1)); got != tt.status {
			t.Errorf("%s: status %s, want %s", tt.method, got, tt.status)
		}
	}
	if metrics := scrape(t, serve(t, i)); !strings.Contains(metrics, `http_requests_total{method="POST",path="/inference.GRPCInferenceService/ModelInfer",status="401"} 1`) {
		t.Error("the refusal is not counted")
	}
}

// rawMessage sends the bytes of a message as they are.
type rawMessage struct{}

func (rawMessage) Marshal(v any) ([]byte, error)   { return *v.(*[]byte), nil }
func (rawMessage) Unmarshal(_ []byte, _ any) error { return nil }
func (rawMessage) Name() string                    { return "proto" }

// TestMessagesOfManyFields sends lists of nothing, which take a hundred times
// their bytes when they are decoded, and what a real caller's library may send.
func TestMessagesOfManyFields(t *testing.T) {
	t.Parallel()
	i := newServer(t, config.App{Server: config.Server{DrainSeconds: -1}}, config.Model{})
	client := dial(t, i, insecure.NewCredentials())
	connection, err := grpc.NewClient(grpcAddress(t, client), grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultCallOptions(grpc.ForceCodec(rawMessage{})))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	for unit, want := range map[string]string{
		"\x2a\x02\x22\x00": "fields", "\x2a\x00": "fields", "\x32\x00": "fields", "\x3a\x00": "fields", "\x22\x00": "fields",
		"\x2a\x04\x2a\x02\x42\x00": "fields", "\x78\x01": "fields", "\x0a\x00": "fields",
		"\x2a\x05\x12": "cannot be decoded", "\xff": "cannot be decoded",
	} {
		message := bytes.Repeat([]byte(unit), 1<<20/len(unit))
		var answer []byte
		err := connection.Invoke(t.Context(), oip.GRPCInferenceService_ModelInfer_FullMethodName, &message, &answer)
		if status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", unit, err, want)
		}
	}
	// As many texts as there may be, in the form that takes the most fields.
	texts := make([][]byte, 1000)
	for n := range texts {
		texts[n] = fmt.Appendf(nil, "text %d", n)
	}
	q := &oip.ModelInferRequest{ModelName: "tiny", Inputs: []*oip.ModelInferRequest_InferInputTensor{
		{Name: "text", Datatype: "BYTES", Shape: []int64{1000}, Contents: &oip.InferTensorContents{BytesContents: texts}, Parameters: map[string]*oip.InferParameter{"a": {}}},
	}}
	if a, err := client.ModelInfer(t.Context(), q); err != nil || len(a.GetRawOutputContents()) != 1 {
		t.Errorf("a thousand texts: %v", err)
	}
}

// TestMessagesTogether has connections that bring more than they may together.
func TestMessagesTogether(t *testing.T) {
	t.Parallel()
	long(t, "messages of megabytes")
	const each = 60_000 // less than gRPC takes of a message that nobody has begun to read
	i := newServer(t, config.App{Server: config.Server{DrainSeconds: -1, MaxBodyBytes: 1 << 20, MaxBodiesBytes: 1 << 20}}, config.Model{})
	client := dial(t, i, insecure.NewCredentials())
	address := grpcAddress(t, client)
	few, many := dialRaw(t, address), dialRaw(t, address)
	for range 5 {
		few.begin(oip.GRPCInferenceService_ModelInfer_FullMethodName, 1<<20, each)
	}
	for range 15 {
		many.begin(oip.GRPCInferenceService_ModelInfer_FullMethodName, 1<<20, each)
	}
	for {
		if _, err := many.ReadFrame(); err != nil {
			break // closed
		}
	}
	// What the other connection sends may come a little later, and what was brought by
	// the one that is gone is given back a little later.
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if held := i.GRPCHeld(); held >= 5*each && held <= 10*each {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("%d bytes are held by %d", held, 5*each)
		}
	}
	if _, err := client.ModelMetadata(t.Context(), &oip.ModelMetadataRequest{Name: "tiny"}); err != nil {
		t.Errorf("another caller: %v", err)
	}
	large := &oip.ModelInferRequest{ModelName: "tiny", RawInputContents: [][]byte{make([]byte, 2<<20)}}
	if _, err := client.ModelInfer(t.Context(), large); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("a message that is too large alone: %v", err)
	}
	_ = few.Close()
	for deadline := time.Now().Add(patience); i.GRPCHeld() > 1000; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d bytes are held for nobody", i.GRPCHeld())
		}
	}
}

// TestABusyConnectionHoldsNothing makes many calls beside one that goes on.
func TestABusyConnectionHoldsNothing(t *testing.T) {
	t.Parallel()
	i := newServer(t, config.App{Server: config.Server{DrainSeconds: -1}}, config.Model{})
	client := dial(t, i, insecure.NewCredentials())
	connection, err := grpc.NewClient(grpcAddress(t, client), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	if _, err := connection.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true}, oip.GRPCInferenceService_ModelInfer_FullMethodName); err != nil {
		t.Fatal(err)
	}
	busy := oip.NewGRPCInferenceServiceClient(connection)
	for range 200 {
		if _, err := busy.ModelMetadata(ctx, &oip.ModelMetadataRequest{Name: "tiny", Version: "1"}); err != nil {
			t.Fatal(err)
		}
	}
	if held := i.GRPCHeld(); held > 4000 {
		t.Errorf("%d bytes are held by a call that has brought none", held)
	}
}

// TestAURLIsFetchedOnce names one picture many times, which cannot be had.
func TestAURLIsFetchedOnce(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	origin := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.NotFound(w, r)
	})}
	go func() { _ = origin.Serve(listener) }()
	t.Cleanup(func() { _ = origin.Close() })
	url := start(t, config.App{Fetch: &config.Fetch{AllowedHosts: []string{listener.Addr().String()}}, Cache: &config.Cache{URLMiB: -1}})
	urls := make([]string, 300)
	for n := range urls {
		urls[n] = "http://" + listener.Addr().String() + "/a.png"
	}
	status, a := ask[struct {
		Errors []struct {
			Image int
			Code  string
		}
	}](t, url+"/predict", object{"text": "x", "image_urls": urls})
	if status != http.StatusOK || len(a.Errors) != len(urls) || a.Errors[299].Code != "bad_status" {
		t.Errorf("status %d, %d errors", status, len(a.Errors))
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("the picture was asked for %d times", n)
	}
}
