package constructs

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"unicode/utf8"

	"sigs.k8s.io/yaml"
)

// ManifestError says why two synthesized objects cannot live in one cluster.
// Constructs cannot see what others add to an app; the manifests show it.
type ManifestError struct {
	First, Second string // "Kind namespace/name"
	Reason        string
}

func (e *ManifestError) Error() string {
	return fmt.Sprintf("%s and %s: %s", e.First, e.Second, e.Reason)
}

// object is what the checks look at.
type object struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Metadata   struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	} `json:"metadata"`
	Immutable bool `json:"immutable"` // of a ConfigMap
	Spec      struct {
		// ScaleTargetRef is of a HorizontalPodAutoscaler or a KEDA ScaledObject,
		// which may leave out the kind of a Deployment.
		ScaleTargetRef struct {
			Kind string `json:"kind"`
			Name string `json:"name"`
		} `json:"scaleTargetRef"`
	} `json:"spec"`
}

func (o object) String() string {
	return fmt.Sprintf("%s %s/%s", o.Kind, o.Metadata.Namespace, o.Metadata.Name)
}

// checkManifests refuses objects of one name and autoscalers of one target in
// the manifests of a folder.
func checkManifests(folder string) error {
	files, err := filepath.Glob(filepath.Join(folder, "*"+manifestExtension))
	if err != nil {
		return fmt.Errorf("listing manifests: %w", err)
	}
	names, targets := map[string]object{}, map[string]object{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return fmt.Errorf("reading manifests: %w", err)
		}
		if err := checkCharacters(filepath.Base(file), data); err != nil {
			return err
		}
		for _, document := range bytes.Split(data, []byte("\n---\n")) {
			var o object
			if err := yaml.Unmarshal(document, &o); err != nil {
				return fmt.Errorf("reading %s: %w", filepath.Base(file), err)
			}
			if err := o.claim(names, o.String(), "have one name; give one of them another"); err != nil {
				return err
			}
			ref := o.Spec.ScaleTargetRef
			if ref.Name == "" {
				continue
			}
			target := fmt.Sprintf("%s %s/%s", cmp.Or(ref.Kind, "Deployment"), o.Metadata.Namespace, ref.Name)
			if err := o.claim(targets, target, "scale one target, "+target+", and would disable each other; keep one, with the signals of both"); err != nil {
				return err
			}
		}
	}
	return nil
}

// claim takes a key, unless another object has it.
func (o object) claim(owners map[string]object, key, reason string) error {
	if first, taken := owners[key]; taken {
		return &ManifestError{First: first.String(), Second: o.String(), Reason: reason}
	}
	owners[key] = o
	return nil
}

// unwritable are characters of which YAML takes some for ends of lines and others for
// none of its own. cdk8s writes them as they are.
var unwritable = regexp.MustCompile("[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]")

// checkCharacters refuses a file that would not be read as it was meant.
func checkCharacters(file string, data []byte) error {
	at := unwritable.FindIndex(data)
	if at == nil {
		return nil
	}
	begin := bytes.LastIndexByte(data[:at[0]], '\n') + 1
	character, _ := utf8.DecodeRune(data[at[0]:])
	return fmt.Errorf("writing %s: a value has the character %U, which YAML does not keep; leave it out of what is behind %q", file, character, bytes.TrimSpace(data[begin:at[0]]))
}
