package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/evaluation"
	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/internal/contract"
)

// defaultPrompt is of the form that Git-RSCLIP's page has.
const defaultPrompt = "a remote sensing image of {}"

// report is what `rsclip evaluate` prints.
type report struct {
	Model          string                     `json:"model"`
	Data           string                     `json:"data"`
	Split          string                     `json:"split,omitempty"`
	Prompts        []string                   `json:"prompts,omitempty"`
	Classification *evaluation.Classification `json:"classification,omitempty"`
	ImageToText    *evaluation.Recall         `json:"image_to_text,omitempty"`
	TextToImage    *evaluation.Recall         `json:"text_to_image,omitempty"`
	MeanRecall     float64                    `json:"mean_recall,omitempty"`
}

// asked embeds texts and the files of pictures, all at the same time.
type asked struct {
	name  string
	text  func(ctx context.Context, text string) ([]float32, error)
	image func(ctx context.Context, file []byte) ([]float32, error)
	close func()
}

// evaluate is `rsclip evaluate`: how well a model, of a folder or of a server that
// runs, does on a data set.
func evaluate(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("evaluate", flag.ContinueOnError)
	data := flags.String("data", "", "`folder` with one folder of pictures a class, or with a dataset*.json of captions")
	dir := flags.String("model", "", "model `folder`; none means "+contract.ModelFolder+", unless there is a server")
	server := flags.String("server", "", "`address` of a server that runs, such as http://127.0.0.1:8000")
	key := flags.String("key", os.Getenv("RSCLIP_API_KEY"), "the server's API `key` (environment: RSCLIP_API_KEY)")
	device := flags.String("device", string(config.CPU), "cpu, cuda or tensorrt, for a model folder")
	prompt := flags.String("prompt", defaultPrompt, "`text` for a class, with {} for its name")
	split := flags.String("split", "test", "`name` of the captions' split; all takes every one")
	if err := parse(flags, args, stderr); err != nil {
		return err
	}
	if err := required(map[string]string{"data": *data}); err != nil {
		return err
	}
	switch {
	case *server != "" && *dir != "":
		return errors.New("-model and -server exclude each other: name one")
	case !strings.Contains(*prompt, "{}"):
		return fmt.Errorf("-prompt is %q: must have {} for the class's name", *prompt)
	case *split == "all":
		*split = ""
	}
	set, err := evaluation.Open(*data, *split)
	if err != nil {
		return err
	}
	var e *asked
	if *server != "" {
		e = remote(*server, *key)
	} else {
		e, err = local(cmp.Or(*dir, contract.ModelFolder), config.Device(*device))
	}
	if err != nil {
		return err
	}
	defer e.close()
	r := report{Model: e.name, Data: *data, Split: set.Split}
	var texts []string
	for _, class := range set.Classes {
		texts = append(texts, evaluation.Prompt(*prompt, class))
	}
	r.Prompts = texts
	for _, p := range set.Pictures {
		texts = append(texts, p.Captions...)
	}
	textVectors, err := embedEach(ctx, len(texts), "texts", stderr, func(ctx context.Context, i int) ([]float32, error) { return e.text(ctx, texts[i]) })
	if err != nil {
		return err
	}
	imageVectors, err := embedEach(ctx, len(set.Pictures), "pictures", stderr, func(ctx context.Context, i int) ([]float32, error) {
		file, err := os.ReadFile(set.Pictures[i].Path)
		if err != nil {
			return nil, err
		}
		vector, err := e.image(ctx, file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", set.Pictures[i].Path, err)
		}
		return vector, nil
	})
	if err != nil {
		return err
	}
	r.measure(set, imageVectors, textVectors)
	out := json.NewEncoder(stdout)
	out.SetIndent("", "  ")
	return out.Encode(r)
}

