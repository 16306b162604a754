package constructs

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// siteContainer is what the Pod Security Standards look at in a container.
type siteContainer struct {
	SecurityContext *siteSecurity
	Ports           []sitePort
}

type sitePort struct{ ContainerPort, HostPort int }

type siteSecurity struct {
	Privileged               bool
	AllowPrivilegeEscalation *bool
	RunAsNonRoot             *bool
	RunAsUser                *int64
	ProcMount                string
	Capabilities             siteCapabilities
	SeccompProfile           struct{ Type string }
}

type siteCapabilities struct{ Add, Drop []string }

// securityRule is a rule of the Pod Security Standards for containers.
// Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/
type securityRule struct {
	standards []PodSecurity // that have it
	field     string
	breaks    func(c siteContainer) bool
	allowed   string
}

var (
	anyStandard    = []PodSecurity{Restricted, Baseline}
	onlyRestricted = []PodSecurity{Restricted}

	// baselineCapabilities may be added under the standard baseline.
	baselineCapabilities = []string{
		"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD",
		"NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
	}
	restrictedCapabilities = []string{"NET_BIND_SERVICE"}

	securityRules = []securityRule{
		{anyStandard, "ports", func(c siteContainer) bool {
			return slices.ContainsFunc(c.Ports, func(p sitePort) bool { return p.HostPort != 0 })
		}, "without a hostPort"},
		{anyStandard, "securityContext.privileged", func(c siteContainer) bool { return c.SecurityContext.Privileged }, "false"},
		{anyStandard, "securityContext.procMount", func(c siteContainer) bool {
			return !slices.Contains([]string{"", "Default"}, c.SecurityContext.ProcMount)
		}, "left out"},
		{anyStandard, "securityContext.seccompProfile", func(c siteContainer) bool { return c.SecurityContext.SeccompProfile.Type == "Unconfined" }, "RuntimeDefault or Localhost"},
		{[]PodSecurity{Baseline}, "securityContext.capabilities.add", adds(baselineCapabilities), "among " + strings.Join(baselineCapabilities, ", ")},
		{onlyRestricted, "securityContext.capabilities.add", adds(restrictedCapabilities), "among " + strings.Join(restrictedCapabilities, ", ")},
		{onlyRestricted, "securityContext.capabilities.drop", func(c siteContainer) bool { return !slices.Contains(c.SecurityContext.Capabilities.Drop, "ALL") }, `["ALL"]`},
		{onlyRestricted, "securityContext.allowPrivilegeEscalation", func(c siteContainer) bool {
			return c.SecurityContext.AllowPrivilegeEscalation == nil || *c.SecurityContext.AllowPrivilegeEscalation
		}, "false"},
		{onlyRestricted, "securityContext.runAsNonRoot", func(c siteContainer) bool {
			return c.SecurityContext.RunAsNonRoot != nil && !*c.SecurityContext.RunAsNonRoot
		}, "true, or left out"},
		{onlyRestricted, "securityContext.runAsUser", func(c siteContainer) bool {
			return c.SecurityContext.RunAsUser != nil && *c.SecurityContext.RunAsUser == 0
		}, "another user than root"},
	}

	// restrictedVolumes are the kinds of volumes of the standard restricted.
	restrictedVolumes = []string{"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret"}
)

// adds says whether a container adds another capability than these.
func adds(allowed []string) func(siteContainer) bool {
	return func(c siteContainer) bool {
		return slices.ContainsFunc(c.SecurityContext.Capabilities.Add, func(name string) bool { return !slices.Contains(allowed, name) })
	}
}

// checkSecurity refuses what a site adds to the pods if the Namespace, as it is made
// here, would admit no pod that has it: a Deployment is applied all the same, and has
// no pods. Of a namespace that is made elsewhere nothing is known.
func (p Pods) checkSecurity(c *check, service RsclipModelServiceProps) {
	standard := service.Security.NamespaceEnforces
	if service.ExistingNamespace || !slices.Contains(anyStandard, standard) {
		return
	}
	fix := fmt.Sprintf("correct it, since the namespace would admit no pod, or set security.namespaceEnforces, which is %s", standard)
	for i, container := range p.InitContainers {
		checkContainerSecurity(c, fmt.Sprintf("pods.initContainers[%d].", i), container, standard, fix)
	}
	for i, container := range p.Sidecars {
		checkContainerSecurity(c, fmt.Sprintf("pods.sidecars[%d].", i), container, standard, fix)
	}
	for i, volume := range p.Volumes {
		for _, kind := range slices.Sorted(maps.Keys(volume)) {
			if kind == "hostPath" || standard == Restricted && kind != "name" && !slices.Contains(restrictedVolumes, kind) {
				c.add(fmt.Sprintf("pods.volumes[%d].%s", i, kind), "", "another kind of volume", fix)
			}
		}
	}
}

func checkContainerSecurity(c *check, at string, container map[string]any, standard PodSecurity, fix string) {
	says := readSiteContainer(container)
	if says.SecurityContext == nil { // It gets the server's.
		says.SecurityContext = &siteSecurity{AllowPrivilegeEscalation: new(false), Capabilities: siteCapabilities{Drop: []string{"ALL"}}}
	}
	for _, rule := range securityRules {
		if slices.Contains(rule.standards, standard) && rule.breaks(says) {
			c.add(at+rule.field, saysAt(container, rule.field), rule.allowed, fix)
		}
	}
}

// readSiteContainer reads what it can; of the rest Kubernetes says what is wrong.
func readSiteContainer(container map[string]any) (says siteContainer) {
	if data, err := json.Marshal(container); err == nil {
		_ = json.Unmarshal(data, &says)
	}
	return says
}

// saysAt returns what a mapping has at a path, or "".
func saysAt(from map[string]any, path string) string {
	name, rest, more := strings.Cut(path, ".")
	switch value := from[name].(type) {
	case nil:
		return ""
	case map[string]any:
		if more {
			return saysAt(value, rest)
		}
		return fmt.Sprint(value)
	default:
		return fmt.Sprint(value)
	}
}
