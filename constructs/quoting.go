package constructs

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// otherBase is a number of another base as kubectl reads it. cdk8s writes its numbers in
// decimal digits; of strings it puts those in quotes that are numbers in YAML 1.1, which
// has no 0o17 and no capitals. So what looks like this was a string.
var otherBase = regexp.MustCompile(`^[-+]?0[oObBxX][0-9a-fA-F_]+$`)

// quoted returns a file's documents with strings in quotes that kubectl would take for
// numbers, such as the variable UMASK of the value 0o022. It would refuse the whole
// object, and say only that a number is no string.
func quoted(data []byte) ([]byte, error) {
	var found []*yaml.Node
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		if n.Kind == yaml.ScalarNode && n.Style == 0 && otherBase.MatchString(n.Value) {
			found = append(found, n)
		}
		for _, child := range n.Content {
			walk(child)
		}
	}
	for decoder := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		walk(&document)
	}
	lines := bytes.Split(data, []byte("\n"))
	for _, n := range slices.Backward(found) { // A line may have two.
		line := []rune(string(lines[n.Line-1]))
		before, after := string(line[:n.Column-1]), string(line[n.Column-1+len(n.Value):])
		lines[n.Line-1] = []byte(before + strconv.Quote(n.Value) + after)
	}
	return bytes.Join(lines, []byte("\n")), nil
}
