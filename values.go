package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/seed-74198975/rsclip/constructs"
	"github.com/seed-74198975/rsclip/internal/strictyaml"
)

// Values is a file of settings: the props of the three constructs.
type Values struct {
	// Service is the inference service.
	Service constructs.RsclipModelServiceProps `json:"service,omitzero"`
	// Autoscaler scales the service.
	Autoscaler AutoscalerValues `json:"autoscaler,omitzero"`
	// Monitoring watches the service.
	Monitoring MonitoringValues `json:"monitoring,omitzero"`
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

// settings is a file of values, by which later errors find their place.
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

// sections are the parts of a file of values, by the construct that they configure.
var sections = map[string]string{
	"RsclipModelService": "service",
	"GpuAutoscaler":      "autoscaler",
	"RsclipMonitoring":   "monitoring",
}

// locate says where in the file the props stand that a construct refused.
func (s settings) locate(err error) error {
	var refused *constructs.PropsError
	if s.file == "" || !errors.As(err, &refused) {
		return err
	}
	problems := make([]string, len(refused.Fields))
	for i, field := range refused.Fields {
		field.Field = sections[refused.Construct] + "." + field.Field
		problems[i] = fmt.Sprintf("line %d: %s", max(s.lines.Of(field.Field), 1), field)
	}
	return fmt.Errorf("checking values: %s: %s", s.file, strings.Join(problems, "; and "))
}
