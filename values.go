package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/seed-74198975/rsclip/constructs"
	"github.com/seed-74198975/rsclip/inference/config"
	"github.com/seed-74198975/rsclip/internal/strictyaml"
)

// Values is a values file: the props of the constructs.
type Values struct {
	// Service is the inference service.
	Service constructs.RsclipModelServiceProps `json:"service,omitzero"`
	// Autoscaler scales the service.
	Autoscaler AutoscalerValues `json:"autoscaler,omitzero"`
	// Monitoring watches the service.
	Monitoring MonitoringValues `json:"monitoring,omitzero"`
	// Canary is another version of the service beside it. Default none.
	Canary *CanaryValues `json:"canary,omitempty"`
	// Overrides change the objects after all else. Default none.
	Overrides []Override `json:"overrides,omitempty"`
	// IndexJob makes an index of an archive. Default none.
	IndexJob *constructs.RsclipIndexJobProps `json:"indexJob,omitempty"`
	// VectorStore is a Weaviate that the service may search, service.index.engine. Default
	// none.
	VectorStore *constructs.RsclipVectorStoreProps `json:"vectorStore,omitempty"`
	// HTTPRoute leads gateways of the Gateway API to the service, and to the
	// canary by weight. Default none.
	HTTPRoute *constructs.RsclipHTTPRouteProps `json:"httpRoute,omitempty"`
	// MeshRoute does the same inside an Istio mesh. Default none.
	MeshRoute *constructs.RsclipMeshRouteProps `json:"meshRoute,omitempty"`
}

// AutoscalerValues are the props of the autoscaler, or none.
type AutoscalerValues struct {
	// Disabled leaves the autoscaler out; service.replicas then holds. Default false.
	Disabled bool `json:"disabled,omitempty"`

	constructs.GpuAutoscalerProps
}

// MonitoringValues are the props of the monitoring, or none.
type MonitoringValues struct {
	// Disabled leaves the monitoring out, as on a cluster without the
	// Prometheus Operator. Default false.
	Disabled bool `json:"disabled,omitempty"`

	constructs.RsclipMonitoringProps
}

// settings is a values file, by which later errors find their place.
type settings struct {
	Values

	file  string // empty where there is none
	lines strictyaml.Lines
}

// loadSettings reads a file of values; no name is no values.
func loadSettings(file string) (settings, error) {
	s := settings{file: file}
	if file == "" {
		return s, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return s, fmt.Errorf("reading values: %w", err)
	}
	if s.lines, err = strictyaml.Decode(data, &s.Values); err != nil {
		return s, fmt.Errorf("reading values: %s: %w", file, err)
	}
	return s, nil
}

// sections are the parts of a file of values, by the id of the construct that
// they configure.
var sections = map[string]string{
	serviceID:          "service",
	autoscalerID:       "autoscaler",
	monitoringID:       "monitoring",
	canaryID:           "canary",
	canaryMonitoringID: "monitoring",
	httpRouteID:        "httpRoute",
	meshRouteID:        "meshRoute",
	indexJobID:         "indexJob",
	vectorStoreID:      "vectorStore",
	overridesID:        "overrides",
}

// locate says where in the file the props stand that a construct refused.
func (s settings) locate(err error) error {
	var refused *constructs.PropsError
	if s.file == "" || !errors.As(err, &refused) {
		return err
	}
	fields := slices.Clone(refused.Fields)
	for i := range fields {
		if section, _, _ := strings.Cut(fields[i].Field, "."); section == sections[serviceID] || section == sections[indexJobID] {
			continue // Other constructs name their props as the file does.
		}
		section := sections[refused.ID]
		if refused.ID == canaryID && !isCanarys(fields[i].Field) {
			section = sections[serviceID]
		}
		fields[i].Field = strings.Replace(section+"."+fields[i].Field, ".[", "[", 1)
	}
	return fmt.Errorf("checking values: %s: %w", s.file, fields.At(s.lines))
}

// isCanarys tells whether a canary has a value of its own for a prop of a service; of the
// others it has the service's.
func isCanarys(field string) bool { return field == "image" || field == "replicas" }

// scalesBlindly reports whether the service runs on a GPU and its autoscaler
// follows nothing that rises with the GPU's work.
func (v Values) scalesBlindly() bool {
	device := v.Service.Model.WithDefaults().Device
	return device != config.CPU && !v.Autoscaler.Disabled && !v.Autoscaler.FollowsMetrics()
}

// leadsToNobody reports whether routes lead to a service whose policy lets nobody in.
func (v Values) leadsToNobody() bool {
	policy := v.Service.NetworkPolicy
	routed := v.HTTPRoute != nil || v.MeshRoute != nil || len(v.Service.Expose.Ingress.Hostnames) > 0
	return routed && !policy.Disabled && policy.Ingress != nil && len(policy.Ingress) == 0
}
