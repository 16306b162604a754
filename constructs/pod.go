package constructs

import (
	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/internal/contract"
)

// startupPeriodSeconds is the time between two startup probes. They ask /ready,
// which is 503 until the model has answered a warm-up; /health is live at once,
// and would pass a pod that is still loading on to the liveness probe.
const startupPeriodSeconds = 5

// finishSeconds is what a server that has drained gets to answer the requests
// it has accepted. With the default drain delay of 5 s it makes the 30 s that
// Kubernetes gives a pod to end.
const finishSeconds = 25

// kubernetesGraceSeconds is what a pod gets that names no grace period.
const kubernetesGraceSeconds = 30

// checksumAnnotation of the pods carries the checksum of their configuration.
const checksumAnnotation = "checksum/config"

func (p RsclipModelServiceProps) podTemplate(files configFiles) *k8s.PodTemplateSpec {
	secrets := make([]*k8s.LocalObjectReference, len(p.ImagePullSecrets))
	for i, name := range p.ImagePullSecrets {
		secrets[i] = &k8s.LocalObjectReference{Name: &name}
	}
	const configVolume = "config-volume"
	container := &k8s.Container{
		Name:  new(p.Name + "-container"),
		Image: new(pinned(p.Image)),
		Ports: containerPorts(p.App.Server),
		Env: &[]*k8s.EnvVar{
			{Name: new(contract.ModelConfigEnv), Value: new(contract.ConfigFolder + "/" + contract.ModelConfigFile)},
			{Name: new(contract.AppConfigEnv), Value: new(contract.ConfigFolder + "/" + contract.AppConfigFile)},
		},
		Resources:      requirements(p.Resources, p.GPU, p.Model.Device),
		VolumeMounts:   &[]*k8s.VolumeMount{{Name: new(configVolume), MountPath: new(contract.ConfigFolder)}},
		StartupProbe:   probe(contract.ReadyPath, p.App.Server, 0, startupPeriodSeconds),
		LivenessProbe:  probe(contract.HealthPath, p.App.Server, 30, 10),
		ReadinessProbe: probe(contract.ReadyPath, p.App.Server, 5, 5),
	}
	container.StartupProbe.FailureThreshold = new(float64(p.Rollout.startupProbes()))
	if p.ImagePullPolicy != "" {
		container.ImagePullPolicy = &p.ImagePullPolicy
	}
	account := p.ServiceAccountName
	setDefault(&account, p.Name+accountSuffix)
	spec := &k8s.PodSpec{
		ServiceAccountName:           &account,
		AutomountServiceAccountToken: new(false),
		Containers:                   &[]*k8s.Container{container},
		Volumes: &[]*k8s.Volume{{
			Name: new(configVolume), ConfigMap: &k8s.ConfigMapVolumeSource{Name: p.metadata("-config").Name},
		}},
	}
	if len(secrets) > 0 {
		spec.ImagePullSecrets = &secrets
	}
	if grace := int(p.App.Server.DrainDelay().Seconds()) + finishSeconds; grace != kubernetesGraceSeconds {
		spec.TerminationGracePeriodSeconds = new(float64(grace))
	}
	p.APIKeys.render(spec, container)
	p.TLS.render(spec, container)
	p.Security.render(spec, container)
	p.ModelSource.render(p, spec, container)
	p.Scheduling.render(spec, p.labels())
	if p.Model.Device != config.CPU {
		p.GPU.render(spec, container, p.Security)
	}
	return &k8s.PodTemplateSpec{
		Metadata: &k8s.ObjectMeta{
			Labels:      p.labels(),
			Annotations: &map[string]*string{checksumAnnotation: new(files.checksum())},
		},
		Spec: spec,
	}
}
