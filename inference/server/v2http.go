package server

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/seed-74198975/rsclip/inference/pipeline"
)

// inferHeader is the length of the JSON in front of binary tensors.
// Source: the protocol's extension for binary data.
const inferHeader = "Inference-Header-Content-Length"

// isV2 says whether a path is the protocol's.
func isV2(path string) bool { return path == "/v2" || strings.HasPrefix(path, "/v2/") }

// modelPath is a path of a model of the protocol.
var modelPath = regexp.MustCompile(`^(/v2/models/)(.+?)((?:/versions/[^/]+)?(?:/ready|/infer)?)$`)

// withWholeNames lets names of models have slashes, as OWNER/NAME of a hub has,
// which clients send as they are: to the routes a name is one part of the path.
func withWholeNames(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if parts := modelPath.FindStringSubmatch(r.URL.EscapedPath()); parts != nil && strings.Contains(parts[2], "/") {
			r = r.Clone(r.Context())
			r.URL.RawPath = parts[1] + strings.ReplaceAll(parts[2], "/", "%2F") + parts[3]
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) v2Routes() []route {
	var routes []route
	for _, prefix := range []string{"/v2/models/{name}", "/v2/models/{name}/versions/{version}"} {
		routes = append(routes,
			route{http.MethodGet, prefix, s.v2Model},
			route{http.MethodGet, prefix + "/ready", s.v2ModelReady},
			route{http.MethodPost, prefix + "/infer", s.v2Infer},
		)
	}
	return routes
}

func (s *Server) v2Live(w http.ResponseWriter, r *http.Request) {
	writeProbe(w, r, map[string]bool{"live": true}, s.alive())
}

func (s *Server) v2Ready(w http.ResponseWriter, r *http.Request) {
	_, err := s.isReady()
	writeProbe(w, r, map[string]bool{"ready": true}, err)
}

// v2Extensions are the parts of the protocol that are served beside its core.
var v2Extensions = []string{"binary_tensor_data"}

func (s *Server) v2Server(w http.ResponseWriter, r *http.Request) {
	writeProbe(w, r, map[string]any{"name": "rsclip", "version": s.telemetry.Version, "extensions": v2Extensions}, nil)
}

func (s *Server) v2Model(w http.ResponseWriter, r *http.Request, p *pipeline.Pipeline) error {
	m := p.Model()
	if err := checkModel(m, r.PathValue("name"), r.PathValue("version")); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, map[string]any{
		"name": m.Name(), "versions": []string{"1"}, "platform": v2Platform(m),
		"inputs": v2Inputs(), "outputs": v2Outputs(m),
	})
}

func (s *Server) v2ModelReady(w http.ResponseWriter, r *http.Request, p *pipeline.Pipeline) error {
	if err := checkModel(p.Model(), r.PathValue("name"), r.PathValue("version")); err != nil {
		return err
	}
	if _, err := s.isReady(); err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, map[string]any{"name": p.Model().Name(), "ready": true})
}

// inferRequest is the JSON of a request to infer. Parameters other than those
// of binary data are allowed and not looked at.
type inferRequest struct {
	ID         string             `json:"id"`
	Parameters inferParameters    `json:"parameters"`
	Inputs     list[inferInput]   `json:"inputs"`
	Outputs    list[wantedOutput] `json:"outputs"`
}

type inferInput struct {
	Name       string          `json:"name"`
	Datatype   string          `json:"datatype"`
	Shape      list[int64]     `json:"shape"`
	Parameters inferParameters `json:"parameters"`
	Data       tensorData      `json:"data"`
}

type wantedOutput struct {
	Name       string          `json:"name"`
	Parameters inferParameters `json:"parameters"`
}

type inferParameters struct {
	BinaryDataSize   *int  `json:"binary_data_size"`
	BinaryData       *bool `json:"binary_data"`
	BinaryDataOutput bool  `json:"binary_data_output"`
}

type inferOutput struct {
	Name       string         `json:"name"`
	Datatype   string         `json:"datatype"`
	Shape      []int64        `json:"shape"`
	Parameters map[string]int `json:"parameters,omitempty"`
	Data       []float32      `json:"data,omitempty"`
}

type inferAnswer struct {
	ModelName    string        `json:"model_name"`
	ModelVersion string        `json:"model_version"`
	ID           string        `json:"id,omitempty"`
	Outputs      []inferOutput `json:"outputs"`

	Parameters map[string]string `json:"parameters,omitempty"`
}

