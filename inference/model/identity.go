package model

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// SHA256 identifies the model: it is the hash of the list of its files' hashes.
// Embeddings of two models with one hash may be compared.
func (m *Model) SHA256() string {
	files, _ := json.Marshal(m.metadata.Files) //nolint:errchkjson // Strings and numbers.
	sum := sha256.Sum256(files)
	return hex.EncodeToString(sum[:])
}
