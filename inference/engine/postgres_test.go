package engine_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seed-74198975/rsclip/inference/engine"
	"github.com/seed-74198975/rsclip/inference/search"
)

// startPostgres starts a PostgreSQL of the test's own, which answers at a socket in a
// folder, and returns its address.
//
// POSTGRES_HOME is where it is installed, with bin/ and pgvector, such as
// `make .build/postgres/installed` makes it.
func startPostgres(t *testing.T) (address string) {
	t.Helper()
	home := os.Getenv("POSTGRES_HOME")
	if home == "" {
		t.Skip("no PostgreSQL: POSTGRES_HOME is not set")
	}
	folder, err := os.MkdirTemp("", "rsclip-pg-") // The paths of sockets are short.
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	// It does not run as root: nobody has a copy then, in a folder that it can reach.
	nobody := &syscall.SysProcAttr{}
	if os.Getuid() == 0 {
		const id = 65534
		nobody.Credential = &syscall.Credential{Uid: id, Gid: id}
		if out, err := exec.Command("cp", "-a", home+"/.", filepath.Join(folder, "home")).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		home = filepath.Join(folder, "home")
		if err := os.Chown(folder, id, id); err != nil {
			t.Fatal(err)
		}
	}
	command := func(name string, args ...string) *exec.Cmd {
		c := exec.Command(filepath.Join(home, "bin", name), args...)
		c.SysProcAttr, c.Dir = nobody, folder
		c.Env = append(os.Environ(), "LD_LIBRARY_PATH="+filepath.Join(home, "lib"), "LC_ALL=C")
		return c
	}
	data := filepath.Join(folder, "data")
	if out, err := command("initdb", "-D", data, "-U", "rsclip", "-A", "trust", "-E", "UTF8", "--no-sync").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v: %s", err, out)
	}
	server := command("postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_parallel_workers_per_gather=0")
	log, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		t.Fatal(err)
	}
	server.Stdout, server.Stderr = log, log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGQUIT)
		_ = server.Wait()
	})
	address = fmt.Sprintf("postgres://rsclip@/postgres?host=%s", folder)
	for begun := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		c, err := pgx.Connect(context.Background(), address)
		if err == nil {
			_ = c.Close(context.Background())
			return address
		}
		if time.Since(begun) > 2*time.Minute {
			said, _ := os.ReadFile(log.Name())
			t.Fatalf("PostgreSQL does not start: %v\n%s", err, said)
		}
	}
}

// TestPostgres has so many tiles that the index of neighbours is asked, too.
func TestPostgres(t *testing.T) {
	t.Parallel()
	address := startPostgres(t)
	place := engine.Place{Address: address, Collection: "tiles_of_test"}
	folder, x, all := made(t, 21_000)
	e := filled(t, place, folder, all)
	sameAnswers(t, e, x, all, func(name string, _ bool) bool { return !filtersByPolygon(name) && name != "two columns" })
	pagesAndTiles(t, e, x, all)
	changed(t, e, place, all)
	together(t, place)
	groupsAlike(t, engine.Place{Address: address, Collection: "alike_of_test"}, 150)

	elsewhere, err := engine.Place{Address: "postgres://127.0.0.1:1/none"}.Open(modelHash)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = elsewhere.Close() }()
	if _, _, err := elsewhere.Search(t.Context(), search.Query{Vector: all[0].Embedding, TopK: 1}); !unavailable(err) {
		t.Errorf("nobody answers: %v", err)
	}
}
