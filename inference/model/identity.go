package model

// SHA256 identifies the model; see [modelfolder.Metadata.SHA256].
func (m *Model) SHA256() string { return m.metadata.SHA256() }
