package constructs

import (
	"time"

	"github.com/cdk8s-team/cdk8s-plus-go/cdk8splus27/v2/k8s"

	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/internal/contract"
)

// startupPeriodSeconds is the time between two startup probes. They ask /ready,
// which is 503 until the model has answered a warm-up; /health is live at once,
// and would pass a pod that is still loading on to the liveness probe.
const startupPeriodSeconds = 5

// endSeconds is what a server gets to end once it has answered the last request
// that it has accepted.
const endSeconds = 5

// graceSeconds is how long a pod may take to end: it answers on while it drains,
// and the last request of that time may take as long as any.
func graceSeconds(server config.Server) int {
	return int((server.DrainDelay() + server.RequestTimeout() + endSeconds*time.Second).Seconds())
}

// configVolume names the volume of the ConfigMap.
const configVolume = "config-volume"

// checksumAnnotation of the pods carries the checksum of their configuration.
const checksumAnnotation = "checksum/config"

func (p RsclipModelServiceProps) podTemplate(files configFiles) *k8s.PodTemplateSpec {
	secrets := make([]*k8s.LocalObjectReference, len(p.ImagePullSecrets))
	for i, name := range p.ImagePullSecrets {
		secrets[i] = &k8s.LocalObjectReference{Name: &name}
	}
	pluginDevice := p.Model.Device
	if len(p.Pods.ResourceClaims) > 0 {
		pluginDevice = config.CPU
	}
	container := &k8s.Container{
		Name:  new(p.Name + "-container"),
		Image: new(pinned(p.Image)),
		Ports: containerPorts(p.App.Server),
		Env: &[]*k8s.EnvVar{
			{Name: new(contract.ModelConfigEnv), Value: new(contract.ConfigFolder + "/" + contract.ModelConfigFile)},
			{Name: new(contract.AppConfigEnv), Value: new(contract.ConfigFolder + "/" + contract.AppConfigFile)},
		},
		Resources:      requirements(p.Resources, p.GPU, pluginDevice, p.writes()),
		VolumeMounts:   &[]*k8s.VolumeMount{{Name: new(configVolume), MountPath: new(contract.ConfigFolder)}},
		StartupProbe:   probe(contract.ReadyPath, p.App.Server, p.Probes.Startup),
		LivenessProbe:  probe(contract.HealthPath, p.App.Server, p.Probes.Liveness),
		ReadinessProbe: probe(contract.ReadyPath, p.App.Server, p.Probes.Readiness),
	}
	container.StartupProbe.FailureThreshold = new(float64(p.Rollout.startupProbes(p.Probes.Startup.PeriodSeconds)))
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
			Name: new(configVolume), ConfigMap: &k8s.ConfigMapVolumeSource{Name: new(p.configName(files))},
		}},
	}
	if len(secrets) > 0 {
		spec.ImagePullSecrets = &secrets
	}
	spec.TerminationGracePeriodSeconds = new(float64(graceSeconds(p.App.Server)))
	p.APIKeys.render(spec, container)
	p.TLS.render(spec, container)
	p.Security.render(spec, container)
	openPorts(spec, p.App.Server)
	p.ModelSource.render(p, spec, container)
	p.Index.render(p, spec, container)
	p.Scheduling.render(spec, p.labels(), p.minorVersion())
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
