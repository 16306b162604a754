// Package postgres keeps the tiles of an index in PostgreSQL with the extension
// pgvector, and searches them there.
//
// Tested with PostgreSQL 18.6 and pgvector 0.8.6. It needs pgvector 0.8 for the
// filtered search of neighbours.
package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/seed-74198975/rsclip/inference/search"
	"github.com/seed-74198975/rsclip/inference/table"
)

const engine = "PostgreSQL"

// Bounds of the search of neighbours.
const (
	// exactRows are so few that looking at all of them is as fast as the index.
	exactRows = 20_000
	// exactDepth is beyond what the index is good for.
	exactDepth = 1000
	// spare is how many times more neighbours are asked for by codes of 16 bits than
	// their floats decide about, and the least of them.
	spare, minNeighbours = 2, 100
	// leastLists of the index are looked through for one search, and of more than
	// leastLists*shareOfLists one in shareOfLists.
	leastLists, shareOfLists = 200, 5
)

// Store is a table of a PostgreSQL.
type Store struct {
	search.ModelCheck

	pool  *pgxpool.Pool
	table string
}

// New returns the table of an address, postgres://USER@HOST:PORT/DATABASE. What it does
// not say is taken from the variables of the environment of libpq, such as PGPASSWORD
// and PGSSLMODE. It asks nothing yet.
func New(address, collection, modelSHA256 string) (*Store, error) {
	c, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("the address of the PostgreSQL cannot be read: %w", err)
	}
	c.ConnConfig.RuntimeParams["application_name"] = "rsclip"
	pool, err := pgxpool.NewWithConfig(context.Background(), c)
	if err != nil {
		return nil, err
	}
	s := &Store{pool: pool, table: pgx.Identifier{collection}.Sanitize()}
	s.Engine, s.Place, s.Model, s.Metadata = engine, "table "+s.table, modelSHA256, s.metadata
	return s, nil
}

// Close ends the connections.
func (s *Store) Close() error {
	s.pool.Close()
	return nil
}

// Memory is about what a search takes, in bytes.
func (s *Store) Memory(q search.Query) int { return 4 << 10 * max(minNeighbours, q.TopK+q.Offset) }

// failed makes an error of the engine's.
func failed(err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	var answered *pgconn.PgError
	// Classes 53, 57 and 08: it has no room, is shut down or has lost the connection.
	unavailable := !errors.As(err, &answered) || strings.HasPrefix(answered.Code, "53") || strings.HasPrefix(answered.Code, "57") || strings.HasPrefix(answered.Code, "08")
	return &search.EngineError{Unavailable: unavailable, Engine: engine, Err: err}
}

// isCode tells an error of the engine with a code.
func isCode(err error, code string) bool {
	var answered *pgconn.PgError
	return errors.As(err, &answered) && answered.Code == code
}

// undefinedTable is the code of an error.
const undefinedTable = "42P01"

// metadata reads what the table says of its tiles; nil if there is none.
func (s *Store) metadata(ctx context.Context) (*table.Metadata, error) {
	var comment *string
	err := s.pool.QueryRow(ctx, "SELECT obj_description($1::regclass, 'pg_class')", s.table).Scan(&comment)
	if isCode(err, undefinedTable) {
		return nil, nil
	}
	if err != nil {
		return nil, failed(err)
	}
	m := new(table.Metadata)
	if comment == nil || json.Unmarshal([]byte(*comment), m) != nil || m.ModelSHA256 == "" {
		return nil, fmt.Errorf("the table %s was not made by rsclip index: name another collection", s.table)
	}
	return m, nil
}

// Search asks for the nearest tiles that the filter allows. Few are all compared; of
// many, the index of neighbours is asked.
func (s *Store) Search(ctx context.Context, q search.Query) (hits []search.Hit, allowed int, err error) {
	wanted, err := q.Filter.Read()
	if err != nil {
		return nil, 0, err
	}
	if err := s.Once(ctx); err != nil {
		return nil, 0, err
	}
	st := &statement{values: []any{vectorText(q.Vector)}} // $1 is the query.
	asked := st.dialect().Write(wanted.Condition)
	if asked.No {
		return nil, 0, nil
	}
	filter := "true"
	if !asked.Any {
		filter = asked.What
	}
	looked := 0 // tiles that the filter in SQL allows
	if err := s.pool.QueryRow(ctx, "SELECT count(*) FROM "+s.table+" WHERE "+filter+" AND $1::text IS NOT NULL", st.values...).Scan(&looked); err != nil {
		return nil, 0, failed(err)
	}
	hits, err = q.Best(func(depth int) ([]search.Hit, bool, error) {
		found, err := s.nearest(ctx, len(q.Vector), depth, looked, filter, st.values)
		if err != nil {
			return nil, false, failed(err)
		}
		all := len(found) >= looked || len(found) < depth
		found, err = wanted.Narrow(found, depth, all)
		return found, all, err
	})
	if allowed = looked; !asked.Exact {
		allowed = -1
	}
	return hits, allowed, err
}

