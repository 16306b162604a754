package e2e

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"
)

// prometheus returns the URL of the cluster's Prometheus.
func prometheus() string {
	return cmp.Or(os.Getenv("E2E_PROMETHEUS"), "http://127.0.0.1:30090")
}

// ask returns the value of the only series of a query, or 0 where there is none.
func ask(ctx context.Context, query string) (float64, error) {
	var answer struct {
		Data struct {
			Result []struct{ Value [2]any }
		}
	}
	if err := fetch(ctx, prometheus()+"/api/v1/query?query="+url.QueryEscape(query), &answer); err != nil {
		return 0, err
	}
	if len(answer.Data.Result) == 0 {
		return 0, nil
	}
	text, _ := answer.Data.Result[0].Value[1].(string)
	return strconv.ParseFloat(text, 64)
}

// The states of an alert.
const (
	inactive = iota
	pending
	firing
)

// alertState returns the state of an alert of a namespace.
func alertState(ctx context.Context, name, namespace string) (int, error) {
	var answer struct {
		Data struct {
			Alerts []struct {
				State  string
				Labels struct{ Alertname, Namespace string }
			}
		}
	}
	if err := fetch(ctx, prometheus()+"/api/v1/alerts", &answer); err != nil {
		return inactive, err
	}
	state := inactive
	for _, alert := range answer.Data.Alerts {
		if alert.Labels.Alertname == name && alert.Labels.Namespace == namespace {
			state = max(state, map[string]int{"pending": pending, "firing": firing}[alert.State])
		}
	}
	return state, nil
}

func fetch(ctx context.Context, address string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: status %d", address, response.StatusCode)
	}
	return json.NewDecoder(response.Body).Decode(into)
}
