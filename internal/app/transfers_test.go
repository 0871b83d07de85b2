package app

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"testing"
	"time"

	"plectica/internal/authz"
	"plectica/internal/id"
)

// cutting is a map with a large file, and somebody who comes to it.
type cutting struct {
	*world
	m, org, team, file string
	who                *pass
	link               string // by which they came
	other              *pass  // another sign-in of theirs
}

// fileBytes is more than all buffers on the way hold.
const fileBytes = 24 << 20

// withdrawal is a way to take a right away, or to leave it.
type withdrawal struct {
	name string
	come func(c *cutting) // with the right to edit
	act  func(c *cutting)
	// ends and endsUp say what it ends: downloads, and uploads.
	ends, endsUp bool
}

func withdrawals() []withdrawal {
	direct := func(c *cutting) {
		a := c.account(false)
		c.who, c.other = c.signIn(a), c.signIn(a)
		c.give("/maps/"+c.m, a.ID, authz.Edit)
	}
	access := func(c *cutting) string { return "/maps/" + c.m + "/access/account/" + c.who.account.String() }
	return []withdrawal{
		{"the grant", direct, func(c *cutting) { c.must(c.admin, "DELETE", access(c), "") }, true, true},
		{"lowered to a viewer's", direct, func(c *cutting) { c.give("/maps/"+c.m, c.who.account, authz.View) }, false, true},
		{"raised to an owner's", direct, func(c *cutting) { c.give("/maps/"+c.m, c.who.account, authz.Own) }, false, false},
		{"somebody else's", direct, func(c *cutting) {
			a := c.account(false)
			c.give("/maps/"+c.m, a.ID, authz.Edit)
			c.must(c.admin, "DELETE", "/maps/"+c.m+"/access/account/"+a.ID.String(), "")
		}, false, false},
		{"the sign-in", direct, func(c *cutting) { c.must(c.other, "DELETE", "/account/sessions/"+id.Format(c.who.ref.ID), "") }, true, true},
		{"the account", direct, func(c *cutting) { c.must(c.admin, "POST", "/people/"+c.who.account.String()+"/lock", "") }, true, true},
		{"the map", direct, func(c *cutting) { c.must(c.admin, "DELETE", "/maps/"+c.m, "") }, true, true},
		{"the token", func(c *cutting) {
			a := c.account(false)
			c.who, c.other = c.token(a), c.signIn(a)
			c.give("/maps/"+c.m, a.ID, authz.Edit)
		}, func(c *cutting) { c.must(c.other, "DELETE", "/account/tokens/"+id.Format(c.who.ref.ID), "") }, true, true},
		{"the link", func(c *cutting) {
			p := c.world.link(c.m, authz.Edit)
			c.who, c.link = c.visit(p), id.Format(p.ID)
		}, func(c *cutting) { c.must(c.admin, "DELETE", "/maps/"+c.m+"/links/"+c.link, "") }, true, true},
		{"the place in a team", func(c *cutting) {
			a := c.account(false)
			c.who = c.signIn(a)
			c.belong(a.ID)
			c.must(c.admin, "PUT", "/teams/"+c.team+"/people/"+a.ID.String(), "")
		}, func(c *cutting) { c.must(c.admin, "DELETE", "/teams/"+c.team+"/people/"+c.who.account.String(), "") }, true, true},
	}
}

// belong lets somebody belong to the organisation.
func (c *cutting) belong(a id.Account) {
	o, err := id.Parse[[id.Size]byte](c.org)
	c.ok(err)
	c.ok(c.st.AddBelonging(c.t.Context(), o, a, 1000, c.now()))
}

func newCutting(t *testing.T) *cutting {
	c := &cutting{world: newWorld(t)}
	c.org = c.must(c.admin, "POST", "/orgs", `{"name":"Org","everyone":"none"}`)["id"].(string)
	c.team = c.must(c.admin, "POST", "/orgs/"+c.org+"/teams", `{"name":"T"}`)["id"].(string)
	c.must(c.admin, "PUT", "/orgs/"+c.org+"/access", `{"subject":{"kind":"team","id":"`+c.team+`"},"role":"edit"}`)
	c.fresh()
	return c
}

// fresh is another map with the file.
func (c *cutting) fresh() {
	c.m = c.must(c.admin, "POST", "/maps", `{"title":"Map","home":{"kind":"org","id":"`+c.org+`"}}`)["id"].(string)
	c.file = c.must(c.admin, "POST", "/maps/"+c.m+"/blobs", string(make([]byte, fileBytes)))["hash"].(string)
}

// proto is a client of one version of HTTP, with connections of its own.
func (c *cutting) proto(t *testing.T, version int) *http.Client {
	tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: c.pool}, ForceAttemptHTTP2: version == 2}
	if version == 1 {
		tr.TLSClientConfig.NextProtos = []string{"http/1.1"}
		tr.TLSNextProto = map[string]func(string, *tls.Conn) http.RoundTripper{}
	}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

