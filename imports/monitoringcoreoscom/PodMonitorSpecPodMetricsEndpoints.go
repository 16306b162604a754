package monitoringcoreoscom


type PodMonitorSpecPodMetricsEndpoints struct {
	Authorization *PodMonitorSpecPodMetricsEndpointsAuthorization `field:"optional" json:"authorization" yaml:"authorization"`
	BasicAuth *PodMonitorSpecPodMetricsEndpointsBasicAuth `field:"optional" json:"basicAuth" yaml:"basicAuth"`
	BearerTokenSecret *PodMonitorSpecPodMetricsEndpointsBearerTokenSecret `field:"optional" json:"bearerTokenSecret" yaml:"bearerTokenSecret"`
	EnableHttp2 *bool `field:"optional" json:"enableHttp2" yaml:"enableHttp2"`
	FilterRunning *bool `field:"optional" json:"filterRunning" yaml:"filterRunning"`
	FollowRedirects *bool `field:"optional" json:"followRedirects" yaml:"followRedirects"`
	HonorLabels *bool `field:"optional" json:"honorLabels" yaml:"honorLabels"`
	HonorTimestamps *bool `field:"optional" json:"honorTimestamps" yaml:"honorTimestamps"`
	Interval *string `field:"optional" json:"interval" yaml:"interval"`
	MetricRelabelings *[]*PodMonitorSpecPodMetricsEndpointsMetricRelabelings `field:"optional" json:"metricRelabelings" yaml:"metricRelabelings"`
	NoProxy *string `field:"optional" json:"noProxy" yaml:"noProxy"`
	Oauth2 *PodMonitorSpecPodMetricsEndpointsOauth2 `field:"optional" json:"oauth2" yaml:"oauth2"`
	Params *map[string]*[]*string `field:"optional" json:"params" yaml:"params"`
	Path *string `field:"optional" json:"path" yaml:"path"`
	Port *string `field:"optional" json:"port" yaml:"port"`
	PortNumber *float64 `field:"optional" json:"portNumber" yaml:"portNumber"`
	ProxyConnectHeader *map[string]*[]*PodMonitorSpecPodMetricsEndpointsProxyConnectHeader `field:"optional" json:"proxyConnectHeader" yaml:"proxyConnectHeader"`
	ProxyFromEnvironment *bool `field:"optional" json:"proxyFromEnvironment" yaml:"proxyFromEnvironment"`
	ProxyUrl *string `field:"optional" json:"proxyUrl" yaml:"proxyUrl"`
	Relabelings *[]*PodMonitorSpecPodMetricsEndpointsRelabelings `field:"optional" json:"relabelings" yaml:"relabelings"`
	Scheme PodMonitorSpecPodMetricsEndpointsScheme `field:"optional" json:"scheme" yaml:"scheme"`
	ScrapeTimeout *string `field:"optional" json:"scrapeTimeout" yaml:"scrapeTimeout"`
	TargetPort PodMonitorSpecPodMetricsEndpointsTargetPort `field:"optional" json:"targetPort" yaml:"targetPort"`
	TlsConfig *PodMonitorSpecPodMetricsEndpointsTlsConfig `field:"optional" json:"tlsConfig" yaml:"tlsConfig"`
	TrackTimestampsStaleness *bool `field:"optional" json:"trackTimestampsStaleness" yaml:"trackTimestampsStaleness"`
}

