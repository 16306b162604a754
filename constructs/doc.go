// Package constructs deploys Git-RSCLIP inference on Kubernetes 1.23 or newer,
// as CDK8s constructs:
//
//   - [NewRsclipModelService]: Namespace, ServiceAccount, ConfigMap,
//     NetworkPolicy, PodDisruptionBudget, Deployment and Service;
//   - [NewGpuAutoscaler]: one HorizontalPodAutoscaler for that Deployment, and
//     the prometheus-adapter rules that its metrics need;
//   - [NewRsclipMonitoring]: ServiceMonitor and PrometheusRule for that Service;
//   - [NewRsclipIndexJob]: an Indexed Job that makes an index of an archive, with the
//     model of that Service;
//   - [NewRsclipVectorStore]: a StatefulSet of Weaviate with its Services and policies,
//     which that Job fills and that Service searches;
//   - [NewRsclipHTTPRoute]: HTTPRoute from gateways to that Service, or by weight
//     to two of them;
//   - [NewRsclipMeshRoute]: VirtualService and DestinationRules for the same inside
//     an Istio mesh.
//
// Props are plain values: a zero field takes the default that its comment
// states. A construct checks its props when it is made and panics with a
// [PropsError] that names every bad one; [Synth] turns that panic, and any that
// jsii raises, into an error of one line.
//
// Names, labels and construct ids are contract: they do not change between
// versions, because a Deployment's selector cannot.
package constructs