// columns are those of a tile, in the order of [scanTile].
const columns = "id, source, x, y, width, height, geometry, west, south, east, north, datetime, gsd, grid_cell, nodata, cloud_cover, properties"

// nearest returns the k nearest of so many tiles.
func (s *Store) nearest(ctx context.Context, dimensions, k, looked int, filter string, values []any) ([]search.Hit, error) {
	if looked > exactRows && k <= exactDepth {
		neighbours := min(max(spare*k, minNeighbours), looked)
		hits, err := s.byIndex(ctx, fmt.Sprintf("SELECT %s, -(embedding <#> $1::vector) FROM %s WHERE %s ORDER BY embedding::halfvec(%d) <#> $1::halfvec(%d) LIMIT %d", columns, s.table, filter, dimensions, dimensions, neighbours), values)
		if err != nil {
			return nil, err
		}
		search.SortHits(hits)
		if len(hits) == neighbours {
			return hits[:min(k, len(hits))], nil
		}
		// The index has ended early: all are compared.
	}
	rows, err := s.pool.Query(ctx, fmt.Sprintf("WITH near AS MATERIALIZED (SELECT id, embedding <#> $1::vector AS distance FROM %s WHERE %s ORDER BY 2, 1 LIMIT %d) SELECT %s, -distance FROM near JOIN %s USING (id) ORDER BY distance, id", s.table, filter, k, columns, s.table), values...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanHit)
}

// byIndex asks the index of neighbours, which goes on until it has found enough that
// the filter allows.
func (s *Store) byIndex(ctx context.Context, query string, values []any) (hits []search.Hit, err error) {
	err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, fmt.Sprintf("SET LOCAL ivfflat.iterative_scan = relaxed_order; SELECT set_config('ivfflat.probes', greatest(%d, (%s) / %d)::text, true)", leastLists, s.listsOf(), shareOfLists)); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, query, values...)
		if err != nil {
			return err
		}
		hits, err = pgx.CollectRows(rows, scanHit)
		return err
	})
	return hits, err
}

func scanHit(row pgx.CollectableRow) (h search.Hit, err error) {
	h.Tile, err = scanTile(row, &h.Similarity)
	return h, err
}

// scanTile reads the columns of a tile, and one more.
func scanTile(row pgx.CollectableRow, last any) (*table.Tile, error) {
	t := new(table.Tile)
	var box [4]*float64
	var taken *time.Time
	w := &t.PixelBBox
	err := row.Scan(&t.ID, &t.Source, &w.X, &w.Y, &w.Width, &w.Height, &t.Geometry, &box[0], &box[1], &box[2], &box[3], &taken, &t.GSD, &t.GridCell, &t.Nodata, &t.CloudCover, &t.Properties, last)
	if box[0] != nil && box[1] != nil && box[2] != nil && box[3] != nil {
		t.BBox = &table.BBox{XMin: *box[0], YMin: *box[1], XMax: *box[2], YMax: *box[3]}
	}
	if taken != nil {
		ms := taken.UnixMilli()
		t.Datetime = &ms
	}
	return t, err
}

// Tile returns a tile by its id, and its embedding.
func (s *Store) Tile(ctx context.Context, id string) (*table.Tile, []float32, error) {
	if err := s.Once(ctx); err != nil {
		return nil, nil, err
	}
	rows, err := s.pool.Query(ctx, "SELECT "+columns+", embedding::real[] FROM "+s.table+" WHERE id = $1", id)
	if err != nil {
		return nil, nil, failed(err)
	}
	var vector []float32
	tile, err := pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (*table.Tile, error) { return scanTile(row, &vector) })
	// An id that is no text of the engine's is none of its tiles.
	if errors.Is(err, pgx.ErrNoRows) || isCode(err, "22021") {
		return nil, nil, search.ErrNoTile
	}
	return tile, vector, failed(err)
}

// vectorText writes a vector as pgvector reads it.
func vectorText(v []float32) string {
	b := []byte{'['}
	for i, x := range v {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendFloat(b, float64(x), 'g', -1, 32)
	}
	return string(append(b, ']'))
}