func (r *report) measure(set *evaluation.DataSet, images, texts [][]float32) {
	if len(set.Classes) > 0 {
		scores, classes := make([][]float32, len(images)), make([]int, len(images))
		for i, image := range images {
			classes[i] = set.Pictures[i].Class
			for _, text := range texts {
				scores[i] = append(scores[i], dot(image, text))
			}
		}
		c := evaluation.Classify(scores, classes, len(set.Classes))
		r.Classification = &c
		return
	}
	var pictures, owners []int
	for i, p := range set.Pictures {
		pictures = append(pictures, i)
		for range p.Captions {
			owners = append(owners, i)
		}
	}
	toText := evaluation.Retrieve(len(images), len(texts), func(q, i int) float32 { return dot(images[q], texts[i]) }, pictures, owners)
	toImage := evaluation.Retrieve(len(texts), len(images), func(q, i int) float32 { return dot(texts[q], images[i]) }, owners, pictures)
	r.ImageToText, r.TextToImage = &toText, &toImage
	r.MeanRecall = (toText.At1 + toText.At5 + toText.At10 + toImage.At1 + toImage.At5 + toImage.At10) / 6
}

func dot(a, b []float32) float32 {
	var sum float32
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// atOnce is how many items are embedded at the same time.
const atOnce = 16

// embedEach embeds items, and tells how far it is.
func embedEach(ctx context.Context, n int, what string, stderr io.Writer, embed func(ctx context.Context, i int) ([]float32, error)) ([][]float32, error) {
	vectors := make([][]float32, n)
	group, running := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i := range n {
		if running.Err() != nil {
			break
		}
		group.Go(func() (err error) {
			vectors[i], err = embed(running, i)
			return err
		})
		if (i+1)%1000 == 0 {
			_, _ = fmt.Fprintf(stderr, "%d of %d %s\n", i+1, n, what)
		}
	}
	if err := errors.Join(group.Wait(), ctx.Err()); err != nil {
		return nil, err
	}
	for i, v := range vectors {
		if len(v) == 0 || len(v) != len(vectors[0]) {
			return nil, fmt.Errorf("embedding %s: number %d has %d elements, the first %d", what, i, len(v), len(vectors[0]))
		}
	}
	return vectors, nil
}

// local embeds by a model folder.
func local(dir string, device config.Device) (*asked, error) {
	c := config.DefaultModel()
	c.Device = device
	if err := c.Validate(); err != nil {
		return nil, err
	}
	m, err := model.Open(dir, c, nil)
	if err != nil {
		return nil, err
	}
	pictures := newEmbedder(m)
	return &asked{
		name: m.Name(), close: m.Close,
		text: func(ctx context.Context, text string) ([]float32, error) {
			e, err := m.EmbedText(ctx, text)
			return e.Vector, err
		},
		image: func(ctx context.Context, file []byte) ([]float32, error) {
			return pictures.image(ctx, func() ([]byte, error) { return file, nil })
		},
	}, nil
}

// maxAnswer bounds a server's answer, in bytes.
const maxAnswer = 4 << 20

// remote embeds by a server, over POST /v1/embeddings.
func remote(address, key string) *asked {
	client := &http.Client{Timeout: 5 * time.Minute}
	ask := func(ctx context.Context, modality, input string) ([]float32, error) {
		body, err := json.Marshal(map[string]any{"modality": modality, "input": input})
		if err != nil {
			return nil, err
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(address, "/")+"/v1/embeddings", bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		request.Header.Set("Content-Type", "application/json")
		if key != "" {
			request.Header.Set("Authorization", "Bearer "+key)
		}
		response, err := client.Do(request)
		if err != nil {
			return nil, err
		}
		defer func() { _ = response.Body.Close() }()
		data, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
		if err != nil {
			return nil, err
		}
		if response.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s answered %s: %.300s", address, response.Status, data)
		}
		var answer struct {
			Data []struct {
				Embedding []float32       `json:"embedding"`
				Error     json.RawMessage `json:"error"`
			} `json:"data"`
		}
		if err := json.Unmarshal(data, &answer); err != nil {
			return nil, fmt.Errorf("reading the answer of %s: %w", address, err)
		}
		if len(answer.Data) != 1 || len(answer.Data[0].Embedding) == 0 {
			return nil, fmt.Errorf("%s answered without an embedding: %.300s", address, data)
		}
		return answer.Data[0].Embedding, nil
	}
	return &asked{
		name: address, close: client.CloseIdleConnections,
		text: func(ctx context.Context, text string) ([]float32, error) { return ask(ctx, "text", text) },
		image: func(ctx context.Context, file []byte) ([]float32, error) {
			return ask(ctx, "image", "data:"+http.DetectContentType(file)+";base64,"+base64.StdEncoding.EncodeToString(file))
		},
	}
}
