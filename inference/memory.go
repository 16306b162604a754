package main

import (
	"log/slog"
	"os"

	"github.com/seed-74198975/rsclip/inference/budget"
	"github.com/seed-74198975/rsclip/inference/config"
)

// boundMemory gives a budget the memory that requests may take, and has Go collect its
// garbage before the container's memory is full. What the process holds besides
// Go's memory by now, which is ONNX Runtime's and the programs themselves, a
// tenth of all, and what caches may hold are left alone. Without a limit Go's own
// bound is none; GOMEMLIMIT sets Go's, too.
func boundMemory(b *budget.Budget, app config.App, log *slog.Logger) {
	all, limited := budget.Memory(app.Server.Memory())
	caches := app.Caching(all).Bytes()
	others := budget.Others()
	left := max(all/10*9-others, all/10)
	if limited && os.Getenv("GOMEMLIMIT") == "" {
		b.BoundGo(left)
	}
	requests := max(left-caches, all/10)
	log.Info("memory bounded", "memory_mib", all>>20, "limited", limited, "go_mib", left>>20, "requests_mib", requests>>20)
	if left-caches < all/10 {
		log.Warn("the model and the caches leave little memory for requests: raise the container's memory limit or server.memory_mib, or lower cache.*_mib", "others_mib", others>>20, "caches_mib", caches>>20)
	}
	b.Resize(requests)
}
