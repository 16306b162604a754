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
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return execute(ctx, tx, statements...) })
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
	return failed(pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		if err := execute(ctx, tx, alone); err != nil {
			return err
		}
		if err := s.cluster(ctx, tx, dimensions); err != nil {
			return err
		}
		return execute(ctx, tx,
			"CREATE INDEX IF NOT EXISTS "+s.index("places")+" ON "+s.table+" (west, east, south, north)",
			"CREATE INDEX IF NOT EXISTS "+s.index("times")+" ON "+s.table+" (datetime)",
			"ANALYZE "+s.table,
		)
	}))
}

// Bounds of the index of neighbours. Of 100,000 clustered rows of 1024 numbers, a fifth of
// 400 lists had all of the ten nearest, a fifth of 100 lists 0.80 of them.
// The clustering takes memory by the square of the lists, 0.6 GB for a thousand.
const (
	rowsOfList  = 250
	mostLists   = 1000
	memoryToUse = "1GB"
)

// cluster makes the index of neighbours, and makes it anew for a table that has twice
// the rows it was made for. It is one of lists: pgvector's graph (hnsw) can lose whole
// groups of tiles that are alike, such as those of open sea.
func (s *Store) cluster(ctx context.Context, tx pgx.Tx, dimensions int) error {
	var rows int
	if err := tx.QueryRow(ctx, "SELECT count(*) FROM "+s.table).Scan(&rows); err != nil {
		return err
	}
	var lists int
	if err := tx.QueryRow(ctx, s.listsOf()).Scan(&lists); err != nil {
		return err
	}
	wanted := min(max(1, rows/rowsOfList), mostLists)
	if lists > 0 && wanted < 2*lists {
		return nil
	}
	return execute(ctx, tx,
		"SET LOCAL maintenance_work_mem = '"+memoryToUse+"'",
		fmt.Sprintf("CREATE INDEX %s ON %s USING ivfflat ((embedding::halfvec(%d)) halfvec_ip_ops) WITH (lists = %d)", s.index("new"), s.table, dimensions, wanted),
		"DROP INDEX IF EXISTS "+s.index("neighbours"),
		"ALTER INDEX "+s.index("new")+" RENAME TO "+s.index("neighbours"),
	)
}

// index names one of the table.
func (s *Store) index(of string) string {
	return pgx.Identifier{strings.Trim(s.table, `"`) + "_" + of}.Sanitize()
}

// listsOf asks for the lists of the index of neighbours, 0 if there is none.
func (s *Store) listsOf() string {
	return fmt.Sprintf("SELECT coalesce((SELECT substr(option, 7)::int FROM pg_class, unnest(reloptions) AS option WHERE oid = to_regclass('%s') AND option LIKE 'lists=%%'), 0)", s.index("neighbours"))
}

// execute executes statements of a transaction, one after another.
func execute(ctx context.Context, tx pgx.Tx, statements ...string) error {
	for _, statement := range statements {
		if _, err := tx.Exec(ctx, statement); err != nil {
			return err
		}
	}
	return nil
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
