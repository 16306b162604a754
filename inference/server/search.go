package server

import (
	"context"
	"errors"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/seed-74198975/rsclip/inference/indexing"
	"github.com/seed-74198975/rsclip/inference/picture"
	"github.com/seed-74198975/rsclip/inference/pipeline"
	"github.com/seed-74198975/rsclip/inference/search"
	"github.com/seed-74198975/rsclip/inference/table"
	"github.com/seed-74198975/rsclip/inference/telemetry"
)

// Defaults and bounds of a search.
const (
	defaultTopK = 10
	// defaultOverlap is below what neighbours of an index have in common by default, so
	// that the tiles around a harbour are one hit.
	defaultOverlap = 0.05
	maxExamples    = 100
	maxOffset      = 100_000
)

// example is something to look for, or not: an item, or a tile of the index by its id.
type example struct {
	item

	id string
}

// UnmarshalJSONFrom reads any form.
func (e *example) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() != jsontext.KindBeginObject {
		return e.item.UnmarshalJSONFrom(d)
	}
	var object struct {
		itemForms
		ID *string `json:"id"`
	}
	if err := json.UnmarshalDecode(d, &object); err != nil {
		return err
	}
	if err := oneOf(append(object.given(), given{"id", object.ID != nil})...); err != nil {
		return err
	}
	if object.ID != nil {
		e.id = *object.ID
		return checkID(e.id)
	}
	return e.read(object.itemForms)
}

// checkID refuses an empty id, which is mostly a variable that was never set.
func checkID(id string) error {
	if id == "" {
		return problem(http.StatusBadRequest, "invalid_request", "id is empty: send the id of a hit")
	}
	return nil
}

// searchRequest is the body of POST /v1/search. What is looked for is one of text,
// image, image_url and id, or examples.
type searchRequest struct {
	Text     *string       `json:"text"`
	Image    *string       `json:"image"`     // base64 or a data URL
	ImageURL *imageURL     `json:"image_url"` // an address or a data URL
	ID       *string       `json:"id"`        // of a tile of the index
	Positive list[example] `json:"positive"`  // that are wanted
	Negative list[example] `json:"negative"`  // that are not

	Filter        search.Filter `json:"filter"`
	TopK          *int          `json:"top_k"`          // 1 to 10,000. Default 10
	Offset        int           `json:"offset"`         // of the first hit, for pages. Default 0
	MinSimilarity *float64      `json:"min_similarity"` // Default: any
	Overlap       *float64      `json:"overlap"`        // 0 to 1. Default 0.05
}

// featureCollection is an answer in GeoJSON.
type featureCollection struct {
	Type           string    `json:"type"`
	Model          string    `json:"model"`
	NumberMatched  *int      `json:"numberMatched,omitempty"` // hits of all pages, if that can be told
	NumberAllowed  *int      `json:"numberAllowed,omitempty"` // tiles that the filter allows, if that can be told
	NumberReturned int       `json:"numberReturned"`
	Features       []feature `json:"features"`
}

// feature is a hit, with the names of STAC for what it has names for.
type feature struct {
	Type       string          `json:"type"`
	ID         string          `json:"id"`
	Geometry   *table.Geometry `json:"geometry"` // null for a picture without a place
	BBox       []float64       `json:"bbox,omitempty"`
	Properties map[string]any  `json:"properties"`
	Links      []link          `json:"links"`
}

type link struct {
	Rel  string `json:"rel"`
	Href string `json:"href"`
	Type string `json:"type"`
}

// indexKey finds the index of a request's model.
type indexKey struct{}

// indexOf returns the index that is served beside the model of a request.
func indexOf(ctx context.Context) (search.Engine, error) {
	if x, ok := ctx.Value(indexKey{}).(search.Engine); ok {
		return x, nil
	}
	return nil, problem(http.StatusNotFound, "no_index", "this server has no index: start it with rsclip serve -index FOLDER, which rsclip index makes, or with -search ADDRESS of an engine that it fills")
}

// search is POST /v1/search.
func (s *Server) search(w http.ResponseWriter, r *http.Request, p *pipeline.Pipeline) error {
	x, err := indexOf(r.Context())
	if err != nil {
		return err
	}
	var q searchRequest
	if err := readJSONBody(r, &q); err != nil {
		return err
	}
	query, err := q.query()
	if err != nil {
		return err
	}
	lease, err := s.reserve(r.Context(), p, len(q.Positive)+len(q.Negative), 0, x.Memory(query))
	if err != nil {
		return err
	}
	defer lease.Release()
	if query.Vector, err = s.vectorOf(r.Context(), &q, p, x); err != nil {
		return err
	}
	start := time.Now()
	hits, allowed, err := x.Search(r.Context(), query)
	s.telemetry.Done(r.Context(), telemetry.Search, start, err)
	var refused *search.FilterError
	if errors.As(err, &refused) {
		return problem(http.StatusBadRequest, "invalid_filter", "%v", refused)
	}
	if err != nil {
		return s.engineProblem(r.Context(), err)
	}
	answer := featureCollection{Type: "FeatureCollection", Model: p.Model().Name(), NumberReturned: len(hits), Features: make([]feature, 0, len(hits))}
	if allowed >= 0 {
		answer.NumberAllowed = &allowed
	}
	if matched := matchedOf(query, len(hits), allowed); matched >= 0 {
		answer.NumberMatched = &matched
	}
	for _, hit := range hits {
		f := featureOf(hit)
		if q.oneText() {
			f.Properties["probability"] = p.Model().ScoreOf(hit.Similarity).Probability
		}
		answer.Features = append(answer.Features, f)
	}
	return writeJSON(w, http.StatusOK, answer)
}

