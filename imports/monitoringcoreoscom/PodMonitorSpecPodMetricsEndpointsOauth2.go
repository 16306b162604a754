package monitoringcoreoscom


type PodMonitorSpecPodMetricsEndpointsOauth2 struct {
	ClientId *PodMonitorSpecPodMetricsEndpointsOauth2ClientId `field:"required" json:"clientId" yaml:"clientId"`
	ClientSecret *PodMonitorSpecPodMetricsEndpointsOauth2ClientSecret `field:"required" json:"clientSecret" yaml:"clientSecret"`
	TokenUrl *string `field:"required" json:"tokenUrl" yaml:"tokenUrl"`
	EndpointParams *map[string]*string `field:"optional" json:"endpointParams" yaml:"endpointParams"`
	NoProxy *string `field:"optional" json:"noProxy" yaml:"noProxy"`
	ProxyConnectHeader *map[string]*[]*PodMonitorSpecPodMetricsEndpointsOauth2ProxyConnectHeader `field:"optional" json:"proxyConnectHeader" yaml:"proxyConnectHeader"`
	ProxyFromEnvironment *bool `field:"optional" json:"proxyFromEnvironment" yaml:"proxyFromEnvironment"`
	ProxyUrl *string `field:"optional" json:"proxyUrl" yaml:"proxyUrl"`
	Scopes *[]*string `field:"optional" json:"scopes" yaml:"scopes"`
	TlsConfig *PodMonitorSpecPodMetricsEndpointsOauth2TlsConfig `field:"optional" json:"tlsConfig" yaml:"tlsConfig"`
}

