package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"plectica/internal/app"
	"plectica/internal/config"
)

// served runs a server until the test ends, and returns its address, its data and the file with
// a token of its operator.
func served(t *testing.T) (origin, data, token string) {
	t.Helper()
	dir := t.TempDir()
	c := config.Default()
	c.Data, c.Listen, c.OpsListen = filepath.Join(dir, "data"), "127.0.0.1:0", "127.0.0.1:0"
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	started, done := make(chan string, 1), make(chan error, 1)
	var out bytes.Buffer // read once it has started
	go func() {
		done <- app.Run(ctx, app.Options{Config: c, Version: "test", Out: &out, Err: io.Discard, Command: "plectica", Started: func(o string) { started <- o }})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	origin = <-started
	roots := x509.NewCertPool()
	pem, err := os.ReadFile(filepath.Join(c.Data, "ca.crt"))
	if err != nil || !roots.AppendCertsFromPEM(pem) {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	defer client.CloseIdleConnections()
	post := func(path, body string) map[string]any {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), "POST", origin+"/api/v1"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", origin)
		r.Header.Set("Content-Type", "application/json")
		res, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		var out map[string]any
		if err := json.NewDecoder(res.Body).Decode(&out); err != nil || res.StatusCode >= 300 {
			t.Fatalf("%s: %d %v, %v", path, res.StatusCode, out, err)
		}
		return out
	}
	secret := regexp.MustCompile(`/first#([A-Za-z0-9_-]{43})`).FindStringSubmatch(out.String())[1]
	post("/first", `{"secret":"`+secret+`","email":"op@example.test","name":"Op","password":"three plain words here"}`)
	token = filepath.Join(dir, "token")
	text := post("/account/tokens", `{"name":"witness","scope":"read","days":1}`)["token"].(string)
	if err := os.WriteFile(token, []byte(text+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return origin, c.Data, token
}

// called runs the program in this process.
func called(t *testing.T, ctx context.Context, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(ctx, env{name: "plectica", stdin: strings.NewReader(""), stdout: &o, stderr: &e, user: "test"}, args)
	return code, o.String(), e.String()
}

// TestWitnessCommand: what the command says, how it ends, and that its file is what audit verify
// takes; a cosignature that was altered, or is by another, is not believed there.
func TestWitnessCommand(t *testing.T) {
	origin, data, token := served(t)
	dir := filepath.Join(t.TempDir(), "witness")
	args := []string{"witness", "--url", origin, "--token-file", token, "--dir", dir, "--ca", filepath.Join(data, "ca.crt")}
	once := append(args[:len(args):len(args)], "--once")
	code, out, errs := called(t, t.Context(), once...)
	if code != exitOK || errs != "" || !strings.Contains(out, " grew: ") || !strings.Contains(out, "no key was given") {
		t.Fatalf("%d, %q, %q", code, out, errs)
	}
	key := regexp.MustCompile(`plectica-witness/\S+`).FindString(out)
	ctx, stop := context.WithTimeout(t.Context(), 2500*time.Millisecond)
	defer stop()
	code, out, errs = called(t, ctx, append(args, "--every", "1s")...)
	if code != exitOK || errs != "" || strings.Count(out, "grew: ") < 2 {
		t.Errorf("%d, %q, %q", code, out, errs)
	}

	book := filepath.Join(dir, "current", "checkpoints")
	verify := func(file, witness string) (int, string) {
		t.Helper()
		code, out, errs := called(t, t.Context(), "audit", "verify", "--data", data, "--checkpoint", file, "--witness", witness)
		return code, out + errs
	}
	if code, out := verify(book, key); code != exitOK || !strings.Contains(out, "are true") {
		t.Errorf("%d, %s", code, out)
	}
	b, err := os.ReadFile(book)
	if err != nil {
		t.Fatal(err)
	}
	name, _, _ := strings.Cut(key, "+")
	at := bytes.Index(b, []byte("— "+name)) + len("— "+name) + 40
	b[at] = map[bool]byte{true: 'B', false: 'A'}[b[at] == 'A'] // another letter, of base64 too
	altered := filepath.Join(t.TempDir(), "altered")
	if err := os.WriteFile(altered, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out := verify(altered, key); code != exitError || !strings.Contains(out, "was changed") {
		t.Errorf("%d, %s", code, out)
	}
	other := filepath.Join(t.TempDir(), "other")
	_, out, _ = called(t, t.Context(), "witness", "--url", origin, "--token-file", token, "--dir", other, "--ca", filepath.Join(data, "ca.crt"), "--once")
	if code, out := verify(book, regexp.MustCompile(`plectica-witness/\S+`).FindString(out)); code != exitError || !strings.Contains(out, "is not signed by") {
		t.Errorf("%d, %s", code, out)
	}

	// What it kept and was altered is found when it starts, and put aside when somebody says so.
	if err := os.WriteFile(book, b, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := called(t, t.Context(), once...); code != exitError || !strings.Contains(errs, "altered") {
		t.Errorf("%d, %s", code, errs)
	}
	code, out, errs = called(t, t.Context(), append(once, "--accept")...)
	if code != exitOK || !strings.Contains(out, "kept before is in "+dir) || !strings.Contains(out, key) || strings.Contains(out, "no key was given") {
		t.Errorf("%d, %q, %q", code, out, errs)
	}

	// Half a checkpoint is cut off, and told.
	f, err := os.OpenFile(book, os.O_APPEND|os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteString("plectica-audit/")
	}
	if err != nil || f.Close() != nil {
		t.Fatal(err)
	}
	if code, _, errs := called(t, t.Context(), once...); code != exitOK || !strings.Contains(errs, "half a checkpoint was cut off, of 15 bytes") {
		t.Errorf("%d, %s", code, errs)
	}
}

// TestWitnessUsage: what is missing or wrong is said before anything is made.
func TestWitnessUsage(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "witness")
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("plt_x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		code int
		says string
		args []string
	}{
		{exitUsage, "usage: plectica witness", nil},
		{exitUsage, "usage: plectica witness", []string{"--url", "https://a.test", "--dir", dir}},
		{exitError, "https://host", []string{"--url", "http://a.test", "--dir", dir, "--token-file", token}},
		{exitError, "no such file", []string{"--url", "https://a.test", "--dir", dir, "--token-file", token + "x"}},
		{exitError, "holds no certificate", []string{"--url", "https://a.test", "--dir", dir, "--token-file", token, "--ca", token}},
		{exitError, "no witness has kept anything", []string{"--url", "https://a.test", "--dir", dir, "--token-file", token, "--accept"}},
		{exitError, "no key of a log", []string{"--url", "https://a.test", "--dir", dir, "--token-file", token, "--key", "x"}},
	} {
		code, _, errs := called(t, t.Context(), append([]string{"witness"}, c.args...)...)
		if code != c.code || !strings.Contains(errs, c.says) {
			t.Errorf("%v: %d, %s", c.args, code, errs)
		}
	}
	if code, _, errs := called(t, t.Context(), "audit", "verify", "--witness", "x"); code != exitError || !strings.Contains(errs, "--checkpoint") {
		t.Errorf("%d, %s", code, errs)
	}
}
