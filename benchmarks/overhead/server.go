package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/seed-74198975/rsclip/inference/model"
	"github.com/seed-74198975/rsclip/internal/served"
)

// serverTime is the time that the server has kept cores busy, in hundredths of a second.
func serverTime(s *served.Server) time.Duration {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.PID()))
	// The program's name, in parentheses, may have spaces.
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	var ticks time.Duration
	for _, field := range fields[11:13] {
		n, _ := strconv.ParseInt(string(field), 10, 64)
		ticks += time.Duration(n)
	}
	return ticks * time.Second / 100
}

// batches returns the most items that the server has in a run of each tower.
func batches(ctx context.Context, s *served.Server) (map[model.Tower]int, error) {
	answer, err := s.Get(ctx, "/v1/model")
	if err != nil {
		return nil, err
	}
	var d model.Description
	err = json.Unmarshal(answer, &d)
	return d.BatchSize, err
}
