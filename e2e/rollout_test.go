package e2e

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// synthesize writes the manifests with the first image.
func (f *faults) synthesize(level string) {
	f.synth("testdata/faults.yaml", "$IMAGE", f.first, "$LEVEL", level)
}

// rolls makes an event of a change that replaces every pod.
func (f *faults) rolls(change func()) func(t *testing.T) string {
	return func(t *testing.T) string {
		before := f.pods()
		change()
		f.waitForRollout()
		after := f.pods()
		for _, pod := range after {
			if slices.Contains(before, pod) {
				t.Errorf("pod %s has not been replaced", pod)
			}
		}
		return fmt.Sprintf("%d pods replaced", len(after))
	}
}

func (f *faults) update() {
	if f.first == f.second {
		f.kubectl("rollout", "restart", "-n", f.namespace, deployment)
		return
	}
	f.setImage(f.second)
}

func (f *faults) setImage(image string) {
	f.kubectl("set", "image", "-n", f.namespace, deployment, "git-rscilp-container="+image)
}

// updated makes sure that there is something to roll back.
func (f *faults) updated(*testing.T) { f.update() }

func (f *faults) undo() { f.kubectl("rollout", "undo", "-n", f.namespace, deployment) }

// reconfigured has the manifests change in nothing but the ConfigMap, and what
// follows from it.
func (f *faults) reconfigured(*testing.T) {
	f.setImage(f.first)
	f.synthesize("ERROR")
}

func (f *faults) reapply() { f.deploy() }

func (f *faults) scaleDown(*testing.T) string {
	f.kubectl("scale", "-n", f.namespace, deployment, "--replicas=1")
	f.settle()
	f.kubectl("scale", "-n", f.namespace, deployment, "--replicas=3")
	return "from 3 to 1, and back"
}

// stalls makes an event of a change whose pods never get ready: the pods of old
// serve on until it is undone. Where one looks, `kubectl describe` and the log
// of a new pod, the sign must stand.
func (f *faults) stalls(change func(), sign string) func(t *testing.T) string {
	return func(t *testing.T) string {
		before := f.pods()
		f.kubectl("patch", "-n", f.namespace, deployment, "--patch", `{"spec": {"progressDeadlineSeconds": 45}}`)
		change()
		out, err := exec.Command("kubectl", "rollout", "status", "-n", f.namespace, deployment, "--timeout=3m").CombinedOutput()
		if err == nil || !strings.Contains(string(out), "exceeded its progress deadline") {
			t.Errorf("the rollout's status: %v\n%s", err, out)
		}
		saw := f.sign(before, sign)
		if saw == "" {
			t.Errorf("%q stands nowhere", sign)
		}
		f.undo()
		f.settle()
		after := f.pods()
		if slices.Sort(before); !slices.Equal(before, slices.Sorted(slices.Values(after))) {
			t.Errorf("the pods were %q, and are %q", before, after)
		}
		return "the new pod: " + saw
	}
}

// sign returns the line with a sign that is said of the pods that are not old,
// or, of a long one, a part.
func (f *faults) sign(old []string, sign string) string {
	const most = 120
	for _, pod := range f.pods() {
		if slices.Contains(old, pod) {
			continue
		}
		said := f.kubectl("describe", "pod", "-n", f.namespace, pod)
		for _, which := range []string{"--previous=false", "--previous"} {
			logs, _ := exec.Command("kubectl", "logs", "-n", f.namespace, pod, which).CombinedOutput()
			said += string(logs)
		}
		for line := range strings.Lines(said) {
			line = strings.Join(strings.Fields(line), " ")
			switch i := strings.Index(line, sign); {
			case i >= 0 && len(line)-i > most:
				return strings.ToValidUTF8(line[i:i+most], "") + "..."
			case i >= 0 && len(line) > most:
				return line[i:]
			case i >= 0:
				return line
			}
		}
	}
	return ""
}

// change patches the pods of the deployment.
func (f *faults) change(spec string) {
	f.kubectl("patch", "-n", f.namespace, deployment, "--patch", `{"spec": {"template": {"spec": `+spec+`}}}`)
}

func (f *faults) missingImage() { f.setImage(repository + ":never-built") }

func (f *faults) brokenImage() {
	f.change(`{"containers": [{"name": "git-rscilp-container", "command": ["/app/bin/never-built"]}]}`)
}

// brokenModel cuts off the weights of one tower.
func (f *faults) brokenModel() {
	f.kubectl("create", "configmap", "-n", f.namespace, "cut", "--from-literal=text_model.onnx.data=cut off")
	f.change(`{"volumes": [{"name": "cut", "configMap": {"name": "cut"}}], "containers": [{"name": "git-rscilp-container",
  "volumeMounts": [{"name": "cut", "mountPath": "/app/model/text_model.onnx.data", "subPath": "text_model.onnx.data"}]}]}`)
}

// unready has the server listen where nobody asks, which to the cluster is a
// model that is never done loading: the startup probe ends it after the 30 s that
// testdata/faults.yaml allows.
func (f *faults) unready() {
	f.change(`{"containers": [{"name": "git-rscilp-container", "args": ["serve", "--port", "8081"]}]}`)
}
