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
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/inference/embeddings"
	"github.com/seed-74198975/rsclip/inference/evaluation"
	"github.com/seed-74198975/rsclip/inference/indexing"
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
	Failed         int                        `json:"failed,omitempty"` // pictures that are in no measure, nor their captions
	Prompts        []string                   `json:"prompts,omitempty"`
	Classification *evaluation.Classification `json:"classification,omitempty"`
	ImageToText    *evaluation.Recall         `json:"image_to_text,omitempty"`
	TextToImage    *evaluation.Recall         `json:"text_to_image,omitempty"`
	MeanRecall     float64                    `json:"mean_recall,omitempty"`
}

// asked embeds texts and the files of pictures, all at the same time.
type asked struct {
	name   string
	remote bool
	text   func(ctx context.Context, text string) ([]float32, error)
	image  func(ctx context.Context, file []byte) ([]float32, error)
	close  func()
}

// unanswered is why a server has no embedding.
type unanswered struct {
	text   string
	ofItem bool // another item may have one
}

func (u *unanswered) Error() string { return u.text }

// ofPicture says whether an error is about one picture, so that others may do well: all
// are but those of a server that cannot be reached, or that refuses whoever asks.
func (a *asked) ofPicture(err error) bool {
	var u *unanswered
	return !a.remote || errors.As(err, &u) && u.ofItem
}

// itemStatuses are those of answers that are about the item.
var itemStatuses = []int{http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity, http.StatusInternalServerError}

// evaluate is `rsclip evaluate`: how well a model, of a folder or of a server that
// runs, does on a data set. A picture that fails is left out, with its captions; the
// failures are listed at the end, and the command has failed.
func evaluate(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("evaluate", flag.ContinueOnError)
	data := flags.String("data", "", "`folder` with one folder of pictures a class, or with a dataset*.json of captions")
	dir := flags.String("model", "", "model `folder`; none means "+contract.ModelFolder+", unless there is a server")
	server := flags.String("server", "", "`address` of a server that runs, such as http://127.0.0.1:8000")
	key := flags.String("key", os.Getenv("RSCLIP_API_KEY"), "the server's API `key` (environment: RSCLIP_API_KEY)")
	device := flags.String("device", string(config.CPU), "cpu, cuda or tensorrt, for a model folder")
	prompt := flags.String("prompt", defaultPrompt, "`text` for a class, with {} for its name")
	split := flags.String("split", "test", "`name` of the captions' split; all takes every one")
	allowFailures := flags.Bool(contract.AllowFailuresFlag, false, "end with status 0 if pictures have failed; they are listed all the same")
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
	failures := make([]error, len(set.Pictures))
	imageVectors, err := embedEach(ctx, len(set.Pictures), "pictures", stderr, func(ctx context.Context, i int) ([]float32, error) {
		var vector []float32
		file, err := indexing.ReadFile(set.Pictures[i].Path)
		broken := err != nil
		if !broken {
			vector, err = e.image(ctx, file)
			broken = err != nil && ctx.Err() == nil && e.ofPicture(err)
		}
		if broken {
			failures[i], err = err, nil
		}
		return vector, err
	})
	if err != nil {
		return err
	}
	for i, err := range failures {
		if err != nil {
			r.Failed++
			_, _ = fmt.Fprintln(stderr, embeddings.Item{Image: &set.Pictures[i].Path, Err: err}.Complaint(*data))
		}
	}
	if r.Failed == len(set.Pictures) {
		return fmt.Errorf("all %d pictures have failed: the lines above say why", r.Failed)
	}
	if err := sameLength(slices.Concat(textVectors, imageVectors)); err != nil {
		return err
	}
	r.measure(set, imageVectors, textVectors)
	out := json.NewEncoder(stdout)
	out.SetIndent("", "  ")
	if err := out.Encode(r); err != nil {
		return err
	}
	if r.Failed > 0 && !*allowFailures {
		return fmt.Errorf("%d of %d pictures have failed, and are left out: the lines above say why", r.Failed, len(set.Pictures))
	}
	return nil
}

// measure leaves out the pictures that have no vector.
func (r *report) measure(set *evaluation.DataSet, images, texts [][]float32) {
	if len(set.Classes) > 0 {
		var scores [][]float32
		var classes []int
		for i, image := range images {
			if image == nil {
				continue
			}
			var row []float32
			for _, text := range texts {
				row = append(row, dot(image, text))
			}
			scores, classes = append(scores, row), append(classes, set.Pictures[i].Class)
		}
		c := evaluation.Classify(scores, classes, len(set.Classes))
		r.Classification = &c
		return
	}
	var pictures, owners []int
	var seen, told [][]float32 // pictures and captions
	at := 0
	for i, p := range set.Pictures {
		captions := texts[at : at+len(p.Captions)]
		at += len(captions)
		if images[i] == nil {
			continue
		}
		pictures, seen, told = append(pictures, i), append(seen, images[i]), append(told, captions...)
		for range captions {
			owners = append(owners, i)
		}
	}
	toText := evaluation.Retrieve(len(seen), len(told), func(q, i int) float32 { return dot(seen[q], told[i]) }, pictures, owners)
	toImage := evaluation.Retrieve(len(told), len(seen), func(q, i int) float32 { return dot(told[q], seen[i]) }, owners, pictures)
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
	return vectors, nil
}

// sameLength compares the lengths of embeddings; nil is none.
func sameLength(vectors [][]float32) error {
	for _, v := range vectors {
		if v != nil && len(v) != len(vectors[0]) {
			return fmt.Errorf("an embedding has %d elements, the first %d", len(v), len(vectors[0]))
		}
	}
	return nil
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
			return nil, &unanswered{fmt.Sprintf("%s answered %s: %.300s", address, response.Status, data), slices.Contains(itemStatuses, response.StatusCode)}
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
			return nil, &unanswered{fmt.Sprintf("%s answered without an embedding: %.300s", address, data), true}
		}
		return answer.Data[0].Embedding, nil
	}
	return &asked{
		name: address, remote: true, close: client.CloseIdleConnections,
		text: func(ctx context.Context, text string) ([]float32, error) { return ask(ctx, "text", text) },
		image: func(ctx context.Context, file []byte) ([]float32, error) {
			return ask(ctx, "image", "data:"+http.DetectContentType(file)+";base64,"+base64.StdEncoding.EncodeToString(file))
		},
	}
}
