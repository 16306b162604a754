package constructs

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Objects is what a site adds to every object of a service, its autoscaler, its
// monitoring and its routes.
type Objects struct {
	// Labels are labels for queries, costs and owners. They may set
	// app.kubernetes.io/part-of and the like anew, and not "app". Default none.
	Labels map[string]string `json:"labels,omitempty"`
	// Annotations are annotations, such as those of a tool that applies the
	// manifests. Default none.
	Annotations map[string]string `json:"annotations,omitempty"`
}

// appLabel is the one label that selectors use. The other labels of objects may
// change with a version, and so are in no selector and on no pod.
const appLabel = "app"

func (o Objects) check(c *check) {
	c.labels("objects.labels", o.Labels)
	if value, ok := o.Labels[appLabel]; ok {
		c.add("objects.labels."+appLabel, value, "left out", "set name, which is its value")
	}
	c.annotations("objects.annotations", o.Annotations)
}

// mostAnnotations is how many bytes Kubernetes takes of an object's annotations,
// less what the constructs and kubectl may add.
const mostAnnotations = 192 << 10

// annotations refuses keys that no annotation can have, and more than an object keeps.
func (c *check) annotations(field string, annotations map[string]string) {
	size := 0
	for _, key := range slices.Sorted(maps.Keys(annotations)) {
		c.form(field, key, labelKey)
		size += len(key) + len(annotations[key])
	}
	if size > mostAnnotations {
		c.add(field, fmt.Sprintf("%d bytes", size), fmt.Sprintf("at most %d bytes together", mostAnnotations), "keep large texts in a ConfigMap")
	}
}

// objectLabels are the labels of every object.
func (p RsclipModelServiceProps) objectLabels() map[string]string {
	labels := map[string]string{
		appLabel:                       p.Name,
		"app.kubernetes.io/name":       DefaultName,
		"app.kubernetes.io/instance":   p.Name,
		"app.kubernetes.io/part-of":    p.Name,
		"app.kubernetes.io/managed-by": "cdk8s",
		"app.kubernetes.io/version":    p.version(),
	}
	maps.Copy(labels, p.Objects.Labels)
	return labels
}

// version is the image's tag, or this library's version for an image that is
// known by its digest alone, or by a tag that no label can hold.
func (p RsclipModelServiceProps) version() string {
	image, _, _ := strings.Cut(pinned(p.Image), "@")
	_, tag, found := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
	if !found || len(tag) > labelValue.limit || !labelValue.pattern.MatchString(tag) {
		return Version
	}
	return tag
}
