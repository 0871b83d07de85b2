package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// testssl looks for known flaws of TLS. Its own grade is not asked for: 3.0.8 has none,
// and later ones give an A+ without HSTS; `plectica doctor tls` grades.
func testssl(ctx context.Context, k *kit) (result, error) {
	bin, ok := k.find("testssl")
	if !ok {
		return result{skipped: "testssl.sh is not here: apt-get install testssl.sh"}, nil
	}
	t, err := k.limited(ctx)
	if err != nil {
		return result{}, err
	}
	defer t.Kill()
	out := filepath.Join(k.dir, "testssl.json")
	text, err := output(ctx, k.dir, bin, "--quiet", "--warnings", "off", "--color", "0", "--ip", "127.0.0.1", "--add-ca", t.ca, "--jsonfile", out, t.base)
	if err != nil {
		return result{}, err
	}
	b, err := os.ReadFile(out)
	if err != nil {
		return result{}, fmt.Errorf("%w: %s", err, text)
	}
	var found []struct{ ID, Severity, Finding string }
	if err := json.Unmarshal(b, &found); err != nil {
		return result{}, err
	}
	version, err := output(ctx, k.dir, bin, "--version")
	if err != nil {
		return result{}, err
	}
	r := result{version: word(line(version, "testssl"), 1), ran: "all checks, the server's own authority added", facts: fmt.Sprintf("%d checks", len(found))}
	for _, f := range found {
		switch f.Severity {
		case "OK", "INFO", "DEBUG":
		default:
			r.findings = append(r.findings, f.Severity+" "+f.ID+": "+f.Finding)
		}
	}
	return r, nil
}

// word returns the nth word of a text.
func word(text string, n int) string {
	if all := strings.Fields(text); n < len(all) {
		return all[n]
	}
	return "unknown"
}

// sslscan lists protocols and suites. 2.0.7 does not see hybrid groups: a client of our
// own asks for one.
func sslscan(ctx context.Context, k *kit) (result, error) {
	bin, ok := k.find("sslscan")
	if !ok {
		return result{skipped: "sslscan is not here: apt-get install sslscan"}, nil
	}
	t, err := k.limited(ctx)
	if err != nil {
		return result{}, err
	}
	defer t.Kill()
	out := filepath.Join(k.dir, "sslscan.xml")
	text, err := output(ctx, k.dir, bin, "--xml="+out, "--no-colour", t.host)
	if err != nil {
		return result{}, err
	}
	b, err := os.ReadFile(out)
	if err != nil {
		return result{}, fmt.Errorf("%w: %s", err, text)
	}
	var scan struct {
		Version string `xml:"version,attr"`
		Test    struct {
			Protocols []struct {
				Type    string `xml:"type,attr"`
				Version string `xml:"version,attr"`
				Enabled int    `xml:"enabled,attr"`
			} `xml:"protocol"`
			Ciphers []struct {
				Name string `xml:"cipher,attr"`
			} `xml:"cipher"`
			Bleed []struct {
				Vulnerable int `xml:"vulnerable,attr"`
			} `xml:"heartbleed"`
		} `xml:"ssltest"`
	}
	if err := xml.Unmarshal(b, &scan); err != nil {
		return result{}, err
	}
	r := result{version: word(scan.Version, 0), ran: "protocols, suites, groups; hybrid groups by a client of our own"}
	for _, p := range scan.Test.Protocols {
		if good := p.Type == "tls" && (p.Version == "1.2" || p.Version == "1.3"); good != (p.Enabled == 1) {
			r.findings = append(r.findings, fmt.Sprintf("%s %s enabled is %d", p.Type, p.Version, p.Enabled))
		}
	}
	for _, c := range scan.Test.Ciphers {
		if !strings.HasPrefix(c.Name, "TLS_") && !(strings.HasPrefix(c.Name, "ECDHE-") && (strings.Contains(c.Name, "GCM") || strings.Contains(c.Name, "CHACHA20"))) {
			r.findings = append(r.findings, "suite "+c.Name)
		}
	}
	for _, v := range scan.Test.Bleed {
		if v.Vulnerable != 0 {
			r.findings = append(r.findings, "heartbleed")
		}
	}
	r.facts = fmt.Sprintf("%d suites", len(scan.Test.Ciphers))
	if len(scan.Test.Ciphers) == 0 {
		r.findings = append(r.findings, "it has seen no suite")
	}
	group, err := t.group(ctx)
	if err != nil {
		return result{}, err
	}
	if group != tls.X25519MLKEM768 {
		r.findings = append(r.findings, "a hybrid group is not chosen, but "+group.String())
	}
	return r, nil
}

// group is what the server chooses of what a client offers.
func (t *target) group(ctx context.Context) (tls.CurveID, error) {
	d := tls.Dialer{Config: t.tls, NetDialer: &net.Dialer{}}
	c, err := d.DialContext(ctx, "tcp", t.host)
	if err != nil {
		return 0, err
	}
	return c.(*tls.Conn).ConnectionState().CurveID, c.Close()
}