// matchedOf is how many hits all pages have together, less than 0 if that is not known:
// which tiles are near enough, and far enough from better ones, is seen to the end of
// a page and no further.
func matchedOf(q search.Query, hits, allowed int) int {
	switch {
	case q.MinSimilarity <= -1 && q.Overlap >= 1:
		return allowed
	case hits < q.TopK && (hits > 0 || q.Offset == 0): // It is the last page.
		return q.Offset + hits
	}
	return -1
}

// engineProblem answers for an engine that has failed. What it said goes to the log.
func (s *Server) engineProblem(ctx context.Context, err error) error {
	var failed *search.EngineError
	if ctx.Err() != nil || !errors.As(err, &failed) {
		return err
	}
	s.log.WarnContext(ctx, "search engine", "request_id", requestID(ctx), "err", failed)
	if failed.Unavailable {
		return problem(http.StatusServiceUnavailable, "engine_unavailable", "the search engine %s does not answer, or has no tiles of this model yet: try again later", failed.Engine)
	}
	return problem(http.StatusBadGateway, "engine_failed", "the search engine %s has failed; the log says why under this request's id", failed.Engine)
}

// tileOf returns a tile of the index by its id.
func (s *Server) tileOf(ctx context.Context, x search.Engine, id string) (*table.Tile, []float32, error) {
	tile, vector, err := x.Tile(ctx, id)
	if errors.Is(err, search.ErrNoTile) {
		return nil, nil, problem(http.StatusNotFound, "no_tile", "the index has no tile %.80q: send an id that a search has answered", id)
	}
	if err != nil {
		return nil, nil, s.engineProblem(ctx, err)
	}
	return tile, vector, nil
}

// query checks what is not about examples.
func (q *searchRequest) query() (out search.Query, err error) {
	out = search.Query{Filter: q.Filter, TopK: defaultTopK, Offset: q.Offset, MinSimilarity: -1, Overlap: defaultOverlap}
	if q.TopK != nil {
		out.TopK = *q.TopK
	}
	if q.MinSimilarity != nil {
		out.MinSimilarity = *q.MinSimilarity
	}
	if q.Overlap != nil {
		out.Overlap = *q.Overlap
	}
	switch {
	case out.TopK < 1 || out.TopK > search.MaxTopK:
		return out, problem(http.StatusBadRequest, "invalid_request", "top_k is %d: it must be 1 to %d", out.TopK, search.MaxTopK)
	case out.Offset < 0 || out.Offset > maxOffset:
		return out, problem(http.StatusBadRequest, "invalid_request", "offset is %d: it must be 0 to %d", out.Offset, maxOffset)
	case !(out.MinSimilarity >= -1 && out.MinSimilarity <= 1):
		return out, problem(http.StatusBadRequest, "invalid_request", "min_similarity is %v: it must be -1 to 1", out.MinSimilarity)
	case !(out.Overlap >= 0 && out.Overlap <= 1):
		return out, problem(http.StatusBadRequest, "invalid_request", "overlap is %v: it must be 0 to 1", out.Overlap)
	}
	return out, q.examples()
}

// examples turns what is looked for into positive and negative examples.
func (q *searchRequest) examples() error {
	if err := oneOf(given{"text", q.Text != nil}, given{"image", q.Image != nil}, given{"image_url", q.ImageURL != nil}, given{"id", q.ID != nil}, given{"positive", len(q.Positive) > 0}); err != nil {
		return err
	}
	if n := len(q.Positive) + len(q.Negative); n > maxExamples {
		return problem(http.StatusBadRequest, "invalid_request", "there are %d examples: send at most %d", n, maxExamples)
	}
	var e example
	var image pipeline.Image
	var err error
	switch {
	case q.Text != nil:
		e.text = *q.Text
	case q.Image != nil:
		image, err = inlineImage("image", *q.Image)
		e.image = &image
	case q.ImageURL != nil:
		image, err = imageAt(string(*q.ImageURL))
		e.image = &image
	case q.ID != nil:
		e.id, err = *q.ID, checkID(*q.ID)
	default:
		return nil
	}
	q.Positive = []example{e}
	return err
}

// oneText tells a search for one text, of which a probability can be said.
func (q *searchRequest) oneText() bool {
	return len(q.Positive) == 1 && len(q.Negative) == 0 && q.Positive[0].id == "" && q.Positive[0].image == nil
}

