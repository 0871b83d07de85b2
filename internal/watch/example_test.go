package watch_test

import (
	"fmt"

	"plectica/internal/audit"
	"plectica/internal/id"
	"plectica/internal/watch"
)

// A watch sees every record once, in order; what it tells says why in figures.
func Example() {
	w := watch.New(watch.Config{})
	for n := range uint64(12) {
		alerts := w.See(&audit.Event{
			Seq: n, At: 1_790_000_000_000 + int64(n)*1000, Act: "map.export", Result: audit.OK,
			By: audit.Who{Kind: audit.Person, ID: id.Account{1}, Alias: "a1"}, On: audit.Of("map", id.Map{byte(n)}),
		})
		for _, a := range alerts {
			f := a.Figures[0]
			fmt.Printf("%s %s: %s %v, usually at most %v; records %v, perhaps %v\n", a.Severity, a.Kind, f.Name, f.Value, f.Usual, a.Evidence, a.Answers)
		}
	}
	// Output:
	// notice mass-export: maps-exported 12, usually at most 5; records [9 10 11], perhaps [slow-down end-sessions lock]
}
