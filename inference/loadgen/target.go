package loadgen

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"strconv"
)

// Protocol is how a server is asked.
type Protocol string

// The protocols.
const (
	Predict Protocol = "predict" // this server's POST /predict: texts against pictures
	OpenAI  Protocol = "openai"  // POST /v1/embeddings of any server: texts or pictures
	V2      Protocol = "v2"      // the Open Inference Protocol in JSON: texts, pictures or both
)

// Target is a server, and what to ask it. Texts and pictures are taken in turn.
type Target struct {
	URL      string // of the server, without a path
	Protocol Protocol
	Model    string // name, which OpenAI's and V2's requests carry
	Key      string // API key; "" sends none
	Items    int    // texts, and pictures, of one request
	Texts    []string
	// Distinct numbers every text, so that no cache knows it.
	Distinct bool
	Files    [][]byte // pictures to upload
	URLs     []string // pictures that the server fetches

	inputs [][]byte // pictures as OpenAI's requests have them, in JSON
}

func (t *Target) check() error {
	pictures := len(t.Files)+len(t.URLs) > 0
	switch {
	case t.Items < 1 || t.Items > 10_000:
		return fmt.Errorf("one request has %d items: choose 1 to 10000", t.Items)
	case len(t.Files) > 0 && len(t.URLs) > 0:
		return errors.New("there are pictures as files and as URLs: choose one")
	case t.Protocol == Predict && (len(t.Texts) == 0 || !pictures):
		return errors.New("the protocol predict needs texts and pictures")
	case t.Protocol == OpenAI && (len(t.Texts) > 0) == pictures:
		return errors.New("the protocol openai takes texts or pictures, not both")
	case t.Protocol == V2 && len(t.Texts) == 0 && !pictures:
		return errors.New("there are neither texts nor pictures to send")
	case (t.Protocol == OpenAI || t.Protocol == V2) && t.Model == "":
		return fmt.Errorf("the protocol %s needs the model's name", t.Protocol)
	}
	return nil
}

// IsLocal reports whether the server is on this machine.
func (t *Target) IsLocal() bool {
	u, err := url.Parse(t.URL)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// payload makes the path, body and content type of request number n.
type payload func(n int) (path string, body []byte, contentType string)

// Sender returns what sends the requests. Clients is how many at a time, for
// which connections are kept.
func (t *Target) Sender(clients int) (Send, error) {
	u, err := url.Parse(t.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("the server is %q: want a URL such as http://127.0.0.1:8080", t.URL)
	}
	make, ok := map[Protocol]payload{Predict: t.predict, OpenAI: t.openAI, V2: t.v2}[t.Protocol]
	if !ok {
		return nil, fmt.Errorf("the protocol is %q: choose %s, %s or %s", t.Protocol, Predict, OpenAI, V2)
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	if t.Protocol == OpenAI {
		t.encodeInputs()
	}
	client := &http.Client{
		Transport: &http.Transport{MaxIdleConns: clients, MaxIdleConnsPerHost: clients},
		// The load stays on the server that was named.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return func(ctx context.Context, n int) string {
		path, body, contentType := make(n)
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, u.JoinPath(path).String(), bytes.NewReader(body))
		if err != nil {
			return "no request can be made"
		}
		request.Header.Set("Content-Type", contentType)
		if t.Key != "" {
			request.Header.Set("Authorization", "Bearer "+t.Key)
		}
		return outcome(client.Do(request)) //nolint:bodyclose // Outcome closes it.
	}, nil
}

// outcome reads an answer to its end.
func outcome(response *http.Response, err error) string {
	var body []byte
	if err == nil {
		defer func() { _ = response.Body.Close() }()
		body, err = io.ReadAll(response.Body)
	}
	var timeout net.Error
	switch {
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return "timed out"
	case err != nil:
		return "connection failed"
	case response.StatusCode != http.StatusOK:
		return "status " + strconv.Itoa(response.StatusCode)
	case len(body) == 0:
		return "an empty answer"
	case bytes.Contains(body, []byte(`"error`)):
		return "an item failed"
	}
	return OK
}

// texts returns those of request number n.
func (t *Target) texts(n int) []string {
	if len(t.Texts) == 0 {
		return nil
	}
	texts := make([]string, t.Items)
	for i := range texts {
		at := n*t.Items + i
		if texts[i] = t.Texts[at%len(t.Texts)]; t.Distinct {
			texts[i] += " " + strconv.Itoa(at)
		}
	}
	return texts
}

// turn returns those of request number n.
func turn[T any](t *Target, all []T, n int) []T {
	if len(all) == 0 {
		return nil
	}
	out := make([]T, t.Items)
	for i := range out {
		out[i] = all[(n*t.Items+i)%len(all)]
	}
	return out
}

const jsonType = "application/json"

// encode is json.Marshal of what always has a form in JSON.
func encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}

func (t *Target) predict(n int) (path string, body []byte, contentType string) {
	texts, files := t.texts(n), turn(t, t.Files, n)
	if len(files) == 0 {
		return "predict", encode(map[string]any{"texts": texts, "image_urls": turn(t, t.URLs, n)}), jsonType
	}
	var b bytes.Buffer // Whose writes do not fail.
	form := multipart.NewWriter(&b)
	for _, text := range texts {
		_ = form.WriteField("text", text)
	}
	for _, file := range files {
		part, _ := form.CreateFormFile("image", "picture")
		_, _ = part.Write(file)
	}
	_ = form.Close()
	return "predict", b.Bytes(), form.FormDataContentType()
}

// encodeInputs makes the pictures of OpenAI's requests, once, since the time
// that it takes would count as the server's.
func (t *Target) encodeInputs() {
	t.inputs = nil
	for _, file := range t.Files {
		t.inputs = append(t.inputs, encode("data:"+http.DetectContentType(file)+";base64,"+base64.StdEncoding.EncodeToString(file)))
	}
	for _, u := range t.URLs {
		t.inputs = append(t.inputs, encode(u))
	}
}

func (t *Target) openAI(n int) (path string, body []byte, contentType string) {
	path = "v1/embeddings"
	if texts := t.texts(n); texts != nil {
		return path, encode(map[string]any{"model": t.Model, "input": texts}), jsonType
	}
	// As infinity has it, which this server accepts.
	body = fmt.Appendf(nil, `{"input":[%s],"modality":"image","model":%s}`, bytes.Join(turn(t, t.inputs, n), []byte(",")), encode(t.Model))
	return path, body, jsonType
}

func (t *Target) v2(n int) (path string, body []byte, contentType string) {
	type tensor struct {
		Name     string `json:"name"`
		Shape    []int  `json:"shape"`
		Datatype string `json:"datatype"`
		Data     any    `json:"data"`
	}
	var inputs []tensor
	add := func(name string, data any) {
		// Triton forms batches of rows; this server takes any shape of so many elements.
		inputs = append(inputs, tensor{name, []int{t.Items, 1}, "BYTES", data})
	}
	if texts := t.texts(n); texts != nil {
		add("text", texts)
	}
	if files := turn(t, t.Files, n); files != nil {
		add("image", files)
	}
	if urls := turn(t, t.URLs, n); urls != nil {
		add("image_url", urls)
	}
	return "v2/models/" + url.PathEscape(t.Model) + "/infer", encode(map[string]any{"inputs": inputs}), jsonType
}
