package structure

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"slices"
	"strings"
	"testing"
)

// mayAsk are the packages that may open connections, each with its reason. All else of
// the server asks through outbound, which looks at every address first.
var mayAsk = map[string]string{
	"outbound":       "the one way out",
	"tlsca":          "certificates by ACME, from the authority that the operator chose; programs of the machine for its trust stores",
	"mail":           "the mail server that the operator named, by SMTP",
	"deliver":        "the syslog receivers that the operator named, by TLS; webhooks go through outbound",
	"store/postgres": "the database that the operator named; what is on the way there is refused unless it is encrypted and verified",

	"faulty": "programs with planted faults alone: a socket on this machine",

	"robot": "a tool", "cable": "a tool", "load": "a tool", "store/postgres/postgrestest": "a tool", "torture": "a tool", "tlsgrade": "a tool",
}

// tools are the folders of programs that are not the server.
var tools = []string{"bench/", "attack/", "ui/"}

// asking are the names by which a package opens connections by itself, or starts a
// program that could.
var asking = map[string][]string{
	"net": {
		"Dial", "DialTimeout", "DialTCP", "DialUDP", "DialIP", "DialUnix", "Dialer", "Resolver", "DefaultResolver", "ListenPacket", "ListenUDP",
		"LookupAddr", "LookupCNAME", "LookupHost", "LookupIP", "LookupMX", "LookupNS", "LookupPort", "LookupSRV", "LookupTXT",
		"ResolveTCPAddr", "ResolveUDPAddr", "ResolveIPAddr",
	},
	"net/http":                     {"Get", "Head", "Post", "PostForm", "DefaultClient", "DefaultTransport", "Transport", "Client"},
	"net/http/httputil":            {"ReverseProxy", "NewSingleHostReverseProxy"},
	"crypto/tls":                   {"Dial", "DialWithDialer", "Dialer", "Client"},
	"github.com/gorilla/websocket": {"Dialer", "DefaultDialer", "NewClient"},
	"os/exec":                      {"Command", "CommandContext"},
	"syscall":                      {"Socket", "Connect", "Sendto"},
	"golang.org/x/sys/unix":        {"Socket", "Connect", "Sendto"},
	"golang.org/x/net/http2":       {"Transport"},
	"golang.org/x/net/proxy":       {"Dial", "FromEnvironment"},
}

// bringing are modules that ask by themselves, and who may use them.
var bringing = map[string]string{
	"net/smtp": "", "net/rpc": "", "net/rpc/jsonrpc": "",
	"github.com/caddyserver/certmagic": "tlsca", "github.com/mholt/acmez/v3": "tlsca",
	"github.com/wneessen/go-mail": "mail", "github.com/wneessen/go-mail/smtp": "mail",
	"github.com/miekg/dns": "",
	// It asks by the transport that it is given; tests of blob/s3 see to that.
	"github.com/minio/minio-go/v7": "blob/s3", "github.com/minio/minio-go/v7/pkg/credentials": "blob/s3", "github.com/minio/minio-go/v7/pkg/s3utils": "blob/s3",
	"github.com/jackc/pgx/v5": "store/postgres", "github.com/jackc/pgx/v5/pgconn": "store/postgres", "github.com/jackc/pgx/v5/stdlib": "store/postgres",
	// These ask by the client that their context carries; tests of oidc see to that.
	"github.com/coreos/go-oidc/v3/oidc": "oidc", "golang.org/x/oauth2": "oidc",
}

// asks lists how a file opens connections. A client that it is given, as *http.Client,
// is whoever made it's.
func asks(f *ast.File) (found []string) {
	names := map[string]string{} // as the file calls a package
	for _, imp := range f.Imports {
		p := strings.Trim(imp.Path.Value, `"`)
		name := path.Base(p)
		if imp.Name != nil {
			name = imp.Name.Name
		}
		names[name] = p
		if name == "." && asking[p] != nil {
			found = append(found, p+" as its own")
		}
	}
	given := map[ast.Node]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.StarExpr:
			given[n.X] = true
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if !ok || x.Obj != nil { // a variable of that name
				return true
			}
			p := names[x.Name]
			if slices.Contains(asking[p], n.Sel.Name) && !(p == "net/http" && n.Sel.Name == "Client" && given[n]) {
				found = append(found, p+"."+n.Sel.Name)
			}
		}
		return true
	})
	return found
}

// TestOneWayOut: no package but those above asks anybody anything, so that the guard
// of outbound cannot be passed by.
func TestOneWayOut(t *testing.T) {
	used := map[string]bool{}
	for _, f := range goFiles(t) {
		if slices.ContainsFunc(tools, func(dir string) bool { return strings.HasPrefix(f.path, dir) }) {
			continue
		}
		for _, imp := range f.ast.Imports {
			p := strings.Trim(imp.Path.Value, `"`)
			if who, listed := bringing[p]; listed && who != f.pkg {
				t.Errorf("%s imports %s", f.path, p)
			}
		}
		for _, what := range asks(f.ast) {
			used[f.pkg] = true
			if mayAsk[f.pkg] == "" {
				t.Errorf("%s uses %s; what the server asks of others goes through outbound", f.path, what)
			}
		}
	}
	for pkg := range mayAsk {
		if !used[pkg] && pkg != "tlsca" {
			t.Errorf("%s need not be listed", pkg)
		}
	}
}

// TestAskingIsFound: the ways around are seen.
func TestAskingIsFound(t *testing.T) {
	for code, want := range map[string]bool{
		`import "net/http"; var _, _ = http.Get("x")`:                        true,
		`import h "net/http"; var c = h.Client{}`:                            true,
		`import "net/http"; var c = new(http.Client)`:                        true,
		`import "net/http"; var c = http.DefaultClient.Do`:                   true,
		`import "net/http"; var c = &http.Transport{}`:                       true,
		`import . "net/http"; var _, _ = Get("x")`:                           true,
		`import "net"; var _, _ = net.Dial("tcp", "x")`:                      true,
		`import "net"; func f() { var d net.Dialer; _ = d }`:                 true,
		`import "net"; var _, _ = net.LookupHost("x")`:                       true,
		`import "crypto/tls"; var c = tls.Client(nil, nil)`:                  true,
		`import "os/exec"; var c = exec.Command("curl")`:                     true,
		`import "net/http"; func f(c *http.Client) { _ = c.Do }`:             false,
		`import "net/http"; func f(r *http.Request) { _ = r.Header.Get }`:    false,
		`import "net/http"; func f(http struct{ Get int }) { _ = http.Get }`: false,
		`import "net"; var l, _ = net.Listen("tcp", "x")`:                    false,
	} {
		f, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x; "+code, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := asks(f); (len(got) > 0) != want {
			t.Errorf("%s: %q", code, got)
		}
	}
}
