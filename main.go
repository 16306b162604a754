// Command rsclip (the module's root) is the cdk8s app that writes the manifests
// of one inference service, its autoscaler and its monitoring, and if asked for
// its canary, the routes to both, a job that makes an index, and a store for it:
//
//	cdk8s synth                                    # into dist/
//	go run . [--values FILE] [--outdir FOLDER] [--strict]   # the same, without the cdk8s CLI
//
// Without values every setting has its default. The server itself is in
// ./inference.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/cdk8s-team/cdk8s-core-go/cdk8s/v2"

	"github.com/seed-74198975/rsclip/constructs"
)

func main() {
	flags := flag.NewFlagSet("rsclip", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // It would print all flags for one that is wrong.
	valuesFile := flags.String("values", os.Getenv("RSCLIP_VALUES"), "YAML `file` of values (default $RSCLIP_VALUES; none: the documented defaults)")
	outdir := flags.String("outdir", "", "`folder` to write to (default $CDK8S_OUTDIR or dist)")
	strict := flags.Bool("strict", os.Getenv("RSCLIP_STRICT") == "true", "refuse a service that everyone may call, of which there is else a line of warning (default: $RSCLIP_STRICT is true)")
	version := flags.Bool("version", false, "print the version, and write nothing")
	err := flags.Parse(os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Println("usage: go run . [flags]\nwrite the manifests of an inference service")
		fmt.Println()
		flags.SetOutput(os.Stdout)
		flags.PrintDefaults()
		return
	case err != nil:
		fmt.Fprintf(os.Stderr, "reading arguments: %v; see --help\n", err)
		os.Exit(2)
	case *version:
		fmt.Println("rsclip " + constructs.Version)
		return
	}
	constructs.Exit(run(*valuesFile, *outdir, *strict, os.Stderr, flags.Args()))
}

// run writes the manifests, and what to think about again as a line of warnings;
// strict is to write neither, and to return that.
func run(valuesFile, outdir string, strict bool, warnings io.Writer, rest []string) error {
	if len(rest) > 0 {
		return fmt.Errorf("reading arguments: unexpected %q: must be flags only; see --help", rest[0])
	}
	settings, err := loadSettings(valuesFile)
	if err != nil {
		return err
	}
	var open *constructs.PropsError
	err = constructs.Synth(outdir, func(app cdk8s.App) {
		if open = build(app, settings.Values).Open(); open != nil && strict {
			panic(open)
		}
	})
	if err != nil {
		return settings.locate(err)
	}
	if open != nil {
		_, err = fmt.Fprintf(warnings, "warning: %v\n", settings.locate(open))
	}
	if settings.scalesBlindly() {
		_, blind := fmt.Fprintln(warnings, "note: the autoscaler follows the CPU, which a busy GPU hardly loads; set autoscaler.queueSeconds, such as 0.05, to follow the GPU's queue (docs/autoscaling.md)")
		err = errors.Join(err, blind)
	}
	if settings.leadsToNobody() {
		_, closed := fmt.Fprintln(warnings, "note: networkPolicy.ingress is an empty list, by which nobody reaches the service but Prometheus; let in the pods of the ingress controller or gateway, or the callers of the mesh, such as by {namespace: gateways}")
		err = errors.Join(err, closed)
	}
	return err
}

// The ids of the constructs.
const (
	serviceID          = "git-rsclip"
	autoscalerID       = "autoscaler"
	monitoringID       = "monitoring"
	canaryID           = "canary"
	canaryMonitoringID = "canary-monitoring"
	httpRouteID        = "http-route"
	meshRouteID        = "mesh-route"
	indexJobID         = "index-job"
	vectorStoreID      = "vector-store"
	overridesID        = "overrides"
)

// build adds the charts, and returns the service. The numbers in their names, which
// are those of the files, are the order in which to apply them, and do not depend
// on what else there is.
func build(app cdk8s.App, values Values) *constructs.RsclipModelService {
	serviceChart := cdk8s.NewChart(app, new("0000-service"), nil)
	service := constructs.NewRsclipModelService(serviceChart, serviceID, &values.Service)

	if !values.Autoscaler.Disabled {
		chart := cdk8s.NewChart(app, new("0001-autoscaler"), nil)
		props := values.Autoscaler.GpuAutoscalerProps
		props.Service = service
		constructs.NewGpuAutoscaler(chart, autoscalerID, &props)
	}
	if !values.Monitoring.Disabled {
		chart := cdk8s.NewChart(app, new("0002-monitoring"), nil)
		props := values.Monitoring.RsclipMonitoringProps
		props.Service = service
		constructs.NewRsclipMonitoring(chart, monitoringID, &props)
	}
	var canary *constructs.RsclipModelService
	if values.Canary != nil {
		chart := cdk8s.NewChart(app, new("0003-canary"), nil)
		canary = buildCanary(chart, values)
	}
	if values.HTTPRoute != nil || values.MeshRoute != nil {
		chart := cdk8s.NewChart(app, new("0004-routes"), nil)
		buildRoutes(chart, values, service, canary)
	}
	if values.IndexJob != nil {
		chart := cdk8s.NewChart(app, new("0005-index"), nil)
		props := *values.IndexJob
		props.Service = service
		constructs.NewRsclipIndexJob(chart, indexJobID, &props)
	}
	if values.VectorStore != nil {
		chart := cdk8s.NewChart(app, new("0006-vector-store"), nil)
		props := *values.VectorStore
		props.Service = service
		if values.Canary != nil {
			props.Callers = append(slices.Clone(props.Callers), values.canaryPods())
		}
		constructs.NewRsclipVectorStore(chart, vectorStoreID, &props)
	}
	override(app, values.Overrides)
	return service
}

// buildRoutes adds the routes to a service and its canary, if it has one.
func buildRoutes(chart cdk8s.Chart, values Values, service, canary *constructs.RsclipModelService) {
	if values.HTTPRoute != nil {
		props := *values.HTTPRoute
		props.Service, props.Canary = service, canary
		constructs.NewRsclipHTTPRoute(chart, httpRouteID, &props)
	}
	if values.MeshRoute != nil {
		props := *values.MeshRoute
		props.Service, props.Canary = service, canary
		constructs.NewRsclipMeshRoute(chart, meshRouteID, &props)
	}
}
