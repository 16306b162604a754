package server

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/inference/picture"
	"github.com/seed-74198975/rsclip/inference/pipeline"
)

// imageAt is a picture named by URL, which may be a data URL.
func imageAt(url string) (pipeline.Image, error) {
	switch {
	case url == "":
		return pipeline.Image{}, problem(http.StatusBadRequest, "invalid_request", "an image URL is empty: give an http or https address")
	case isDataURL(url):
		return inlineImage("the data URL", url)
	case isBase64(url):
		return pipeline.Image{}, problem(http.StatusBadRequest, "invalid_image", "an image URL has no scheme: send an http or https address; for base64 put %q in front of it, or send it as image", "data:image/png;base64,")
	}
	return pipeline.Image{URL: url}, nil
}

// isBase64 says whether a string that is no URL, as it has no scheme, is the base64
// of something, by how it begins.
func isBase64(s string) bool {
	if strings.Contains(s, ":") {
		return false
	}
	head := s[:min(len(s), 1<<10)]
	_, err := decodeBase64(head)
	return err == nil
}

// inlineImage reads a picture that the request holds: base64, or a data URL.
func inlineImage(field, value string) (pipeline.Image, error) {
	decode, mend := decodeBase64, "is not base64 (%v): encode the picture's file with the standard alphabet, or use image_url for an address"
	if isDataURL(value) {
		decode, mend = decodeDataURL, `cannot be read (%v): send "data:image/png;base64," and the picture's file in base64`
	}
	data, err := decode(value)
	if err != nil {
		return pipeline.Image{}, problem(http.StatusBadRequest, "invalid_image", "%s "+mend, field, err)
	}
	if len(data) == 0 {
		return pipeline.Image{}, problem(http.StatusBadRequest, "invalid_image", "%s is empty: send a picture's file", field)
	}
	return pipeline.Image{File: data}, nil
}

// hasWebScheme says whether a string is an http or https address.
func hasWebScheme(s string) bool {
	scheme, _, found := strings.Cut(s[:min(len(s), len("https://"))], "://")
	return found && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
}

// isPictureURL says whether a string is a data URL that holds a picture, as it says, or
// anything in base64. No text is one.
func isPictureURL(s string) bool {
	if !isDataURL(s) {
		return false
	}
	header, _, found := strings.Cut(s[len(dataScheme):min(len(s), 1<<10)], ",")
	header = strings.ToLower(header)
	return found && (strings.HasPrefix(header, "image/") || strings.HasSuffix(header, ";base64"))
}

// item is a text or a picture, as lists that may hold both have them: a string is a
// text unless it is a picture's data URL, as Jina's clients send them; an object has exactly one of text, image (base64, a data URL or, as in Jina's
// API, an address) and image_url (an address or a data URL, as a string or, as in
// OpenAI's messages, as {"url": ...}), of which the last two may be called bytes and
// url, and may have a type, which is not looked at.
type item struct {
	text  string
	image *pipeline.Image // nil for a text
}

// UnmarshalJSONFrom reads either form.
func (i *item) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	switch d.PeekKind() {
	case jsontext.KindString:
		if err := json.UnmarshalDecode(d, &i.text); err != nil || !isPictureURL(i.text) {
			return err
		}
		image, err := imageAt(i.text)
		*i = item{image: &image}
		return err
	case jsontext.KindBeginObject:
	case jsontext.KindInvalid:
		return d.SkipValue() // It says why.
	case jsontext.KindNumber, jsontext.KindBeginArray:
		return tokenIDs()
	default:
		return problem(http.StatusBadRequest, "invalid_json", "an item is neither a string nor an object of text, image or image_url")
	}
	var object itemForms
	if err := json.UnmarshalDecode(d, &object); err != nil {
		return err
	}
	if err := oneOf(object.given()...); err != nil {
		return err
	}
	return i.read(object)
}

// itemForms are the keys of an item, of which exactly one says what it is.
type itemForms struct {
	Type     string    `json:"type"`
	Text     *string   `json:"text"`
	Image    *string   `json:"image"`
	ImageURL *imageURL `json:"image_url"`
	// What image and image_url were called in Jina's API, and are by older clients.
	Bytes *string   `json:"bytes"`
	URL   *imageURL `json:"url"`
}

func (f itemForms) given() []given {
	return []given{{"text", f.Text != nil}, {"image", f.Image != nil}, {"image_url", f.ImageURL != nil}, {"bytes", f.Bytes != nil}, {"url", f.URL != nil}}
}

// read takes what one key says.
func (i *item) read(object itemForms) error {
	inline, address := cmp.Or(object.Image, object.Bytes), cmp.Or(object.ImageURL, object.URL)
	var image pipeline.Image
	var err error
	switch {
	case object.Text != nil:
		i.text = *object.Text
		return nil
	case inline == nil:
		image, err = imageAt(string(*address))
	case hasWebScheme(*inline): // Jina's clients send addresses by this name, too.
		image = pipeline.Image{URL: *inline}
	default:
		image, err = inlineImage("image", *inline)
	}
	i.image = &image
	return err
}

// imageURL is an address as a string or, as in OpenAI's messages, in an object.
type imageURL string

// UnmarshalJSONFrom reads either form.
func (u *imageURL) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() != jsontext.KindBeginObject {
		return json.UnmarshalDecode(d, (*string)(u))
	}
	var object struct {
		URL    string `json:"url"`
		Detail string `json:"detail"`
	}
	err := json.UnmarshalDecode(d, &object)
	*u = imageURL(object.URL)
	return err
}

// embedded is the embedding of an item, or why there is none.
type embedded struct {
	text bool
	model.TextEmbedding
	seen picture.Seen // of a picture
	err  error
}

// embedItems embeds texts and pictures in their order. They fail as those of
// [pipeline.Pipeline.Embed] do.
func embedItems(ctx context.Context, p *pipeline.Pipeline, items []item) ([]embedded, error) {
	var texts []string
	var images []pipeline.Image
	for _, i := range items {
		if i.image == nil {
			texts = append(texts, i.text)
		} else {
			images = append(images, *i.image)
		}
	}
	if err := checkTexts(texts); err != nil {
		return nil, err
	}
	textEmbeddings, imageEmbeddings, err := p.Embed(ctx, texts, images)
	if err != nil {
		return nil, err
	}
	out := make([]embedded, len(items))
	for n, i := range items {
		if i.image == nil {
			out[n] = embedded{text: true, TextEmbedding: textEmbeddings[0].TextEmbedding, err: textEmbeddings[0].Err}
			textEmbeddings = textEmbeddings[1:]
			continue
		}
		out[n].Vector, out[n].seen, out[n].err = imageEmbeddings[0].Vector, imageEmbeddings[0].Seen, imageEmbeddings[0].Err
		imageEmbeddings = imageEmbeddings[1:]
	}
	return out, nil
}

// firstError is the first error of items of a list of that name.
func firstError(field string, items []embedded) error {
	for i, e := range items {
		if e.err != nil {
			return itemFailed(e.err, "%s[%d]", field, i)
		}
	}
	return nil
}

// itemFailed is the error of a request of which an item has failed, in a protocol
// whose answers have no place for the error of one.
func itemFailed(err error, format string, args ...any) error {
	if known := asProblem(err); known.Status != http.StatusInternalServerError {
		return asRefusal(known, format, args...)
	}
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), err)
}

// itemError is an item of a list that failed, and why.
type itemError struct {
	Index int `json:"index"` // in the request
	*Problem
}
