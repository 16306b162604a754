// Command store stands in for a hub and for an object store in the tests. It
// prints a line for every file that it sends whole.
//
//	store CHECKPOINT ARCHIVES    serves at :8080 the folder CHECKPOINT as the repository
//	                             e2e/tiny, for the token "e2e", and the files of the folder
//	                             ARCHIVES at /archives/NAME, for the signature "e2e"
package main

import (
	"crypto/sha1" //nolint:gosec // Git's own hash.
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	if len(os.Args) != 3 {
		log.Fatal("store: must have two arguments, a checkpoint's folder and one of archives")
	}
	s := store{checkpoint: os.Args[1], archives: os.Args[2]}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/models/e2e/tiny/revision/{commit}", s.list)
	mux.HandleFunc("GET /e2e/tiny/resolve/{commit}/{name}", s.file)
	mux.HandleFunc("GET /archives/{name}", s.packed)
	server := &http.Server{Addr: ":8080", Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}

type store struct{ checkpoint, archives string }

// list answers with the names, sizes and hashes of the checkpoint's files.
func (s store) list(w http.ResponseWriter, r *http.Request) {
	if !authorized(w, r) {
		return
	}
	names, err := filepath.Glob(filepath.Join(s.checkpoint, "*.*"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	var files []map[string]any
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			continue // a folder, by which Kubernetes mounts files
		}
		sum := sha1.Sum(append(fmt.Appendf(nil, "blob %d\x00", len(data)), data...)) //nolint:gosec // Git's own hash.
		files = append(files, map[string]any{"rfilename": filepath.Base(name), "size": len(data), "blobId": hex.EncodeToString(sum[:])})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"sha": r.PathValue("commit"), "siblings": files})
}

func (s store) file(w http.ResponseWriter, r *http.Request) {
	if name := r.PathValue("name"); authorized(w, r) && filepath.IsLocal(name) && !strings.Contains(name, "/") {
		send(w, r, filepath.Join(s.checkpoint, name))
	}
}

func (s store) packed(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("sig") != "e2e" {
		http.Error(w, "the address is not signed", http.StatusForbidden)
		return
	}
	if name := r.PathValue("name"); filepath.IsLocal(name) && !strings.Contains(name, "/") {
		send(w, r, filepath.Join(s.archives, name))
	}
}

func authorized(w http.ResponseWriter, r *http.Request) bool {
	if r.Header.Get("Authorization") != "Bearer e2e" {
		http.Error(w, "there is no token", http.StatusUnauthorized)
		return false
	}
	return true
}

func send(w http.ResponseWriter, r *http.Request, name string) {
	http.ServeFile(w, r, name)
	log.Printf("sent %q", filepath.Base(name)) //nolint:gosec // %q escapes what could break a line.
}
