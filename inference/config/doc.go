// Package config is the one definition of the two files that configure the
// server, model-config.json and app-config.yaml. The constructs render them
// into a ConfigMap and the server reads them, so neither can drift.
package config
