package constructs

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"
)

// apiObject is an object as its manifest says. The classes of an API's version
// drop the fields that they do not know, whatever patches them in; so they only
// write the manifest, and the object that carries it has no fields of its own.
type apiObject struct{ cdk8s.ApiObject }

// newObject adds an object by its manifest, as a class's function Manifest writes
// it. Labels and annotations of the service's objects are added to its own.
func newObject(scope constructs.Construct, id string, service RsclipModelServiceProps, manifest any) cdk8s.ApiObject {
	fields := plain(manifest).(map[string]any)
	text := func(value any) *string { return new(fmt.Sprint(value)) }
	given, _ := fields["metadata"].(map[string]any)
	metadata := &cdk8s.ApiObjectMetadata{Name: text(given["name"])}
	if namespace, ok := given["namespace"]; ok {
		metadata.Namespace = text(namespace)
	}
	join := func(own map[string]string, of string) *map[string]*string {
		all := map[string]string{}
		maps.Copy(all, own)
		if more, ok := given[of].(map[string]any); ok {
			for key, value := range more {
				all[key] = fmt.Sprint(value)
			}
		}
		if len(all) == 0 {
			return nil
		}
		return pointers(all)
	}
	metadata.Labels = join(service.objectLabels(), "labels")
	metadata.Annotations = join(service.Objects.Annotations, "annotations")
	object := new(apiObject)
	cdk8s.NewApiObject_Override(object, scope, &id, &cdk8s.ApiObjectProps{
		ApiVersion: text(fields["apiVersion"]), Kind: text(fields["kind"]), Metadata: metadata,
	})
	var rest []cdk8s.JsonPatch
	for _, key := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains([]string{"apiVersion", "kind", "metadata"}, key) {
			rest = append(rest, cdk8s.JsonPatch_Add(new("/"+key), fields[key]))
		}
	}
	object.ApiObject.AddJsonPatch(rest...)
	return object
}

// plain unwraps the mappings that jsii hands back as it was given them.
func plain(value any) any {
	switch v := value.(type) {
	case map[string]any:
		if wrapped, ok := v["$jsii.map"]; ok && len(v) == 1 {
			return plain(wrapped)
		}
		for key, of := range v {
			v[key] = plain(of)
		}
	case []any:
		for i, of := range v {
			v[i] = plain(of)
		}
	}
	return value
}

// PatchError says why a patch cannot be applied to an object.
type PatchError struct {
	Object string // "Kind namespace/name"
	Op     string // such as "replace"
	Path   string // the JSON pointer
	Reason string
}

func (e *PatchError) Error() string {
	return fmt.Sprintf("patching %s: %s %s: %s", e.Object, e.Op, e.Path, e.Reason)
}

// AddJsonPatch is cdk8s' own, and panics with a [PatchError] when a path does not
// exist, which would else be passed over or put a field where none is read.
func (o *apiObject) AddJsonPatch(patches ...cdk8s.JsonPatch) { //nolint:revive // The name is cdk8s'.
	manifest := o.ToJson()
	for _, patch := range patches {
		op, path, from := operation(patch)
		refuse := func(reason string) {
			namespace := ""
			if o.Metadata().Namespace() != nil {
				namespace = *o.Metadata().Namespace()
			}
			panic(&PatchError{Object: fmt.Sprintf("%s %s/%s", *o.Kind(), namespace, *o.Name()), Op: op, Path: path, Reason: reason})
		}
		if from != "" && !exists(manifest, from, false) {
			refuse(from + " does not exist")
		}
		if adds := op == "add" || op == "copy" || op == "move"; !exists(manifest, path, adds) {
			refuse("this path does not exist")
		}
		manifest = cdk8s.JsonPatch_Apply(manifest, patch)
	}
	o.ApiObject.AddJsonPatch(patches...)
}

// operation reads a patch, which keeps to itself what it does until another
// patch writes it somewhere.
func operation(patch cdk8s.JsonPatch) (op, path, from string) {
	written := cdk8s.JsonPatch_Apply(map[string]any{}, cdk8s.JsonPatch_Add(new("/patch"), patch))
	fields := written.(map[string]any)["patch"].(map[string]any)["operation"].(map[string]any)
	op, _ = fields["op"].(string)
	path, _ = fields["path"].(string)
	from, _ = fields["from"].(string)
	return op, path, from
}

// exists follows a JSON pointer. The last part of one that adds may be new.
func exists(value any, pointer string, adds bool) bool {
	parts := strings.Split(pointer, "/")[1:]
	for i, part := range parts {
		adds := adds && i == len(parts)-1
		switch at := value.(type) {
		case map[string]any:
			next, ok := at[strings.NewReplacer("~1", "/", "~0", "~").Replace(part)]
			if !ok {
				return adds
			}
			value = next
		case []any:
			n, err := strconv.Atoi(part)
			if adds {
				return part == "-" || err == nil && n >= 0 && n <= len(at)
			}
			if err != nil || n < 0 || n >= len(at) {
				return false
			}
			value = at[n]
		default:
			return false
		}
	}
	return true
}
