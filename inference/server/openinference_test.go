package server_test

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"github.com/seed-74198975/rsclip/inference/config"
	oip "github.com/seed-74198975/rsclip/inference/openinference"
	"github.com/seed-74198975/rsclip/inference/server"
)

type inference struct {
	ID      string
	Outputs []struct {
		Name       string
		Shape      []int
		Parameters struct {
			Size int `json:"binary_data_size"`
		}
		Data []float64
	}
	Parameters map[string]any
	Error      string // of the protocol's form
}

func TestOpenInferenceOverHTTP(t *testing.T) {
	t.Parallel()
	g := goldens(t)
	url := start(t, config.App{})
	for path, want := range map[string]string{
		"/v2/health/live":                  `{"live":true}`,
		"/v2/health/ready":                 `{"ready":true}`,
		"/v2":                              `"name":"rsclip"`,
		"/v2/models/tiny":                  `"platform":"onnxruntime_siglip"`,
		"/v2/models/tiny/ready":            `"ready":true`,
		"/v2/models/tiny/versions/1/ready": `"ready":true`,
		"/v2/models/other":                 `{"error":"model_not_found: `,
		"/v2/models/tiny/versions/2":       `{"error":"model_not_found: `,
	} {
		response, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		data, _ := io.ReadAll(response.Body)
		if !strings.Contains(string(data), want) {
			t.Errorf("%s: %d, %s", path, response.StatusCode, data)
		}
	}
	picture := readPicture(t, g.Pictures[0])
	text := object{"name": "text", "datatype": "BYTES", "shape": []int{2}, "data": g.Texts[:2]}
	image := object{"name": "image", "datatype": "BYTES", "shape": []int{1}, "data": []string{base64.StdEncoding.EncodeToString(picture)}}

	status, a := ask[inference](t, url+"/v2/models/tiny/infer", object{"id": "7", "inputs": []any{text, image}, "outputs": []object{{"name": "logit"}}})
	if status != 200 || a.ID != "7" || len(a.Outputs) != 1 || !slices.Equal(a.Outputs[0].Shape, []int{1, 2}) {
		t.Fatalf("status %d, %+v", status, a)
	}
	for j, got := range a.Outputs[0].Data {
		if !(math.Abs(got-g.LogitsPerImage[0][j]) < 1e-4) {
			t.Errorf("logit %v, the reference %v", got, g.LogitsPerImage[0][j])
		}
	}

	// The same in binary, both ways.
	element := append(binary.LittleEndian.AppendUint32(nil, uint32(len(picture))), picture...)
	head, err := json.Marshal(object{
		"inputs":     []any{object{"name": "image", "datatype": "BYTES", "shape": []int{1}, "parameters": object{"binary_data_size": len(element)}}, text},
		"parameters": object{"binary_data_output": true},
	})
	if err != nil {
		t.Fatal(err)
	}
	response, body := inferBinary(t, url, head, element)
	length, err := strconv.Atoi(response.Header.Get("Inference-Header-Content-Length"))
	if err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	var b inference
	if err := json.Unmarshal(body[:length], &b); err != nil {
		t.Fatal(err)
	}
	tail := body[length:]
	var names []string
	for _, o := range b.Outputs {
		names = append(names, o.Name)
		if o.Name == "logit" {
			for j := range 2 {
				if got := float64(math.Float32frombits(binary.LittleEndian.Uint32(tail[4*j:]))); float32(got) != float32(a.Outputs[0].Data[j]) {
					t.Errorf("logit %v in binary, %v in JSON", got, a.Outputs[0].Data[j])
				}
			}
		}
		tail = tail[o.Parameters.Size:]
	}
	if want := []string{"text_embedding", "image_embedding", "similarity", "logit", "probability"}; !slices.Equal(names, want) || len(tail) != 0 {
		t.Errorf("outputs %v, %d bytes left", names, len(tail))
	}

	numbers, err := json.Marshal(object{"inputs": []any{object{"name": "text", "datatype": "FP32", "shape": []int{1}, "parameters": object{"binary_data_size": 4}}}})
	if err != nil {
		t.Fatal(err)
	}
	if r, answer := inferBinary(t, url, numbers, []byte{0, 0, 128, 63}); r.StatusCode != http.StatusBadRequest || !strings.Contains(string(answer), `it must be BYTES`) {
		t.Errorf("binary numbers: %s, %s", r.Status, answer)
	}
	twice := object{"inputs": []any{text}, "outputs": []any{object{"name": "text_embedding"}, object{"name": "text_embedding"}}}
	if status, a := ask[inference](t, url+"/v2/models/tiny/infer", twice); status != 400 || !strings.HasPrefix(a.Error, "invalid_request: ") {
		t.Errorf("an output twice: status %d, %+v", status, a.Error)
	}
	for name, tt := range map[string]struct {
		inputs []any
		code   string
	}{
		"no inputs":     {[]any{}, "invalid_request"},
		"unknown input": {[]any{object{"name": "pixels", "datatype": "BYTES", "shape": []int{1}, "data": []string{"a"}}}, "invalid_request"},
		"datatype":      {[]any{object{"name": "text", "datatype": "FP32", "shape": []int{1}, "data": []string{"a"}}}, "invalid_request"},
		"shape":         {[]any{object{"name": "text", "datatype": "BYTES", "shape": []int{3}, "data": []string{"a"}}}, "invalid_request"},
		"huge shape":    {[]any{object{"name": "text", "datatype": "BYTES", "shape": []int64{1 << 40, 1 << 40}, "data": []string{"a"}}}, "invalid_request"},
		"numbers":       {[]any{object{"name": "text", "datatype": "BYTES", "shape": []int{1}, "data": []int{1}}}, "invalid_request"},
		"twice":         {[]any{text, text}, "invalid_request"},
		"bad picture":   {[]any{object{"name": "image", "datatype": "BYTES", "shape": []int{1}, "data": []string{"aGVsbG8="}}}, "image_unsupported"},
		"private URL":   {[]any{object{"name": "image_url", "datatype": "BYTES", "shape": []int{1}, "data": []string{"http://10.0.0.1/"}}}, "forbidden_address"},
	} {
		if status, a := ask[inference](t, url+"/v2/models/tiny/infer", object{"inputs": tt.inputs}); status < 400 || status > 499 || !strings.HasPrefix(a.Error, tt.code+": ") {
			t.Errorf("%s: status %d, %q", name, status, a.Error)
		}
	}
}

