// Package schemas checks every manifest of the repository as API servers would:
// kubectl-validate runs their own validation over the schemas of Kubernetes 1.23
// to 1.30, which it carries, and of the newest release, taken from Kubernetes'
// own module. Prometheus' own parser reads every query of them.
package schemas
