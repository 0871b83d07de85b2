package tlsgrade

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"time"

	"plectica/internal/fault"
)

// Versions as they are on the wire, and one for SSL 2, which has no such number.
const (
	ssl2  = 0x0002
	ssl3  = 0x0300
	tls10 = 0x0301
	tls11 = 0x0302
	tls12 = 0x0303
	tls13 = 0x0304
)

const (
	// probeTime is how long one question to a server may take.
	probeTime = 5 * time.Second
	// maxAnswer bounds what is read of an answer, in bytes.
	maxAnswer = 1 << 17
	// maxRecord is the most a record may hold, in bytes.
	maxRecord = 1<<14 + 2048
)

// Kinds of records and handshake messages; RFC 5246 and 8446.
const (
	recordHandshake = 22
	helloClient     = 1
	helloServer     = 2
	keyExchange     = 12
	helloDone       = 14
)

// Extensions that are asked for or looked at.
const (
	extServerName    = 0
	extGroups        = 10
	extPoints        = 11
	extSignatures    = 13
	extVersions      = 43
	extKeyShare      = 51
	extRenegotiation = 0xff01
)

// errRefused is a server that does not want what was offered.
var errRefused = errors.New("refused")

// offer is what a client says that it can do.
type offer struct {
	version  uint16
	suites   []uint16
	compress bool
}

// answer is what a server chose of it.
type answer struct {
	version       uint16
	suite         uint16
	compresses    bool
	renegotiation bool // safely
	dhBits        int  // of the prime, where one is used
	curve         uint16
}

// dialer opens connections to one server.
type dialer func(ctx context.Context) (net.Conn, error)

// ask offers something to a server. The error is errRefused when it declines, and of
// kind fault.Unreachable when it cannot be asked.
func ask(ctx context.Context, dial dialer, name string, o offer) (answer, error) {
	conn, err := dial(ctx)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = conn.Close() }() // nothing of it is kept
	if err := conn.SetDeadline(time.Now().Add(probeTime)); err != nil {
		return answer{}, fault.Wrap(fault.Internal, "bound a connection", err)
	}
	if _, err := conn.Write(hello(name, o)); err != nil {
		return answer{}, errRefused
	}
	a, err := readAnswer(&handshake{r: io.LimitReader(conn, maxAnswer)}, o.version)
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		return answer{}, fault.Wrap(fault.Busy, "the server does not answer", err)
	}
	if err != nil || a.version != o.version {
		return answer{}, errRefused
	}
	return a, nil
}

// hello is a ClientHello in its record.
func hello(name string, o offer) []byte {
	legacy := min(o.version, tls12)
	b := binary.BigEndian.AppendUint16(nil, legacy)
	random := make([]byte, 32)
	rand.Read(random) //nolint:errcheck // it never fails: crypto/rand ends the program instead
	b = append(append(b, random...), 0)
	list := make([]byte, 0, 2*len(o.suites))
	for _, s := range o.suites {
		list = binary.BigEndian.AppendUint16(list, s)
	}
	b = append16(b, list)
	if o.compress {
		b = append(b, 2, 1, 0)
	} else {
		b = append(b, 1, 0)
	}
	if o.version > ssl3 {
		b = append16(b, extensions(name, o.version))
	}
	message := append([]byte{helloClient, byte(len(b) >> 16), byte(len(b) >> 8), byte(len(b))}, b...)
	return append16([]byte{recordHandshake, 3, byte(min(legacy, tls10))}, message)
}

func extensions(name string, version uint16) []byte {
	add := func(b []byte, kind uint16, body []byte) []byte {
		return append16(binary.BigEndian.AppendUint16(b, kind), body)
	}
	var b []byte
	if name != "" && net.ParseIP(name) == nil {
		b = add(b, extServerName, append16(nil, append16([]byte{0}, []byte(name))))
	}
	// X25519, P-256, P-384, P-521
	b = add(b, extGroups, append16(nil, []byte{0, 29, 0, 23, 0, 24, 0, 25}))
	b = add(b, extPoints, []byte{1, 0})
	b = add(b, extRenegotiation, []byte{0})
	if version >= tls12 {
		// RSA and ECDSA with SHA-256, 384, 512, 1; RSA-PSS; Ed25519; DSA.
		b = add(b, extSignatures, append16(nil, []byte{
			4, 1, 5, 1, 6, 1, 2, 1, 4, 3, 5, 3, 6, 3, 2, 3, 8, 4, 8, 5, 8, 6, 8, 7, 4, 2, 2, 2,
		}))
	}
	if version == tls13 {
		b = add(b, extVersions, []byte{2, 3, 4})
		// No share: the server names the suite when it asks for one.
		b = add(b, extKeyShare, []byte{0, 0})
	}
	return b
}