// inferBinary asks the tiny model with JSON and the binary tensors behind it.
func inferBinary(t *testing.T, url string, head, tensors []byte) (*http.Response, []byte) {
	t.Helper()
	request, err := http.NewRequest(http.MethodPost, url+"/v2/models/tiny/infer", bytes.NewReader(append(head, tensors...)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Inference-Header-Content-Length", strconv.Itoa(len(head)))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, body
}

// listen has a server answer, as in the program, on ports of its own.
func listen(t *testing.T, i *instance) (url, rpc string) {
	t.Helper()
	var l server.Listeners
	for _, into := range []*net.Listener{&l.API, &l.GRPC} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		*into = listener
	}
	ended := make(chan error, 1)
	ctx := t.Context() // Ends before the cleanups.
	go func() { ended <- i.Serve(ctx, l) }()
	t.Cleanup(func() {
		if err := <-ended; err != nil {
			t.Errorf("Serve returned %v", err)
		}
	})
	return "http://" + l.API.Addr().String(), l.GRPC.Addr().String()
}

// dial serves a server's gRPC.
func dial(t *testing.T, i *instance, secure credentials.TransportCredentials) oip.GRPCInferenceServiceClient {
	t.Helper()
	_, rpc := listen(t, i)
	return connect(t, rpc, secure)
}

func connect(t *testing.T, rpc string, secure credentials.TransportCredentials) oip.GRPCInferenceServiceClient {
	t.Helper()
	connection, err := grpc.NewClient(rpc, grpc.WithTransportCredentials(secure))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connection.Close() })
	return oip.NewGRPCInferenceServiceClient(connection)
}

