package server_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/seed-74198975/rsclip/inference/config"
)

// TestAnswersSayWhatWasSeen sends a scene of which some holds no data, and an
// ordinary picture.
func TestAnswersSayWhatWasSeen(t *testing.T) {
	t.Parallel()
	url := start(t, config.App{}.WithDefaults())
	read := func(name string) string {
		data, err := os.ReadFile(filepath.Join(testdata, name))
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(data)
	}
	scene, plain := read("formats/nodata.tif"), read("pictures/rgb.png")
	type seen struct {
		Image     int
		Nodata    float64
		Stretched [][2]float64
	}
	post := func(path string, body map[string]any, into any) {
		t.Helper()
		data, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.Post(url+path, "application/json", bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = response.Body.Close() }()
		if err := json.NewDecoder(response.Body).Decode(into); err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%s: status %d, %v", path, response.StatusCode, err)
		}
	}
	check := func(what string, s *seen) {
		t.Helper()
		if s == nil || math.Abs(s.Nodata-200./(53*75)) > 1e-9 || len(s.Stretched) != 3 || !(s.Stretched[0][0] < s.Stretched[0][1]) {
			t.Errorf("%s: %+v", what, s)
		}
	}
	var pair struct{ Picture *seen }
	post("/predict", map[string]any{"text": "river", "image": scene}, &pair)
	check("a pair", pair.Picture)
	pair.Picture = nil
	post("/predict", map[string]any{"text": "river", "image": plain}, &pair)
	if pair.Picture != nil {
		t.Errorf("an ordinary picture: %+v", pair.Picture)
	}
	var matrix struct{ Pictures []seen }
	post("/predict", map[string]any{"texts": []string{"river"}, "images": []string{plain, scene}}, &matrix)
	if len(matrix.Pictures) != 1 || matrix.Pictures[0].Image != 1 {
		t.Fatalf("a matrix: %+v", matrix.Pictures)
	}
	check("a matrix", &matrix.Pictures[0])
	var embeddings struct{ Data []struct{ Picture *seen } }
	post("/v1/embeddings", map[string]any{"input": []any{map[string]string{"image": scene}, "river", map[string]string{"image": plain}}}, &embeddings)
	check("embeddings", embeddings.Data[0].Picture)
	if embeddings.Data[1].Picture != nil || embeddings.Data[2].Picture != nil {
		t.Errorf("embeddings: %+v", embeddings.Data)
	}
	var classes struct{ Picture *seen }
	post("/v1/classify", map[string]any{"image": scene, "labels": []string{"river", "sea"}}, &classes)
	check("classes", classes.Picture)
}
