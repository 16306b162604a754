package evaluation

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
)

// Picture is one picture of a data set.
type Picture struct {
	Path     string
	Class    int      // index in Classes, in a set of classes
	Captions []string // in a set of captions
}

// DataSet is labelled pictures, if it has classes, or described ones.
type DataSet struct {
	Classes  []string // names of folders, sorted
	Pictures []Picture
	Split    string // of captions, which were taken
}

// extensions are those of files that count as pictures.
var extensions = []string{".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp", ".gif", ".jp2"}

func isPicture(name string) bool {
	return slices.Contains(extensions, strings.ToLower(filepath.Ext(name))) && !strings.HasPrefix(name, ".")
}

// maxCaptions bounds a file of captions, in bytes. RSICD's has 4 MB.
const maxCaptions = 256 << 20

// Open reads a folder in one of the data sets' own layouts: a folder a class, with
// its pictures, or a dataset*.json with captions, as RSICD, RSITMD and UCM-captions
// have, and the pictures beside it or in a folder beside it. Of captions those of
// one split are taken; "" takes all.
func Open(dir, split string) (*DataSet, error) {
	files, err := filepath.Glob(filepath.Join(dir, "dataset*.json"))
	if err != nil {
		return nil, err
	}
	if len(files) > 1 {
		return nil, fmt.Errorf("reading data set: %s has several dataset*.json: leave one", dir)
	}
	if len(files) == 1 {
		return openCaptions(dir, files[0], split)
	}
	return openClasses(dir)
}

func openClasses(dir string) (*DataSet, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("reading data set: %w", err)
	}
	d := &DataSet{}
	for _, e := range entries {
		files, err := os.ReadDir(filepath.Join(dir, e.Name()))
		if err != nil || strings.HasPrefix(e.Name(), ".") {
			continue // It is a file.
		}
		before := len(d.Pictures)
		for _, f := range files {
			if isPicture(f.Name()) {
				d.Pictures = append(d.Pictures, Picture{Path: filepath.Join(dir, e.Name(), f.Name()), Class: len(d.Classes)})
			}
		}
		if len(d.Pictures) > before {
			d.Classes = append(d.Classes, e.Name())
		}
	}
	if len(d.Classes) < 2 {
		return nil, fmt.Errorf("reading data set: %s has %d folders with pictures, and no dataset*.json: it needs one folder a class, two at least, or a file of captions", dir, len(d.Classes))
	}
	return d, nil
}

// captionFile is what is read of a dataset*.json, in Karpathy's form.
type captionFile struct {
	Images []struct {
		Filename  string `json:"filename"`
		Split     string `json:"split"`
		Sentences []struct {
			Raw string `json:"raw"`
		} `json:"sentences"`
	} `json:"images"`
}

func openCaptions(dir, path, split string) (*DataSet, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading data set: %w", err)
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, maxCaptions+1))
	if err == nil && len(data) > maxCaptions {
		err = fmt.Errorf("it has more than %d bytes", maxCaptions)
	}
	var captions captionFile
	if err == nil {
		err = json.Unmarshal(data, &captions)
	}
	if err != nil {
		return nil, fmt.Errorf("reading data set: %s: %w", path, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("reading data set: %w", err)
	}
	folders := []string{"."}
	for _, e := range entries {
		folders = append(folders, e.Name())
	}
	d := &DataSet{Split: split}
	splits := map[string]bool{}
	for i, image := range captions.Images {
		splits[image.Split] = true
		if split != "" && image.Split != split {
			continue
		}
		p := Picture{}
		for _, s := range image.Sentences {
			if text := strings.TrimSpace(s.Raw); text != "" {
				p.Captions = append(p.Captions, text)
			}
		}
		if len(p.Captions) == 0 {
			return nil, fmt.Errorf("reading data set: %s: images[%d], %.80q, has no sentence", path, i, image.Filename)
		}
		if !filepath.IsLocal(image.Filename) {
			return nil, fmt.Errorf("reading data set: %s: images[%d]: %.80q is not the name of a file in the folder", path, i, image.Filename)
		}
		p.Path = find(dir, folders, image.Filename)
		d.Pictures = append(d.Pictures, p)
	}
	if len(d.Pictures) == 0 {
		return nil, fmt.Errorf("reading data set: %s has no pictures of split %q: its splits are %q", path, split, sorted(splits))
	}
	return d, nil
}

// find looks for a picture in a folder and in those that lie in it. If it is nowhere,
// it is said to be in the folder itself: whoever opens it is told.
func find(dir string, folders []string, name string) string {
	for _, folder := range folders {
		path := filepath.Join(dir, folder, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
	}
	return filepath.Join(dir, name)
}

func sorted(set map[string]bool) []string {
	var out []string
	for s := range set {
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

// Words are a class's name as a caption would have it: "DenseResidential" and
// "dense_residential" are "dense residential".
func Words(class string) string {
	var b strings.Builder
	previous := ' '
	for _, r := range class {
		switch {
		case r == '_' || r == '-':
			r = ' '
		case unicode.IsUpper(r) && unicode.IsLower(previous):
			b.WriteByte(' ')
		}
		b.WriteRune(unicode.ToLower(r))
		previous = r
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// Prompt is the text for a class: the template with the class's words for "{}".
func Prompt(template, class string) string { return strings.ReplaceAll(template, "{}", Words(class)) }
