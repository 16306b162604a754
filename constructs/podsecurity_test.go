package constructs_test

import (
	"strings"
	"testing"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	"github.com/seed-74198975/rsclip/constructs"
)

// TestPodSecurity adds to the pods what the Pod Security Standard of their Namespace
// admits, and what it does not: the Deployment would be applied, and have no pods.
func TestPodSecurity(t *testing.T) {
	passes := object{"allowPrivilegeEscalation": false, "capabilities": object{"drop": []string{"ALL"}}}
	with := func(more object) object {
		all := object{}
		for _, from := range []object{passes, more} {
			for key, value := range from {
				all[key] = value
			}
		}
		return all
	}
	sidecar := func(security object) constructs.Pods {
		return constructs.Pods{Sidecars: []map[string]any{{"name": "a", "image": "b:1", "securityContext": security}}}
	}
	for _, tt := range []struct {
		name     string
		standard constructs.PodSecurity
		pods     constructs.Pods
		want     string // "" if it is admitted
	}{
		{"the server's", "", constructs.Pods{Sidecars: []map[string]any{{"name": "a", "image": "b:1"}}}, ""},
		{"all that is asked for", "", sidecar(passes), ""},
		{"a user alone", "", sidecar(object{"runAsUser": 1000}), `pods.sidecars[0].securityContext.allowPrivilegeEscalation is "": must be false; correct it, since the namespace would admit no pod, or set security.namespaceEnforces`},
		{"capabilities that are kept", "", sidecar(object{"allowPrivilegeEscalation": false}), `pods.sidecars[0].securityContext.capabilities.drop is "": must be ["ALL"]`},
		{"root", "", sidecar(with(object{"runAsUser": 0})), `pods.sidecars[0].securityContext.runAsUser is "0": must be another user than root`},
		{"perhaps root", "", sidecar(with(object{"runAsNonRoot": false})), "pods.sidecars[0].securityContext.runAsNonRoot"},
		{"a capability", "", sidecar(with(object{"capabilities": object{"drop": []string{"ALL"}, "add": []string{"NET_ADMIN"}}})), "pods.sidecars[0].securityContext.capabilities.add is"},
		{"ports below 1024", "", sidecar(with(object{"capabilities": object{"drop": []string{"ALL"}, "add": []string{"NET_BIND_SERVICE"}}})), ""},
		{"no seccomp", "", sidecar(with(object{"seccompProfile": object{"type": "Unconfined"}})), "pods.sidecars[0].securityContext.seccompProfile"},
		{"privileged", "", sidecar(with(object{"privileged": true})), `pods.sidecars[0].securityContext.privileged is "true": must be false`},
		{"an init container", "", constructs.Pods{InitContainers: []map[string]any{{"name": "a", "image": "b:1", "securityContext": object{"runAsUser": 1000}}}}, "pods.initContainers[0].securityContext.allowPrivilegeEscalation"},
		{"the node's port", "", constructs.Pods{Sidecars: []map[string]any{{"name": "a", "image": "b:1", "ports": []object{{"containerPort": 9, "hostPort": 9}}}}}, "pods.sidecars[0].ports is"},
		{"the node's disk", "", constructs.Pods{Volumes: []map[string]any{{"name": "a", "hostPath": object{"path": "/"}}}}, `pods.volumes[0].hostPath is "": must be another kind of volume`},
		{"a disk of the network", "", constructs.Pods{Volumes: []map[string]any{{"name": "a", "nfs": object{"path": "/"}}}}, "pods.volumes[0].nfs"},
		{"volumes that are admitted", "", constructs.Pods{Volumes: []map[string]any{{"name": "a", "emptyDir": object{}}, {"name": "b", "csi": object{"driver": "c"}}, {"name": "c", "image": object{"reference": "d:1"}}}}, ""},
		{"a user alone, by baseline", constructs.Baseline, sidecar(object{"runAsUser": 1000}), ""},
		{"a disk of the network, by baseline", constructs.Baseline, constructs.Pods{Volumes: []map[string]any{{"name": "a", "nfs": object{"path": "/"}}}}, ""},
		{"the node's disk, by baseline", constructs.Baseline, constructs.Pods{Volumes: []map[string]any{{"name": "a", "hostPath": object{"path": "/"}}}}, "pods.volumes[0].hostPath"},
		{"the network's settings, by baseline", constructs.Baseline, sidecar(object{"capabilities": object{"add": []string{"NET_ADMIN"}}}), "pods.sidecars[0].securityContext.capabilities.add is"},
		{"privileged, which is admitted", constructs.Privileged, sidecar(object{"privileged": true}), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			props := constructs.RsclipModelServiceProps{Pods: tt.pods, Security: constructs.Security{NamespaceEnforces: tt.standard}}
			build := func(chart cdk8s.Chart) { constructs.NewRsclipModelService(chart, "service", &props) }
			if tt.want != "" {
				refusedFor(t, refusal(t, build), []string{tt.want})
				props.ExistingNamespace, props.Security = true, constructs.Security{} // Of which nothing is known.
			}
			if got := manifest(t, build); !strings.Contains(got, "kind: Deployment") {
				t.Errorf("no Deployment in:\n%s", got)
			}
		})
	}
}
