// Drives a ClickHouse HTTP interface with clickhouse-go, the client inside the Collector's exporter and Grafana's data source: once for
// every compression that the client knows. Prints one line per compression; exits with 1 at the first difference.
//
//	go run . http://127.0.0.1:8123 faultline
package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/shopspring/decimal"
)

var compressions = map[string]clickhouse.CompressionMethod{
	"none": clickhouse.CompressionNone, "lz4": clickhouse.CompressionLZ4, "zstd": clickhouse.CompressionZSTD,
	"gzip": clickhouse.CompressionGZIP, "deflate": clickhouse.CompressionDeflate, "br": clickhouse.CompressionBrotli,
}

func main() {
	address, err := url.Parse(os.Args[1])
	check(err)
	for _, name := range []string{"none", "lz4", "zstd", "gzip", "deflate", "br"} {
		options := &clickhouse.Options{
			Protocol:    clickhouse.HTTP,
			Addr:        []string{address.Host},
			Auth:        clickhouse.Auth{Database: os.Args[2], Username: "default"},
			Compression: &clickhouse.Compression{Method: compressions[name], Level: 3},
			Settings:    clickhouse.Settings{"max_execution_time": 60},
		}
		drive(name, options)
		asGrafana(options)
		fmt.Println(name, "ok")
	}
}

// The kinds of columns that our tables have, and the others that the Native format lays out in ways of their own.
const table = `CREATE TABLE kinds (
	id UInt64, name LowCardinality(String), note LowCardinality(Nullable(String)), at DateTime64(9), day Date, flag Bool,
	attributes Map(LowCardinality(String), String), tags Array(LowCardinality(String)), deep Array(Array(Nullable(Int32))),
	pair Tuple(a String, b Array(UInt8)), source Enum8('code' = 1, 'judge' = 2), value Nullable(Float64), price Decimal(18, 4),
	key UUID, fixed FixedString(3), events Nested (name LowCardinality(String), attributes Map(String, String))
) ENGINE = MergeTree ORDER BY id`

type row struct {
	ID         uint64
	Name       string
	Note       *string
	At         time.Time
	Flag       bool
	Attributes map[string]string
	Tags       []string
	Deep       [][]*int32
	Source     string
	Value      *float64
	EventNames []string
	EventMaps  []map[string]string
}

func makeRow(id uint64) row {
	note, value, deep := fmt.Sprint("note ", id), float64(id)/3, int32(-5)
	made := row{
		ID: id, Name: fmt.Sprint("name ", id%7), At: time.Unix(1764000000, int64(id)).UTC(), Flag: id%2 == 0,
		Attributes: map[string]string{}, Tags: []string{}, Deep: [][]*int32{}, Source: "judge", EventNames: []string{}, EventMaps: []map[string]string{},
	}
	if id%3 != 0 {
		made.Note, made.Value = &note, &value
		made.Attributes = map[string]string{"k": strings.Repeat("é", int(id%50)), "l": ""}
		made.Tags = []string{"x", fmt.Sprint(id % 300)}
		made.Deep = [][]*int32{{nil, &deep}, {}}
		made.EventNames = []string{"e"}
		made.EventMaps = []map[string]string{{"m": "n"}}
	}
	return made
}

const rowCount = 20_000

func drive(name string, options *clickhouse.Options) {
	ctx := context.Background()
	conn, err := clickhouse.Open(options)
	check(err)
	defer conn.Close()
	check(conn.Ping(ctx))
	check(conn.Exec(ctx, "DROP TABLE IF EXISTS kinds"))
	check(conn.Exec(ctx, table))
	batch, err := conn.PrepareBatch(ctx, "INSERT INTO kinds (id, name, note, at, flag, attributes, tags, deep, source, value, events.name, events.attributes)")
	check(err)
	for id := range uint64(rowCount) {
		r := makeRow(id)
		check(batch.Append(r.ID, r.Name, r.Note, r.At, r.Flag, r.Attributes, r.Tags, r.Deep, r.Source, r.Value, r.EventNames, r.EventMaps))
	}
	check(batch.Send())
	readBack(conn.Query(ctx, "SELECT id, name, note, at, flag, attributes, tags, deep, source, value, events.name, events.attributes, "+
		"pair, price, key, fixed, day FROM kinds WHERE id < {limit: UInt64} ORDER BY id", clickhouse.Named("limit", rowCount)))
	_, err = conn.Query(ctx, "SELECT nope FROM kinds")
	if err == nil || !strings.Contains(err.Error(), "Code: 47") {
		fail("a bad query said %v", err)
	}
	empty, err := conn.Query(ctx, "SELECT id FROM kinds WHERE id > 1000000")
	check(err)
	if empty.Next() {
		fail("a row where there is none")
	}
	check(empty.Close())
}

func readBack(rows clickhouseRows, err error) {
	check(err)
	for id := range uint64(rowCount) {
		if !rows.Next() {
			fail("%d rows of %d: %v", id, rowCount, rows.Err())
		}
		var got row
		var rest struct {
			pair       map[string]any
			key, fixed string
			day        time.Time
			price      decimal.Decimal
		}
		check(rows.Scan(&got.ID, &got.Name, &got.Note, &got.At, &got.Flag, &got.Attributes, &got.Tags, &got.Deep, &got.Source, &got.Value,
			&got.EventNames, &got.EventMaps, &rest.pair, &rest.price, &rest.key, &rest.fixed, &rest.day))
		got.At = got.At.UTC()
		if want := makeRow(id); !reflect.DeepEqual(got, want) {
			fail("row %d is %+v, not %+v", id, got, want)
		}
	}
	if rows.Next() || rows.Err() != nil {
		fail("more than was asked for, or %v", rows.Err())
	}
	check(rows.Close())
}

type clickhouseRows interface {
	Next() bool
	Scan(dest ...any) error
	Err() error
	Close() error
}

// Grafana's data source goes through database/sql and asks like this.
func asGrafana(options *clickhouse.Options) {
	db := clickhouse.OpenDB(options)
	defer db.Close()
	check(db.Ping())
	rows, err := db.Query("SELECT toStartOfInterval(at, INTERVAL 60 second) AS time, name, avg(value) AS value FROM kinds " +
		"WHERE at >= toDateTime(1763900000) AND at <= toDateTime(1764100000) GROUP BY time, name ORDER BY time, name")
	check(err)
	defer rows.Close()
	types, err := rows.ColumnTypes()
	check(err)
	if types[2].DatabaseTypeName() != "Nullable(Float64)" {
		fail("column value is %s", types[2].DatabaseTypeName())
	}
	groups := 0
	for rows.Next() {
		var at time.Time
		var name string
		var value sql.NullFloat64
		check(rows.Scan(&at, &name, &value))
		groups++
	}
	check(rows.Err())
	if groups != 7 {
		fail("%d groups, not 7", groups)
	}
}

func check(err error) {
	if err != nil {
		fail("%v", err)
	}
}

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(1)
}
