package indexing

import (
	"fmt"
	"path/filepath"
	"strings"
)

// Part is one of several runs that share the sources of an index: of 3 parts, part 1
// has the second source, the fifth and so on. The zero value is the whole.
type Part struct {
	Number int // from 0
	Of     int
}

// ParsePart reads a part such as 1/3; an empty text is the whole.
func ParsePart(text string) (p Part, err error) {
	if text == "" {
		return p, nil
	}
	rest := ""
	if n, _ := fmt.Sscanf(text, "%d/%d%s", &p.Number, &p.Of, &rest); n != 2 || p.Number < 0 || p.Number >= p.Of {
		return Part{}, fmt.Errorf("%q is no part: want NUMBER/COUNT, with a number from 0 to below the count, such as 0/4", text)
	}
	return p, nil
}

// Sources returns those of all sources that are the part's. What is added to the end of
// a list is added to the end of each part.
func (p Part) Sources(all []Source) []Source {
	if p.Of == 0 {
		return all
	}
	var out []Source
	for n := p.Number; n < len(all); n += p.Of {
		out = append(out, all[n])
	}
	return out
}

// partFolder is the form of the folders of parts below that of the index.
const partFolder = "part-%d-of-%d"

// Folder returns where the part's files go, in the folder of the index. It refuses a
// folder that was divided otherwise, since each tile would be there twice.
func (p Part) Folder(index string) (string, error) {
	others, err := filepath.Glob(filepath.Join(index, "part-*-of-*"))
	if err != nil {
		return "", err
	}
	whole, err := filepath.Glob(filepath.Join(index, "shard-*.parquet"))
	if err != nil {
		return "", err
	}
	for _, other := range append(others, whole...) {
		switch name := filepath.Base(other); {
		case p.Of == 0 && strings.HasPrefix(name, "part-"),
			p.Of > 0 && !strings.HasSuffix(name, fmt.Sprintf("-of-%d", p.Of)):
			return "", fmt.Errorf("%s is of an index that was divided into other parts: go on with as many as it was begun with, or name another folder with -out", other)
		}
	}
	if p.Of == 0 {
		return index, nil
	}
	return filepath.Join(index, fmt.Sprintf(partFolder, p.Number, p.Of)), nil
}