// v2Infer is POST /v2/models/{name}/infer.
func (s *Server) v2Infer(w http.ResponseWriter, r *http.Request, p *pipeline.Pipeline) error {
	if err := checkModel(p.Model(), r.PathValue("name"), r.PathValue("version")); err != nil {
		return err
	}
	body, err := readBody(r.Body, r.ContentLength)
	if err != nil {
		return err
	}
	q, inputs, err := readInfer(body.Bytes(), r.Header.Get(inferHeader))
	if err != nil {
		return err
	}
	names := make([]string, len(q.Outputs))
	for i, o := range q.Outputs {
		names[i] = o.Name
	}
	out, lease, err := s.infer(r.Context(), p, inputs, names)
	if err != nil {
		return err
	}
	defer lease.Release()
	giveBack(body) // After an error, work that is called off may still read its pictures.
	answer := inferAnswer{ModelName: p.Model().Name(), ModelVersion: "1", ID: q.ID, Outputs: make([]inferOutput, len(out.tensors))}
	if out.truncated != "" {
		answer.Parameters = map[string]string{truncatedTexts: out.truncated}
	}
	var tail []byte
	for i, t := range out.tensors {
		o := inferOutput{Name: t.name, Datatype: "FP32", Shape: t.shape}
		if q.wantsBinary(t.name) {
			data := binaryFloats(t.data)
			o.Parameters = map[string]int{"binary_data_size": len(data)}
			tail = append(tail, data...)
		} else {
			o.Data = t.data
		}
		answer.Outputs[i] = o
	}
	if tail == nil {
		return writeJSON(w, http.StatusOK, answer)
	}
	head, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set(inferHeader, strconv.Itoa(len(head)))
	w.Header().Set("Content-Length", strconv.Itoa(len(head)+len(tail)))
	sink := impatient(w)
	for part := range slices.Chunk(append(head, tail...), 64<<10) {
		if _, err := sink.Write(part); err != nil {
			break // The client has left.
		}
	}
	return nil
}

func (q *inferRequest) wantsBinary(name string) bool {
	for _, o := range q.Outputs {
		if o.Name == name && o.Parameters.BinaryData != nil {
			return *o.Parameters.BinaryData
		}
	}
	return q.Parameters.BinaryDataOutput
}

// readInfer reads a body of JSON, followed by binary tensors where the header
// says where the JSON ends.
func readInfer(body []byte, header string) (*inferRequest, []bytesTensor, error) {
	length := len(body)
	if header != "" {
		n, err := strconv.Atoi(header)
		if err != nil || n < 0 || n > len(body) {
			return nil, nil, problem(http.StatusBadRequest, "invalid_request", "%s is %q: it must be the length of the JSON, 0 to %d", inferHeader, header, len(body))
		}
		length = n
	}
	var q inferRequest
	// Parameters are open to extensions, so that unknown fields must pass.
	if err := unmarshal(body[:length], &q, lenient); err != nil {
		return nil, nil, err
	}
	tail := body[length:]
	inputs := make([]bytesTensor, len(q.Inputs))
	for i, in := range q.Inputs {
		t := bytesTensor{name: in.Name, datatype: in.Datatype, shape: in.Shape}
		switch size := in.Parameters.BinaryDataSize; {
		case size != nil:
			if *size < 0 || *size > len(tail) {
				return nil, nil, problem(http.StatusBadRequest, "invalid_request", "input %q claims %d binary bytes, and %d are left", in.Name, *size, len(tail))
			}
			err := t.checkKind()
			if err != nil {
				return nil, nil, err
			}
			if t.elements, err = splitBytes(tail[:*size]); err != nil {
				return nil, nil, err
			}
			tail = tail[*size:]
		case in.Data == nil:
			return nil, nil, problem(http.StatusBadRequest, "invalid_request", "input %q has no data: send a list of strings, or binary_data_size", in.Name)
		default:
			t.encoded = true
			t.elements = in.Data
		}
		inputs[i] = t
	}
	if len(tail) > 0 {
		return nil, nil, problem(http.StatusBadRequest, "invalid_request", "%d binary bytes belong to no input", len(tail))
	}
	return &q, inputs, nil
}

// rawInputs are the inputs of a gRPC request that carries them in binary form.
func rawInputs(raw [][]byte, inputs []bytesTensor) error {
	if len(raw) != len(inputs) {
		return problem(http.StatusBadRequest, "invalid_request", "there are %d inputs and %d raw contents: they must agree", len(inputs), len(raw))
	}
	for i := range inputs {
		err := inputs[i].checkKind()
		if err != nil {
			return err
		}
		if inputs[i].elements, err = splitBytes(raw[i]); err != nil {
			return err
		}
	}
	return nil
}
