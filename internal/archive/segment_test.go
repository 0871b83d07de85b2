package archive

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"filippo.io/age"

	"plectica/internal/account"
	"plectica/internal/fault"
	"plectica/internal/id"
	"plectica/internal/seq"
	"plectica/internal/store"
)

// held is what a segment has.
type held struct {
	rows   []store.Row
	tables []store.Rows
}

func (h *held) Log(_ context.Context, _ id.Map, _ string, rows []store.Row) error {
	h.rows = append(h.rows, rows...)
	return nil
}

func (h *held) Tables(_ context.Context, _ int64, _ int, tables []store.Rows) error {
	h.tables = tables
	return nil
}

// TestLargestRows: what may be written can be read, whatever the product permits is among
// that, and what is larger is refused and not lost.
func TestLargestRows(t *testing.T) {
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	if MaxData < 4*seq.MaxTxnBytes || maxLine < 4*account.MaxKept {
		t.Error("a segment cannot hold what may be written")
	}
	var out bytes.Buffer
	s, err := NewSegment(&out, []age.Recipient{key.Recipient()}, 1)
	if err != nil {
		t.Fatal(err)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.Map(id.Map{1}, ""))
	must(s.Op(&store.Row{Seq: 1<<63 - 1, At: 1<<63 - 1, Data: bytes.Repeat([]byte{0xff}, MaxData)}))
	must(s.Tables(1))
	must(s.Table(store.Table{Name: "kept", Columns: []string{"value"}}))
	fits := strings.Repeat("x", maxLine-len("[\"\"]\n"))
	must(s.Values([]any{fits}))
	if err := s.Values([]any{fits + "x"}); !fault.Is(err, fault.Limit) || !strings.Contains(err.Error(), "kept") {
		t.Errorf("a row too large: %v", err)
	}
	must(s.Close())
	var got held
	must(ReadSegment(t.Context(), &out, []age.Identity{key}, &got))
	if len(got.rows) != 1 || len(got.rows[0].Data) != MaxData || len(got.tables) != 1 || len(got.tables[0].Rows) != 1 || got.tables[0].Rows[0][0] != fits {
		t.Error("what was written did not come back")
	}
}