// TestTransfersEndWithTheRight: AC-5. A download or upload that is under way when the
// right to it goes ends within a second, by whatever way the right came, and never looks
// whole; one whose right stays goes on.
func TestTransfersEndWithTheRight(t *testing.T) {
	c := newCutting(t)
	for _, v := range withdrawals() {
		for version, name := range map[int]string{1: "HTTP/1.1", 2: "HTTP/2"} {
			t.Run(v.name+" over "+name, func(t *testing.T) {
				c.t = t
				v.come(c)
				up := c.upload(t, version)
				down := c.download(t, version)
				v.act(c)
				up.expect(t, "the upload", v.endsUp)
				down(v.ends)
				if v.name == "the map" {
					c.fresh()
				}
			})
		}
	}
}

// download begins to read the file and stops. What it returns goes on after a second:
// by then the server has ended it, or it comes whole.
func (c *cutting) download(t *testing.T, version int) func(ends bool) {
	t.Helper()
	resp, err := c.ask(c.proto(t, version), c.who, "GET", "/maps/"+c.m+"/blobs/"+c.file, nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != 200 || resp.ProtoMajor != version {
		t.Fatalf("HTTP/%d: %d", resp.ProtoMajor, resp.StatusCode)
	}
	n, err := io.CopyN(io.Discard, resp.Body, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return func(ends bool) {
		defer func() { _ = resp.Body.Close() }() // it was read
		time.Sleep(900 * time.Millisecond)
		rest, err := io.Copy(io.Discard, resp.Body)
		whole := n+rest == fileBytes && err == nil
		if ends && (err == nil || n+rest >= fileBytes) || !ends && !whole {
			t.Errorf("the download ended with %d of %d bytes, %v", n+rest, fileBytes, err)
		}
	}
}

// running upload.
type uploading struct {
	in    *io.PipeWriter
	ended chan error
}

// upload begins to bring a file, part after part.
func (c *cutting) upload(t *testing.T, version int) *uploading {
	t.Helper()
	r, in := io.Pipe()
	u := &uploading{in, make(chan error, 1)}
	client, who, path := c.proto(t, version), c.who, "/api/v1/maps/"+c.m+"/blobs"
	go func() {
		resp, err := c.ask(client, who, "POST", path, r)
		if err == nil {
			_ = resp.Body.Close() // the status says it
			if resp.StatusCode != http.StatusCreated {
				err = errors.New(resp.Status)
			}
		}
		_ = r.CloseWithError(io.ErrClosedPipe) // nobody reads any more
		u.ended <- err
	}()
	part := bytes.Repeat([]byte("x"), 256<<10)
	for range 8 { // more than waits on the way
		if _, err := in.Write(part); err != nil {
			t.Fatalf("the upload did not begin: %v", <-u.ended)
		}
	}
	return u
}

// expect goes on for a second at most if it should end, and else until the file is there.
func (u *uploading) expect(t *testing.T, what string, ends bool) {
	t.Helper()
	began := time.Now()
	if !ends {
		_, _ = u.in.Write([]byte("and the rest")) // what became of it is told
		_ = u.in.Close()
		if err := <-u.ended; err != nil {
			t.Errorf("%s: %v", what, err)
		}
		return
	}
	for time.Since(began) < time.Second {
		select {
		case err := <-u.ended:
			if err == nil {
				t.Errorf("%s was taken", what)
			}
			return
		default:
			_, _ = u.in.Write([]byte("x"))
			time.Sleep(5 * time.Millisecond)
		}
	}
	t.Errorf("%s goes on", what)
	_ = u.in.Close()
	<-u.ended
}

// TestImportEndsWithTheSignIn: AC-5. A file that is to become a map is of no map yet:
// it ends with the sign-in.
func TestImportEndsWithTheSignIn(t *testing.T) {
	c := newCutting(t)
	for _, ends := range []bool{true, false} {
		a := c.account(false)
		c.who, c.other = c.signIn(a), c.signIn(a)
		r, in := io.Pipe()
		status := make(chan int, 1)
		go func() {
			resp, err := c.ask(c.proto(t, 2), c.who, "POST", "/api/v1/maps/import", r)
			if err != nil {
				status <- 0
				return
			}
			_ = resp.Body.Close() // the status says it
			status <- resp.StatusCode
		}()
		for range 16 {
			if _, err := in.Write(bytes.Repeat([]byte(" "), 256<<10)); err != nil {
				t.Fatal(err)
			}
		}
		if ends {
			c.must(c.other, "DELETE", "/account/sessions/"+id.Format(c.who.ref.ID), "")
			select {
			case got := <-status:
				if got != 0 {
					t.Errorf("answered with %d", got)
				}
			case <-time.After(time.Second):
				t.Error("it goes on")
			}
			_ = in.CloseWithError(io.EOF)
			continue
		}
		_ = in.Close()
		if got := <-status; got != http.StatusUnprocessableEntity { // it was read, and is no map
			t.Errorf("answered with %d", got)
		}
	}
}
