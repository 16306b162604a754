package constructs

// adapterConfig makes the metric requests_per_second of a pod from the server's
// counter. It names no namespace or service, because the adapter serves one
// metric of that name to every service of the cluster.
const adapterConfig = `rules:
- seriesQuery: 'http_requests_total{namespace!="",pod!=""}'
  resources:
    overrides:
      namespace: {resource: namespace}
      pod: {resource: pod}
  name:
    matches: ^http_requests_total$
    as: requests_per_second
  metricsQuery: sum by (<<.GroupBy>>) (rate(<<.Series>>{<<.LabelMatchers>>}[2m]))
`