func TestOpenInferenceOverGRPC(t *testing.T) {
	t.Parallel()
	g := goldens(t)
	i := newServer(t, config.App{Server: config.Server{DrainSeconds: -1}}, config.Model{})
	client, ctx := dial(t, i, insecure.NewCredentials()), t.Context()
	if a, err := client.ServerLive(ctx, &oip.ServerLiveRequest{}); err != nil || !a.GetLive() {
		t.Errorf("ServerLive: %v, %v", a, err)
	}
	if a, err := client.ServerReady(ctx, &oip.ServerReadyRequest{}); err != nil || !a.GetReady() {
		t.Errorf("ServerReady: %v, %v", a, err)
	}
	if a, err := client.ModelReady(ctx, &oip.ModelReadyRequest{Name: "tiny"}); err != nil || !a.GetReady() {
		t.Errorf("ModelReady: %v, %v", a, err)
	}
	if a, err := client.ServerMetadata(ctx, &oip.ServerMetadataRequest{}); err != nil || a.GetName() != "rsclip" {
		t.Errorf("ServerMetadata: %v, %v", a, err)
	}
	if a, err := client.ModelMetadata(ctx, &oip.ModelMetadataRequest{Name: "tiny"}); err != nil || len(a.GetInputs()) != 3 || len(a.GetOutputs()) != 5 {
		t.Errorf("ModelMetadata: %v, %v", a, err)
	}
	picture := readPicture(t, g.Pictures[0])
	inputs := []*oip.ModelInferRequest_InferInputTensor{
		{Name: "text", Datatype: "BYTES", Shape: []int64{1}, Contents: &oip.InferTensorContents{BytesContents: [][]byte{[]byte(g.Texts[0])}}},
		{Name: "image", Datatype: "BYTES", Shape: []int64{1}, Contents: &oip.InferTensorContents{BytesContents: [][]byte{picture}}},
	}
	outputs := []*oip.ModelInferRequest_InferRequestedOutputTensor{{Name: "logit"}}
	raw := func(b []byte) []byte { return append(binary.LittleEndian.AppendUint32(nil, uint32(len(b))), b...) }
	for name, q := range map[string]*oip.ModelInferRequest{
		"contents": {ModelName: "tiny", Id: "7", Inputs: inputs, Outputs: outputs},
		"raw": {
			ModelName: "tiny", Id: "7", Outputs: outputs,
			Inputs: []*oip.ModelInferRequest_InferInputTensor{
				{Name: "text", Datatype: "BYTES", Shape: []int64{1}}, {Name: "image", Datatype: "BYTES", Shape: []int64{1}},
			},
			RawInputContents: [][]byte{raw([]byte(g.Texts[0])), raw(picture)},
		},
	} {
		a, err := client.ModelInfer(ctx, q)
		if err != nil || a.GetId() != "7" || len(a.GetRawOutputContents()) != 1 {
			t.Fatalf("%s: %v, %v", name, a, err)
		}
		if got := float64(math.Float32frombits(binary.LittleEndian.Uint32(a.GetRawOutputContents()[0]))); !(math.Abs(got-g.LogitsPerImage[0][0]) < 1e-4) {
			t.Errorf("%s: logit %v, the reference %v", name, got, g.LogitsPerImage[0][0])
		}
	}
	var header metadata.MD
	_, err := client.ModelInfer(metadata.AppendToOutgoingContext(ctx, "x-request-id", "abc"), &oip.ModelInferRequest{ModelName: "other"}, grpc.Header(&header))
	if status.Code(err) != codes.NotFound || !strings.Contains(err.Error(), "model_not_found") || len(header.Get("x-request-id")) != 1 || header.Get("x-request-id")[0] != "abc" {
		t.Errorf("another model: %v, header %v", err, header)
	}
	if _, err := client.ModelInfer(ctx, &oip.ModelInferRequest{ModelName: "tiny", Inputs: inputs[:1], Outputs: outputs}); status.Code(err) != codes.InvalidArgument {
		t.Errorf("logits without pictures: %v", err)
	}
	if _, err := client.ModelInfer(ctx, &oip.ModelInferRequest{ModelName: "tiny", Inputs: inputs, RawInputContents: [][]byte{{9, 0, 0, 0}}}); status.Code(err) != codes.InvalidArgument {
		t.Errorf("raw contents that do not fit: %v", err)
	}
}

// TestGRPCWithKeysOverTLS asks for a key, and encrypts, as HTTP does.
func TestGRPCWithKeysOverTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	certificate(t, dir, "grpc")
	const key = "a-key-0123456789abcdef"
	if err := os.WriteFile(filepath.Join(dir, "keys"), []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	i := newServer(t, config.App{Server: config.Server{
		DrainSeconds: -1, APIKeysFile: filepath.Join(dir, "keys"),
		TLS: &config.TLS{CertFile: filepath.Join(dir, "cert.pem"), KeyFile: filepath.Join(dir, "key.pem")},
	}}, config.Model{})
	client := dial(t, i, credentials.NewTLS(&tls.Config{InsecureSkipVerify: true}))
	for authorization, want := range map[string]codes.Code{
		"":                  codes.Unauthenticated,
		"Bearer " + key[1:]: codes.Unauthenticated,
		"Bearer " + key:     codes.OK,
	} {
		ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", authorization)
		if _, err := client.ModelMetadata(ctx, &oip.ModelMetadataRequest{Name: "tiny"}); status.Code(err) != want {
			t.Errorf("with %q: %v, want %v", authorization, err, want)
		}
		// Probes need none.
		if a, err := client.ServerReady(ctx, &oip.ServerReadyRequest{}); err != nil || !a.GetReady() {
			t.Errorf("ServerReady: %v, %v", a, err)
		}
	}
}
