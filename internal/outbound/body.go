package outbound

import (
	"context"
	"io"
	"math"

	"plectica/internal/fault"
)

// noBound is more than anybody sends; Read asks for one byte more.
const noBound = math.MaxInt64 - 1

// body ends with an error where more comes than is wanted, and gives the exchange's
// timer back at its end. Like any body it is read by one goroutine.
type body struct {
	from   io.ReadCloser
	left   int64 // bytes that may still come
	cancel context.CancelFunc
}

func tooLarge() error {
	return fault.New(fault.Limit, "the other server's answer is too large")
}

// Read asks for one byte more than may come, to tell the bound from the end.
func (b *body) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.from.Read(p)
	if int64(n) > b.left {
		n, err = int(b.left), tooLarge()
	}
	b.left -= int64(n)
	if err != nil && err != io.EOF {
		err = explain(err)
	}
	if err != nil {
		b.cancel()
	}
	return n, err
}

// Close ends the exchange.
func (b *body) Close() error {
	defer b.cancel()
	return b.from.Close()
}
