package schemas

import (
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/yaml"
)

// TestPodSecurity holds the pods of every Deployment to the restricted Pod
// Security Standard, by the code that API servers admit pods with, and every
// mistake that it must find to its refusal.
func TestPodSecurity(t *testing.T) {
	t.Parallel()
	admit := podSecurity(t)
	deployments := map[string]appsv1.Deployment{}
	for name, document := range documents(t) {
		var d appsv1.Deployment
		if err := yaml.Unmarshal(document, &d); err != nil {
			continue
		}
		switch d.Kind {
		case "Deployment":
		case "Job": // Its pods are held to the same.
			var job batchv1.Job
			if err := yaml.Unmarshal(document, &job); err != nil {
				t.Fatal(err)
			}
			d.Spec = appsv1.DeploymentSpec{Template: job.Spec.Template}
		default:
			continue
		}
		if isForNewest(name) {
			// This release's types and code know no image volumes. From 1.33 on,
			// the restricted standard has them among its volumes.
			volumes := &d.Spec.Template.Spec.Volumes
			*volumes = slices.DeleteFunc(*volumes, func(v corev1.Volume) bool { return v.VolumeSource == corev1.VolumeSource{} })
		}
		deployments[name] = d
	}
	// dist, the golden files of the service, and the four examples.
	if len(deployments) < 10 {
		t.Errorf("%d Deployments found, want 10 or more", len(deployments))
	}
	for name, d := range deployments {
		if refused := admit(d); refused != "" {
			t.Errorf("%s: %s", name, refused)
		}
	}
	for name, spoil := range map[string]func(d *appsv1.Deployment){
		"no pod context":       func(d *appsv1.Deployment) { d.Spec.Template.Spec.SecurityContext = nil },
		"no container context": func(d *appsv1.Deployment) { d.Spec.Template.Spec.Containers[0].SecurityContext = nil },
		"root":                 func(d *appsv1.Deployment) { d.Spec.Template.Spec.SecurityContext.RunAsUser = new(int64(0)) },
		"host network":         func(d *appsv1.Deployment) { d.Spec.Template.Spec.HostNetwork = true },
	} {
		t.Run(name, func(t *testing.T) {
			for _, d := range deployments {
				bad := d.DeepCopy()
				spoil(bad)
				if admit(*bad) == "" {
					t.Error("accepted")
				}
				return
			}
		})
	}
}

// podSecurity returns what says why the restricted standard refuses the pods of
// a Deployment, or nothing.
func podSecurity(t *testing.T) func(appsv1.Deployment) string {
	t.Helper()
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks())
	if err != nil {
		t.Fatal(err)
	}
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	return func(d appsv1.Deployment) string {
		pod := d.Spec.Template
		result := policy.AggregateCheckResults(evaluator.EvaluatePod(restricted, &pod.ObjectMeta, &pod.Spec))
		if result.Allowed {
			return ""
		}
		return result.ForbiddenDetail()
	}
}