// vectorOf embeds the examples and combines them.
func (s *Server) vectorOf(ctx context.Context, q *searchRequest, p *pipeline.Pipeline, x search.Engine) ([]float32, error) {
	var items []item
	all := slices.Concat(q.Positive, q.Negative)
	for _, e := range all {
		if e.id == "" {
			items = append(items, e.item)
		}
	}
	embedded, err := embedItems(ctx, p, items)
	if err != nil {
		return nil, err
	}
	vectors := make([][]float32, len(all))
	for i, e := range all {
		if e.id == "" {
			if embedded[0].err != nil {
				return nil, embedded[0].err
			}
			vectors[i], embedded = embedded[0].Vector, embedded[1:]
			continue
		}
		if _, vectors[i], err = s.tileOf(ctx, x, e.id); err != nil {
			return nil, err
		}
	}
	vector, err := search.Combine(vectors[:len(q.Positive)], vectors[len(q.Positive):])
	if err != nil {
		return nil, problem(http.StatusBadRequest, "invalid_request", "%v", err)
	}
	return vector, nil
}

// featureOf shows a hit. Its link is relative to the address of the search, so that it
// is right behind any proxy.
func featureOf(hit search.Hit) feature {
	t := hit.Tile
	f := feature{Type: "Feature", ID: t.ID, Properties: map[string]any{}, Links: []link{}}
	if hasPicture(t) {
		f.Links = append(f.Links, link{"preview", "search/" + url.PathEscape(t.ID) + "/picture", "image/png"})
	}
	if t.Geometry != nil { // It was read when it was taken in.
		f.Geometry, _, _ = table.ParseWKB(t.Geometry)
	}
	if t.Properties != nil { // What the index keeps of the STAC item; it was written as an object.
		_ = json.Unmarshal([]byte(*t.Properties), &f.Properties)
	}
	if b := t.BBox; b != nil {
		f.BBox = []float64{b.XMin, b.YMin, b.XMax, b.YMax}
	}
	w := t.PixelBBox
	f.Properties["similarity"] = hit.Similarity
	f.Properties["source"] = t.Source
	f.Properties["pixel_bbox"] = []int32{w.X, w.Y, w.Width, w.Height}
	f.Properties["nodata"] = t.Nodata
	f.Properties["datetime"] = nil
	if t.Datetime != nil {
		f.Properties["datetime"] = time.UnixMilli(*t.Datetime).UTC().Format(time.RFC3339)
	}
	if t.CloudCover != nil {
		f.Properties["eo:cloud_cover"] = *t.CloudCover
	}
	if t.GSD != nil {
		f.Properties["gsd"] = *t.GSD
	}
	if t.GridCell != nil {
		f.Properties["grid_cell"] = *t.GridCell
	}
	return f
}

// hasPicture tells whether the index says where the picture of a tile is. Tables that
// others made may not.
func hasPicture(t *table.Tile) bool {
	return t.Source != "" && t.PixelBBox.Width > 0 && t.PixelBBox.Height > 0
}

// tilePicture is GET /v1/search/{id}/picture: the tile cut out of its source, as PNG.
func (s *Server) tilePicture(w http.ResponseWriter, r *http.Request, p *pipeline.Pipeline) error {
	x, err := indexOf(r.Context())
	if err != nil {
		return err
	}
	tile, _, err := s.tileOf(r.Context(), x, r.PathValue("id"))
	if err != nil {
		return err
	}
	shown, err := s.showTile(r.Context(), p, tile)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "private, max-age=3600")
	// A failed write means that the client has left; there is no one to tell.
	_ = png.Encode(impatient(w), shown)
	return nil
}

// showTile decodes a tile in the memory that pictures may take.
func (s *Server) showTile(ctx context.Context, p *pipeline.Pipeline, tile *table.Tile) (image.Image, error) {
	if !hasPicture(tile) {
		return nil, problem(http.StatusNotFound, "no_tile", "the index does not say where the picture of this tile is: its table has no source or no pixel_bbox")
	}
	pixels := int64(tile.PixelBBox.Width) * int64(tile.PixelBBox.Height)
	lease, err := s.budget.Pictures.Acquire(ctx, tileBytes*pixels+tileExtra, false)
	if err != nil {
		return nil, err
	}
	defer lease.Release()
	shown, err := indexing.Show(ctx, http.DefaultClient, tile, p.Model().Pictures())
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, picture.ErrTooLarge):
		return nil, err
	case err != nil:
		s.log.WarnContext(ctx, "tile cannot be shown", "source", tile.Source, "err", err)
		return nil, problem(http.StatusBadGateway, "source_unavailable", "the tile's source cannot be read here: look at %s where it is", tile.Source)
	}
	out := image.NewNRGBA(image.Rect(0, 0, shown.Width, shown.Height))
	for i := range shown.Width * shown.Height {
		copy(out.Pix[4*i:], shown.Pix[3*i:3*i+3])
		out.Pix[4*i+3] = 0xff
	}
	return out, nil
}

// tileBytes and tileExtra bound the memory of showing a tile: samples of several
// bands, pixels and their PNG, and the tiles of its source that it touches.
const (
	tileBytes = 64
	tileExtra = 64 << 20
)
