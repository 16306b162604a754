package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/seed-74198975/rsclip/inference/search"
	"github.com/seed-74198975/rsclip/inference/table"
)

// alone is for jobs that begin or end together: one of them makes what is to be made.
const alone = "SELECT pg_advisory_xact_lock(7318)"

// Prepare makes the table, if there is none. Texts are compared by their bytes, as
// everywhere here.
func (s *Store) Prepare(ctx context.Context, m table.Metadata) error {
	there, err := s.metadata(ctx)
	if err != nil {
		return err
	}
	if there != nil {
		return search.Unlike(*there, m, "the table "+s.table)
	}
	comment, err := json.Marshal(table.Metadata{Model: m.Model, ModelSHA256: m.ModelSHA256, Preprocessing: m.Preprocessing, TileSide: m.TileSide, Overlap: m.Overlap, Dimensions: m.Dimensions})
	if err != nil {
		return err
	}
	statements := []string{
		alone,
		"CREATE EXTENSION IF NOT EXISTS vector",
		fmt.Sprintf(`CREATE TABLE IF NOT EXISTS %s (
			id text COLLATE "C" PRIMARY KEY, digest text NOT NULL, source text COLLATE "C" NOT NULL, x int NOT NULL, y int NOT NULL, width int NOT NULL, height int NOT NULL,
			geometry bytea, west float8, south float8, east float8, north float8, datetime timestamptz, gsd float8, grid_cell text COLLATE "C",
			nodata float8 NOT NULL, cloud_cover float8, properties jsonb, embedding vector(%d) NOT NULL)`, s.table, m.Dimensions),
		fmt.Sprintf("COMMENT ON TABLE %s IS '%s'", s.table, strings.ReplaceAll(string(comment), "'", "''")),
	}
	err = s.inOne(ctx, statements)
	if isCode(err, "42501") || isCode(err, "0A000") || isCode(err, "58P01") {
		return fmt.Errorf("making the table %s: %w: have an administrator install pgvector and run CREATE EXTENSION vector, and grant CREATE on the schema", s.table, err)
	}
	return failed(err)
}

// Finish makes the indexes, which is faster when the tiles are there.
func (s *Store) Finish(ctx context.Context) error {
	var dimensions int
	m, err := s.metadata(ctx)
	if err != nil {
		return err
	}
	if m != nil {
		dimensions = m.Dimensions
	}
	statements := []string{alone}
	for _, index := range []struct{ name, on string }{
		{"neighbours", fmt.Sprintf("USING hnsw ((embedding::halfvec(%d)) halfvec_ip_ops)", dimensions)},
		{"places", "(west, east, south, north)"},
		{"times", "(datetime)"},
	} {
		name := pgx.Identifier{strings.Trim(s.table, `"`) + "_" + index.name}.Sanitize()
		statements = append(statements, "CREATE INDEX IF NOT EXISTS "+name+" ON "+s.table+" "+index.on)
	}
	return failed(s.inOne(ctx, append(statements, "ANALYZE "+s.table)))
}

// inOne executes statements, all or none.
func (s *Store) inOne(ctx context.Context, statements []string) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		for _, statement := range statements {
			if _, err := tx.Exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}

// Digests returns those of the tiles that are there.
func (s *Store) Digests(ctx context.Context, ids []string) (map[string]string, error) {
	rows, err := s.pool.Query(ctx, "SELECT id, digest FROM "+s.table+" WHERE id = ANY($1)", ids)
	if err != nil {
		return nil, failed(err)
	}
	out := make(map[string]string, len(ids))
	var id, digest string
	_, err = pgx.ForEachRow(rows, []any{&id, &digest}, func() error {
		out[id] = digest
		return nil
	})
	return out, failed(err)
}

// Put takes tiles, all or none.
func (s *Store) Put(ctx context.Context, rows []search.Kept) error {
	names := strings.Split(columns+", digest, embedding", ", ")
	places, updates := make([]string, len(names)), make([]string, len(names))
	for i, name := range names {
		places[i], updates[i] = fmt.Sprintf("$%d", i+1), name+" = excluded."+name
	}
	places[len(places)-1] += "::text::vector"
	insert := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s) ON CONFLICT (id) DO UPDATE SET %s", s.table, strings.Join(names, ", "), strings.Join(places, ", "), strings.Join(updates, ", "))
	batch := new(pgx.Batch)
	for _, row := range rows {
		box := make([]any, 4)
		if b := row.BBox; b != nil {
			box = []any{b.XMin, b.YMin, b.XMax, b.YMax}
		}
		var taken *time.Time
		if row.Datetime != nil {
			t := time.UnixMilli(*row.Datetime).UTC()
			taken = &t
		}
		var properties *string
		if kept := search.Properties(&row.Tile); kept != nil {
			data, err := json.Marshal(kept)
			if err != nil {
				return err
			}
			text := string(data)
			properties = &text
		}
		w := row.PixelBBox
		batch.Queue(insert, row.ID, row.Source, w.X, w.Y, w.Width, w.Height, row.Geometry, box[0], box[1], box[2], box[3], taken, row.GSD, row.GridCell, row.Nodata, row.CloudCover, properties, row.Digest, vectorText(row.Embedding))
	}
	return failed(pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return tx.SendBatch(ctx, batch).Close() }))
}