// append16 appends bytes behind their length in two bytes.
func append16(b, body []byte) []byte {
	return append(binary.BigEndian.AppendUint16(b, uint16(len(body))), body...)
}

// handshake reads the messages of a handshake out of their records.
type handshake struct {
	r    io.Reader
	rest []byte
}

func (h *handshake) next() (kind byte, body []byte, err error) {
	for {
		if len(h.rest) >= 4 {
			size := int(h.rest[1])<<16 | int(h.rest[2])<<8 | int(h.rest[3])
			if len(h.rest) >= 4+size {
				kind, body, h.rest = h.rest[0], h.rest[4:4+size], h.rest[4+size:]
				return kind, body, nil
			}
		}
		var head [5]byte
		if _, err := io.ReadFull(h.r, head[:]); err != nil {
			return 0, nil, err
		}
		size := int(binary.BigEndian.Uint16(head[3:]))
		if head[0] != recordHandshake || size > maxRecord {
			return 0, nil, errRefused // an alert, or no TLS at all
		}
		record := make([]byte, size)
		if _, err := io.ReadFull(h.r, record); err != nil {
			return 0, nil, err
		}
		h.rest = append(h.rest, record...)
	}
}

// readAnswer reads up to the end of what a server says by itself.
func readAnswer(h *handshake, asked uint16) (answer, error) {
	kind, body, err := h.next()
	if err != nil {
		return answer{}, err
	}
	if kind != helloServer {
		return answer{}, errRefused
	}
	a, err := parseHello(body)
	if err != nil || a.version != asked || a.version == tls13 {
		return a, err
	}
	for {
		kind, body, err := h.next()
		if err != nil || kind == helloDone {
			return a, nil //nolint:nilerr // what it chose is known; some close before the end
		}
		if kind == keyExchange {
			a.dhBits, a.curve = exchanged(body)
		}
	}
}

func parseHello(b []byte) (answer, error) {
	in := fields{b: b}
	a := answer{version: in.u16()}
	in.skip(32)
	in.skip(int(in.u8()))
	a.suite = in.u16()
	a.compresses = in.u8() != 0
	if in.bad {
		return answer{}, errRefused
	}
	more := fields{b: in.take(int(in.u16()))}
	for len(more.b) > 0 && !more.bad {
		kind := more.u16()
		body := fields{b: more.take(int(more.u16()))}
		switch kind {
		case extRenegotiation:
			a.renegotiation = true
		case extVersions:
			a.version = body.u16()
		}
	}
	return a, nil
}

// exchanged reads what is to be exchanged: the length of a prime in bits, or a curve.
func exchanged(b []byte) (dhBits int, curve uint16) {
	const namedCurve = 3
	if len(b) > 3 && b[0] == namedCurve {
		return 0, binary.BigEndian.Uint16(b[1:])
	}
	in := fields{b: b}
	prime := in.take(int(in.u16()))
	for len(prime) > 0 && prime[0] == 0 {
		prime = prime[1:]
	}
	return 8 * len(prime), 0
}

// fields reads numbers; what is not there makes it bad and is 0.
type fields struct {
	b   []byte
	bad bool
}

func (f *fields) take(n int) []byte {
	if n > len(f.b) {
		f.bad, f.b = true, nil
		return nil
	}
	out := f.b[:n]
	f.b = f.b[n:]
	return out
}

func (f *fields) skip(n int) { f.take(n) }

func (f *fields) u8() byte {
	if b := f.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (f *fields) u16() uint16 {
	if b := f.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

// speaksSSL2 asks in SSL 2, whose hello is another one.
func speaksSSL2(ctx context.Context, dial dialer) (bool, error) {
	conn, err := dial(ctx)
	if err != nil {
		return false, err
	}
	defer func() { _ = conn.Close() }() // nothing of it is kept
	if err := conn.SetDeadline(time.Now().Add(probeTime)); err != nil {
		return false, fault.Wrap(fault.Internal, "bound a connection", err)
	}
	// All seven ciphers, no session, a challenge of 16 bytes.
	ciphers := []byte{1, 0, 0x80, 2, 0, 0x80, 3, 0, 0x80, 4, 0, 0x80, 5, 0, 0x80, 6, 0, 0x40, 7, 0, 0xc0}
	b := []byte{1, 0, ssl2, 0, byte(len(ciphers)), 0, 0, 0, 16}
	b = append(append(b, ciphers...), make([]byte, 16)...)
	if _, err := conn.Write(append([]byte{0x80, byte(len(b))}, b...)); err != nil {
		return false, nil //nolint:nilerr // it hung up: no
	}
	const serverHello = 4
	var head [5]byte
	_, err = io.ReadFull(conn, head[:])
	return err == nil && head[0]&0x80 != 0 && head[2] == serverHello, nil
}
